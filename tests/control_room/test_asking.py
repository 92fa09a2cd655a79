"""The subcommands that send something large, and what stays for as long as a deployment lasts."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import asking, show
from edge.control_room.upkeep import Upkeep
from edge.domain.errors import Misconfigured
from edge.domain.models import ModelList
from edge.wire.signed import Kind, canonical, holds, parse, payload_of
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site


def test_the_list_of_the_models_that_were_built_is_signed_without_what_no_device_runs(models: Path) -> None:
    key = MemoryKey()
    signed = asking.sign_models(models, key)
    assert holds(signed, Kind.MODELS, key.public)
    listed = parse(payload_of(signed), ModelList)
    manifest = json.loads((models / "manifest.json").read_bytes())
    int8 = {model["sha256"] for model in manifest["models"] if model["precision"] == "int8"}
    assert {model.sha256 for model in listed.models} == int8
    assert len(canonical(signed)) < 64 * 1024


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        b"",
        b"[]",
        b'{"models":[],"format":1}',
        b'{"models":[{}],"format":1}',
        b'{"models":["a",1,2.5],"format":1}',
    ],
)
def test_a_folder_without_models_is_named(tmp_path: Path, manifest: bytes | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(Misconfigured, match="manifest"):
        asking.sign_models(tmp_path, MemoryKey())


@pytest.mark.parametrize("size", [0, 4095, 65537])
def test_chunks_out_of_bounds_are_refused_before_anything_is_sent(tmp_path: Path, size: int) -> None:
    options = argparse.Namespace(what="calibration", file=tmp_path / "none", chunk_bytes=size)
    with pytest.raises(Misconfigured, match="Choose 4096 to 65536"):
        asking._send(options)


def test_whoever_stays_sees_each_change_until_it_is_over(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.run(1)
    sealed = site.list_of(7)
    ends = site.clock.now().wall + timedelta(minutes=3)
    signed = site.office.signed(site.authorisation(sealed, not_after=ends))
    kept = Upkeep(site.desk, signed, sealed, site.office.operator)
    kept.begin()
    site.power_cut()
    show.stay(site.desk, kept, "test-1")
    assert capsys.readouterr().out.splitlines() == [
        "test-1: begun again after a restart",
        "test-1: in force",
        "test-1: over: its window has closed",
    ]
