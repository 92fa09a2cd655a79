"""The release's manifest: every file, and whose word it is."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from deploy.models.faults import BuildFailed
from deploy.package import manifest, wheels
from edge.audit.release import of, of_installed
from edge.measure.people import MemoryKey
from edge.wire.notes import Algorithm, Verifier

NAME = "release.example"


@pytest.fixture
def key() -> MemoryKey:
    return MemoryKey()


@pytest.fixture
def folder(tmp_path: Path, key: MemoryKey) -> Path:
    (tmp_path / "lamppost_0.1.0+deb12_arm64.deb").write_bytes(b"a package")
    (tmp_path / "release.json").write_bytes(b"{}")
    (tmp_path / manifest.NAME).write_bytes(manifest.signed(tmp_path, "0.1.0", NAME, key))
    return tmp_path


def whose(key: MemoryKey) -> Verifier:
    return Verifier(NAME, key.public, Algorithm.NOTE)


def test_a_release_holds_as_it_was_published(folder: Path, key: MemoryKey) -> None:
    assert manifest.faults(folder, whose(key)) == []


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum")
def test_its_lines_are_read_by_sha256sum(folder: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--ignore-missing", manifest.NAME], cwd=folder, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.stdout.count(": OK") == 2


def test_a_changed_a_missing_and_an_added_file_are_each_named(folder: Path, key: MemoryKey) -> None:
    (folder / "lamppost_0.1.0+deb12_arm64.deb").write_bytes(b"another")
    (folder / "release.json").unlink()
    (folder / "besides.deb").write_bytes(b"")
    assert manifest.faults(folder, whose(key)) == [
        "lamppost_0.1.0+deb12_arm64.deb is another",
        "release.json is missing",
        "besides.deb is not in the manifest",
    ]


def test_another_key_and_a_changed_line_are_not_believed(folder: Path, key: MemoryKey) -> None:
    assert "not signed by" in manifest.faults(folder, whose(MemoryKey()))[0]
    path = folder / manifest.NAME
    path.write_bytes(path.read_bytes().replace(b"lamppost release 0.1.0", b"lamppost release 0.9.0"))
    assert "not signed as it claims" in manifest.faults(folder, whose(key))[0]
    path.write_text("no note")
    assert "cannot be read" in manifest.faults(folder, whose(key))[0]


def test_a_laid_out_program_has_the_manifest_that_it_shows_when_installed(models: Path) -> None:
    import edge

    calibration = Path(edge.__file__).parent.parent / "deploy" / "models" / "calibration.json"
    found = of(Path(edge.__file__).parent, models, calibration, version=edge.__version__)
    assert found == of_installed(models, calibration)
    assert "edge/cli.py" in found.files


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "thing-1.data/scripts/run"])
def test_a_wheel_that_leads_outside_or_wants_an_installer_is_refused(tmp_path: Path, name: str) -> None:
    wheel = tmp_path / "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("thing.py", "")
        archive.writestr(name, "")
    with pytest.raises(BuildFailed):
        wheels.unpack(wheel, tmp_path / "site")
    assert not (tmp_path / "site").exists()
