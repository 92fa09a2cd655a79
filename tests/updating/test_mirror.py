"""What is copied from a mirror is a folder like a stick's; it leaves nothing half, and decides nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

from edge.domain.errors import Misconfigured
from edge.updating import mirror
from edge.updating.refusals import No, Refusal
from edge.updating.repository import Offer, Repository
from tests.updating.release import CHANNEL, Release, a_package

MIRROR = "https://mirror.example/lamppost"
OLD, NEW = "0.2.0+deb12", "0.3.0+deb12"


class Web(FetcherInterface):
    """A web server that serves a folder. ``endless`` never ends; ``gone`` cannot be reached."""

    def __init__(self, folder: Path, endless: str = "", gone: str = "") -> None:
        self._folder = folder
        self._endless = endless
        self._gone = gone
        self.asked: list[str] = []

    def _fetch(self, url: str) -> Iterator[bytes]:
        assert url.startswith(f"{MIRROR}/")
        name = urlsplit(url).path.removeprefix("/lamppost/")
        self.asked.append(name)
        if self._gone and self._gone in name:
            raise ConnectionResetError(name)
        if self._endless and self._endless in name:
            return iter(lambda: bytes(4096), b"")
        if not (self._folder / name).is_file():
            raise DownloadHTTPError("not found", 404)
        return iter([(self._folder / name).read_bytes()])


class Pole:
    """The folder that is copied into, and the release people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "fetched"
        self.folder.mkdir()
        self.known = folder / "known"
        self.release = Release.founded(folder / "release")
        self.release.publish(a_package(folder, OLD))

    def fetch(self, web: Web | None = None) -> Refusal | None:
        served = web or Web(self.release.repository)
        return mirror.copy(MIRROR, self.folder, self.release.first_root, CHANNEL, served)

    def offered(self) -> Offer | Refusal:
        return Repository(self.folder, self.known, self.release.first_root).offered(CHANNEL)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file() and "known" not in path.parts)


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_what_was_copied_is_offered_and_taken_like_a_sticks(pole: Pole, tmp_path: Path) -> None:
    assert pole.fetch() is None
    repository = Repository(pole.folder, pole.known, pole.release.first_root)
    offer = repository.offered(CHANNEL)
    assert isinstance(offer, Offer)
    assert repository.take(offer, tmp_path / "taken") is None
    assert hashlib.sha256((tmp_path / "taken").read_bytes()).hexdigest() == offer.package.digest


def test_what_is_here_is_not_fetched_again_and_an_old_package_makes_room(pole: Pole, tmp_path: Path) -> None:
    pole.fetch()
    web = Web(pole.release.repository)
    assert pole.fetch(web) is None
    assert not [name for name in web.asked if name.startswith("targets/")]
    pole.release.publish(a_package(tmp_path, NEW))
    assert pole.fetch() is None
    assert len(list((pole.folder / "targets").iterdir())) == 1
    found = pole.offered()
    assert isinstance(found, Offer)
    assert found.package.version == NEW


def test_a_device_that_was_away_finds_every_root_that_it_missed(pole: Pole) -> None:
    for _ in range(3):
        pole.release.rotate(("root-1", "root-2", "root-3"), signers=("root-1", "root-2"))
    assert pole.fetch() is None
    assert {"2.root.json", "3.root.json", "4.root.json"} <= set(pole.files())
    assert isinstance(pole.offered(), Offer)


@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json", ".deb", "2.root.json"])
def test_endless__what_does_not_end_is_given_up_and_leaves_nothing(name: str, pole: Pole) -> None:
    assert pole.fetch(Web(pole.release.repository, endless=name)) is not None
    assert not [file for file in pole.files() if name in file or file in (".coming", "copied")]
    refusal = pole.fetch(Web(pole.release.repository, endless=name))
    assert refusal is not None
    assert refusal.reason is No.TOO_LONG


def test_a_mirror_that_cannot_be_reached_says_so_and_what_was_here_stays(pole: Pole, tmp_path: Path) -> None:
    pole.fetch()
    before = pole.files()
    refusal = pole.fetch(Web(pole.release.repository, gone="timestamp.json"))
    assert refusal == Refusal(No.NOT_FETCHED, "timestamp.json")
    pole.release.publish(a_package(tmp_path, NEW))
    assert pole.fetch(Web(pole.release.repository, gone=".deb")) is not None
    assert [name for name in before if name.endswith(".deb")] == [name for name in pole.files() if ".deb" in name]


def test_whoever_can_write_into_the_folder_decides_nothing(pole: Pole) -> None:
    pole.fetch()
    (package,) = (pole.folder / "targets").iterdir()
    raw = bytearray(package.read_bytes())
    raw[0] ^= 1
    package.write_bytes(raw)
    os.utime(package, (0, 0))
    repository = Repository(pole.folder, pole.known, pole.release.first_root)
    offer = repository.offered(CHANNEL)
    assert isinstance(offer, Offer)
    refusal = repository.take(offer, pole.folder / "taken")
    assert refusal is not None
    assert refusal.reason is No.NOT_WHAT_WAS_SIGNED
    assert pole.fetch() is None  # and the next copy mends it
    assert repository.take(offer, pole.folder / "taken") is None


@pytest.mark.parametrize(
    "address", ["http://mirror.example", "file:///etc", "mirror.example", "https://", "https://[x", ""]
)
def test_only_https_will_do(address: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no https address"):
        mirror.copy(address, tmp_path, b"", CHANNEL)
