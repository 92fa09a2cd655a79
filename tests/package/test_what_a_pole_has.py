"""What lies in the package for the pole, and what does not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.models.faults import BuildFailed
from deploy.package import archive, tree
from deploy.package.recipe import CONTROL_ROOM, MACHINES, NOT_ON_A_POLE, POLE, SUITES, Package, Suite

MADE = datetime(2026, 1, 1, tzinfo=UTC)
SUITE = SUITES[0]


def laid(folder: Path, package: Package, models: Path, version: str = "0.1.0", suite: Suite = SUITE) -> Path:
    root = folder / package.name
    root.mkdir()
    tree.lay(root, package, suite, [], models, version=version, made=MADE)
    return root


@pytest.fixture(scope="module")
def pole(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    return laid(tmp_path_factory.mktemp("pole"), POLE, models)


def program(root: Path, package: Package = POLE) -> Path:
    return root / package.home / "venv" / "lib" / f"python{SUITE.python}" / "site-packages"


def test_a_pole_has_no_tool_that_signs_as_anybody_else(pole: Path) -> None:
    edge = program(pole) / "edge"
    assert (edge / "cli.py").is_file()
    for name in NOT_ON_A_POLE:
        assert not (edge / name).exists(), name
    assert not list(pole.rglob("hardware_sim*"))
    assert not list(pole.rglob("tests"))


def test_every_module_of_a_pole_can_be_imported_without_what_was_left_out(pole: Path) -> None:
    site = program(pole)
    names = sorted(
        path.relative_to(site).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for path in (site / "edge").rglob("*.py")
        if path.name != "__main__.py"
    )
    script = (
        "import importlib, json, sys\n"
        f"sys.path[:] = [{str(site)!r}] + [p for p in sys.path if not p.endswith(('hardware-sim',)) and p != "
        f"{str(Path.cwd())!r}]\n"
        "[importlib.import_module(name) for name in json.load(sys.stdin)]\n"
        f"import edge; assert edge.__file__.startswith({str(site)!r}), edge.__file__\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], input=json.dumps(names), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-800:]


@pytest.mark.parametrize("words", [["authority"], ["enrol"], ["witness"], ["calibrate"], ["trust-root"], ["review"]])
def test_a_pole_does_not_know_the_commands_of_other_people(pole: Path, words: list[str]) -> None:
    site = program(pole)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import edge.cli\n"
        f"assert edge.__file__.startswith({str(site)!r})\n"
        "raise SystemExit(edge.cli.main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script, *words, "--help"], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "invalid choice" in done.stderr
    known = subprocess.run([sys.executable, "-I", "-c", script, "run", "--help"], capture_output=True, check=False)
    assert known.returncode == 0


def test_the_control_room_has_them(tmp_path: Path, models: Path) -> None:
    edge = program(laid(tmp_path, CONTROL_ROOM, models), CONTROL_ROOM) / "edge"
    assert (edge / "control_room" / "authority" / "commands.py").is_file()
    assert not (edge / "updating").exists()


def test_a_pole_has_the_models_that_it_runs_and_no_others(pole: Path) -> None:
    found = {path.name for path in (pole / POLE.home / "models").iterdir()}
    assert "embedder.int8.tflite" in found
    assert "manifest.json" in found
    assert not [name for name in found if "float32" in name]


def test_a_model_that_is_not_what_the_list_says_is_not_packed(tmp_path: Path, models: Path) -> None:
    spoilt = tmp_path / "models"
    spoilt.mkdir()
    for path in models.resolve().iterdir():
        (spoilt / path.name).write_bytes(path.read_bytes())
    (spoilt / "embedder.int8.tflite").write_bytes(b"another")
    with pytest.raises(BuildFailed, match="embedder"):
        laid(tmp_path, POLE, spoilt)


def test_apt_comes_last_and_nothing_else_of_the_machine_is_found(pole: Path) -> None:
    assert (program(pole) / "apt.pth").read_text() == "/usr/lib/python3/dist-packages\n"
    assert "include-system-site-packages = false" in (pole / POLE.home / "venv" / "pyvenv.cfg").read_text()
    assert (pole / "usr" / "bin" / "lamppost").read_text().startswith("#!/usr/lib/lamppost/venv/bin/python -I\n")


def test_units_and_their_drop_ins_lie_where_systemd_looks(pole: Path) -> None:
    units = {path.name for path in (pole / "usr/lib/systemd/system").iterdir()}
    assert {"lamppost@.service", "lamppost.target"} <= units
    assert list((pole / "usr/lib/lamppost/drop-ins").glob("camera-*.conf"))
    assert not (pole / "usr/lib/systemd/system/lamppost@.service.d").exists()


def test_a_debian_whose_systemd_knows_ladders_has_one(tmp_path: Path, models: Path) -> None:
    root = laid(tmp_path, POLE, models, suite=SUITES[1])
    assert (root / "usr/lib/systemd/system/lamppost@.service.d/ladder.conf").is_file()


def test_the_same_tree_gives_the_same_bytes_whatever_the_umask_and_the_hour(tmp_path: Path, models: Path) -> None:
    def built(name: str) -> bytes:
        folder = tmp_path / name
        folder.mkdir()
        return archive.close(laid(folder, POLE, models), POLE, SUITE, "arm64", version="0.1.0", epoch=1_767_225_600)

    one = built("one")
    (Path(tmp_path / "one" / "lamppost" / "usr" / "bin" / "lamppost")).touch()
    assert built("two") == one


def test_a_package_depends_on_its_own_python_and_never_lies_beside_its_rival(tmp_path: Path, models: Path) -> None:
    root = laid(tmp_path, POLE, models)
    package = tmp_path / "made.deb"
    package.write_bytes(archive.close(root, POLE, SUITE, "amd64", version="0.1.0", epoch=1_767_225_600))

    def field(name: str) -> str:
        return subprocess.run(["dpkg-deb", "-f", str(package), name], capture_output=True, text=True, check=True).stdout

    assert "python3 (>= 3.11), python3 (<< 3.12)" in field("Depends")
    assert field("Conflicts").strip() == CONTROL_ROOM.name
    assert field("Version").strip() == "0.1.0+deb12"
    listed = subprocess.run(["dpkg-deb", "-c", str(package)], capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == {"root/root"}
    assert not [line for line in listed.splitlines() if line.endswith(".pyc")]


def test_the_version_of_a_test_of_upgrades_is_the_programs_own_word(tmp_path: Path, models: Path) -> None:
    root = laid(tmp_path, POLE, models, version="0.2.0")
    assert '__version__ = "0.2.0"' in (program(root) / "edge" / "__init__.py").read_text()


def test_both_processors_and_both_debians_are_built_for() -> None:
    assert set(MACHINES) == {"amd64", "arm64"}
    assert [suite.python for suite in SUITES] == ["3.11", "3.13"]
    assert all(set(package.locks) == {suite.name for suite in SUITES} for package in (POLE, CONTROL_ROOM))
