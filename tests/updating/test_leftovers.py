"""What is left of a package that was not unpacked whole: with dpkg-deb itself, and files where a package has them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.domain.errors import LamppostError
from edge.updating import leftovers

OLD = ("usr/lib/lamppost/both", "usr/bin/lamppost")
NEW = ("usr/lib/lamppost/both", "usr/lib/lamppost/fresh/one", "usr/lib/lamppost/fresh/two", "etc/lamppost/fresh.toml")


def package(folder: Path, *names: str) -> Path:
    tree = folder / "tree"
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: lamppost\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody\nDescription: made up\n"
    )
    made = folder / "made.deb"
    subprocess.run(["dpkg-deb", "--build", tree, made], check=True, capture_output=True)
    return made


class Pole:
    """A root with files in it, the two packages, and who owns what."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        for name in ("old", "new"):
            (folder / name).mkdir()
        self.old, self.new = package(folder / "old", *OLD), package(folder / "new", *NEW)
        self.asked: list[str] = []
        self.belong: frozenset[str] = frozenset()

    def has(self, *names: str) -> None:
        for name in names:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text("x")

    def owned(self, paths: Sequence[str]) -> frozenset[str]:
        self.asked += paths
        return self.belong & frozenset(paths)

    def clear(self) -> list[str]:
        return leftovers.clear(self.root, self.new, self.old, self.owned)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_what_only_the_new_version_has_goes_and_its_folders(pole: Pole) -> None:
    pole.has(*OLD, "usr/lib/lamppost/fresh/one", "usr/lib/lamppost/fresh/two.dpkg-new")
    assert len(pole.clear()) == 2
    assert pole.files() == set(OLD)
    assert not (pole.root / "usr/lib/lamppost/fresh").exists()
    assert (pole.root / "usr/lib/lamppost").is_dir()


def test_what_a_file_is_called_while_it_is_unpacked_goes(pole: Pole) -> None:
    pole.has(*OLD, "usr/lib/lamppost/both.dpkg-new", "usr/lib/lamppost/both.dpkg-tmp", "usr/lib/lamppost/else.dpkg-new")
    pole.clear()
    assert pole.files() == {*OLD, "usr/lib/lamppost/else.dpkg-new"}


def test_what_lies_elsewhere_or_is_another_packages_stays(pole: Pole) -> None:
    pole.has(*OLD, "usr/lib/lamppost/fresh/one", "usr/lib/lamppost/fresh/mine", "etc/lamppost/fresh.toml")
    pole.belong = frozenset({"/usr/lib/lamppost/fresh/one"})
    assert pole.clear() == []
    assert pole.asked == ["/usr/lib/lamppost/fresh/one"]
    assert {"usr/lib/lamppost/fresh/one", "usr/lib/lamppost/fresh/mine", "etc/lamppost/fresh.toml"} <= pole.files()


def test_where_nothing_is_left_nothing_is_asked(pole: Pole) -> None:
    pole.has(*OLD)
    assert (pole.clear(), pole.asked) == ([], [])


def test_a_link_that_leads_nowhere_is_left_over_too(pole: Pole) -> None:
    pole.has(*OLD)
    (pole.root / "usr/lib/lamppost/fresh").mkdir()
    (pole.root / "usr/lib/lamppost/fresh/one").symlink_to("nowhere")
    assert pole.clear() == ["usr/lib/lamppost/fresh/one"]
    assert pole.files() == set(OLD)


def test_what_is_no_package_is_said(pole: Pole, tmp_path: Path) -> None:
    pole.new = tmp_path / "no-package"
    pole.new.write_bytes(b"no package")
    with pytest.raises(LamppostError, match="no-package cannot be read"):
        pole.clear()
