"""What a repository offers: a folder, read by python-tuf's client, and every attack on it told by its own name.

::

    metadata/  1.root.json 2.root.json ...  timestamp.json  <n>.snapshot.json  <n>.targets.json
    targets/   <SHA-256>.lamppost_deb12_arm64.deb  <SHA-256>.lamppost_deb13_amd64.deb ...

One target for each Debian and architecture (a *channel*); its signed ``custom`` object names version and release
manifest. The folder may be a stick that anybody had in hand: nothing in it is opened but plain files, and none is read
further than what was signed, or than metadata of its role may be long.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tuf.api import exceptions
from tuf.api.metadata import TargetFile
from tuf.api.serialization import DeserializationError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge.domain.errors import Misconfigured
from edge.updating.course import Package
from edge.updating.refusals import No, Refusal

NAME: Final = "lamppost"
LARGEST: Final = 512 * 1024 * 1024
"""Bytes of a package: several times what a release has."""
LIMITS: Final = UpdaterConfig(
    max_root_rotations=64, root_max_length=65_536, timestamp_max_length=16_384, snapshot_max_length=65_536,
    targets_max_length=262_144,
)  # fmt: skip
_CHUNK: Final = 256 * 1024
_VERSION: Final = re.compile(r"[0-9][A-Za-z0-9.+~-]{0,63}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def target_of(channel: str) -> str:
    """The name under which a channel's package is signed."""
    return f"{NAME}_{channel}.deb"


class FolderFetcher(FetcherInterface):
    """``file:`` addresses beneath one folder. Remembers what was asked for last, and how much of it there was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.asked = ""
        self.given = 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        """The file's bytes. Raises DownloadHTTPError (404) where there is no plain file of that name."""
        self.asked, self.given = unquote(urlsplit(url).path).rpartition("/")[2], 0
        try:
            opened = os.open(unquote(urlsplit(url).path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
                raise exceptions.DownloadHTTPError(f"{self.asked} is not there", 404) from error
            raise exceptions.DownloadError(f"{self.asked} cannot be read: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise exceptions.DownloadHTTPError(f"{self.asked} is no plain file", 404)
        return self._chunks(opened)

    def _chunks(self, opened: int) -> Iterator[bytes]:
        with os.fdopen(opened, "rb") as file:
            while chunk := file.read(_CHUNK):
                self.given += len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class Offer:
    """A package that as many signed for as had to. It is not here yet: :meth:`Repository.take`."""

    package: Package
    target: TargetFile


class Repository:
    """One look at a repository, with what earlier looks have shown."""

    def __init__(self, folder: Path, known: Path, root: bytes) -> None:
        """``known`` is the folder of what was believed before; ``root`` the root metadata that came with the device.

        Raises Misconfigured where that is not one.
        """
        self.fetcher = FolderFetcher(folder)
        self._known = known
        known.mkdir(mode=0o755, parents=True, exist_ok=True)
        try:
            self._client = Updater(
                str(known), metadata_base_url=(folder / "metadata").absolute().as_uri(), target_dir=None,
                target_base_url=(folder / "targets").absolute().as_uri(), fetcher=self.fetcher, config=LIMITS,
                bootstrap=root,
            )  # fmt: skip
        except (exceptions.RepositoryError, DeserializationError) as error:
            raise Misconfigured(
                f"The root metadata is not believed: {error}.", "Install the root.json that the release keys signed."
            ) from error

    def offered(self, channel: str) -> Offer | Refusal:
        """The newest package of a channel, or why nothing here is believed.

        What is believed on the way stays believed, also where the end is a refusal.
        """
        name = target_of(channel)
        try:
            self._client.refresh()
            target = self._client.get_targetinfo(name)
        except (exceptions.RepositoryError, exceptions.DownloadError, DeserializationError) as error:
            return told(error, self.fetcher.asked)
        finally:
            _flush(self._known)
        if target is None:
            return Refusal(No.MISSING, name)
        return _offer(target)

    def take(self, offer: Offer, path: Path) -> Refusal | None:
        """Copy the package, as it was signed, to a path. Raises OSError where the disk will not."""
        try:
            self._client.download_target(offer.target, str(path))
        except exceptions.LengthOrHashMismatchError:
            short = self.fetcher.given < offer.target.length
            return Refusal(No.TRUNCATED if short else No.NOT_WHAT_WAS_SIGNED, self.fetcher.asked)
        except exceptions.DownloadLengthMismatchError:
            return Refusal(No.TOO_LONG, self.fetcher.asked)
        except (exceptions.RepositoryError, exceptions.DownloadError) as error:
            return told(error, self.fetcher.asked)
        return None


def told(error: Exception, asked: str) -> Refusal:
    """A refusal for an error of the client. What it means depends on which file was asked for last."""
    is_head = asked == "timestamp.json" or asked.endswith(".root.json")
    what = asked or str(error)
    kinds: tuple[tuple[type[Exception], No], ...] = (
        (exceptions.UnsignedMetadataError, No.NOT_SIGNED),
        (exceptions.ExpiredMetadataError, No.EXPIRED),
        (exceptions.BadVersionNumberError, No.METADATA_WENT_BACK if is_head else No.MIXED),
        (exceptions.LengthOrHashMismatchError, No.MIXED),
        (DeserializationError, No.UNREADABLE),
        (exceptions.DownloadLengthMismatchError, No.TOO_LONG),
        (exceptions.DownloadHTTPError, No.MISSING),
        (exceptions.DownloadError, No.UNREADABLE),
    )
    for kind, reason in kinds:
        if isinstance(error, kind):
            return Refusal(reason, what)
    # What is left: metadata of another kind than its name says, or a snapshot that lost a file.
    return Refusal(No.MIXED, what)


def _flush(known: Path) -> None:
    """The client replaces its files, and does not wait for the disk: what was seen once must not be forgotten."""
    for path in (known, *known.rglob("*")):
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _offer(target: TargetFile) -> Offer | Refusal:
    custom = target.custom if isinstance(target.custom, dict) else {}
    version, manifest, digest = custom.get("version"), custom.get("manifest"), target.hashes.get("sha256")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return Refusal(No.OTHER_PACKAGE, "the signers named no version")
    if not isinstance(manifest, str) or not _DIGEST.fullmatch(manifest):
        return Refusal(No.OTHER_PACKAGE, "the signers named no release manifest")
    if digest is None or not _DIGEST.fullmatch(digest):
        return Refusal(No.OTHER_PACKAGE, "the signers named no SHA-256")
    if target.length > LARGEST:
        return Refusal(No.TOO_LARGE, f"{target.length} bytes")
    return Offer(Package(version=version, digest=digest, manifest=manifest), target)
