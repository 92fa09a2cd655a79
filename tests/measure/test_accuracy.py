"""The product's own chain on real faces, where the data is at hand."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from edge.measure import chain, errata
from edge.measure.evaluate import evaluate


def test_a_sample_of_the_benchmark_is_acquired_and_told_apart(data: Path, models: Path, tmp_path: Path) -> None:
    """A few hundred pictures: enough to see that the chain is the right way round, not to claim a rate."""
    archive = data / "lfw-dev.tar"
    if not archive.is_file():
        pytest.skip(f"{archive} is absent")
    with tarfile.open(archive) as everything:
        by_person: dict[str, list[tarfile.TarInfo]] = {}
        for member in everything:
            if member.isfile():
                by_person.setdefault(Path(member.name).parent.name, []).append(member)
        several = [members[:3] for members in by_person.values() if len(members) >= 3][:70]
        for member in (one for members in several for one in members):
            content, place = everything.extractfile(member), tmp_path / "lfw-dev" / Path(member.name).parent.name
            assert content is not None
            place.mkdir(parents=True, exist_ok=True)
            (place / Path(member.name).name).write_bytes(content.read())
    known = errata.load(data / "lfw-errata.json")
    found = evaluate(chain.load(models).acquire(tmp_path / "lfw-dev", known), known)
    assert found.people >= 65
    assert found.fta_rate <= 0.01
    assert found.tmr_at_fmr["1e-3"] >= 0.97
