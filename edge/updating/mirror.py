"""Copying what a mirror has into a folder: as nobody in particular, and without a say in what is believed.

The copy is made by looking as :mod:`.repository` looks, so that it has exactly the files that it will be asked for.
Whatever comes is given up as soon as it is longer than it may be.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tuf.api import exceptions
from tuf.api.serialization import DeserializationError
from tuf.ngclient import FetcherInterface, Updater, Urllib3Fetcher

from edge.domain.errors import Misconfigured
from edge.updating.refusals import No, Refusal
from edge.updating.repository import LARGEST, LIMITS, target_of, told

_AGENT: Final = "lamppost-update"


class Copying(FetcherInterface):
    """Fetches with another fetcher, and leaves each file that came whole in a folder, under its address' path."""

    def __init__(self, inner: FetcherInterface, base: str, folder: Path) -> None:
        self._inner = inner
        self._base = base
        self._folder = folder
        self.asked = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        """The file's bytes, as the other gives them. Raises DownloadError."""
        self.asked = urlsplit(url).path.rpartition("/")[2]
        return self._copied(url, self._inner.fetch(url))

    def _copied(self, url: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """An end that is not the file's own (too long, an error) leaves nothing."""
        path = self._folder / url.removeprefix(self._base)
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        part = path.with_name(".coming")
        try:
            with part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    yield chunk
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def copy(
    mirror: str, folder: Path, root: bytes, channel: str, inner: FetcherInterface | None = None
) -> Refusal | None:  # fmt: skip
    """Copy what is new, and delete packages that are not wanted any more. Raises Misconfigured, OSError."""
    if not _is_https(mirror):
        raise Misconfigured(f"The mirror {mirror!r} is no https address.", "Name one in /etc/lamppost-update.toml.")
    base = mirror if mirror.endswith("/") else f"{mirror}/"
    fetcher = Copying(inner or Urllib3Fetcher(app_user_agent=_AGENT), base, folder)
    known, name = folder / "known", target_of(channel)
    known.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        client = Updater(
            str(known), f"{base}metadata/", None, f"{base}targets/", fetcher, LIMITS, bootstrap=root
        )  # fmt: skip
        client.refresh()
        target = client.get_targetinfo(name)
        if target is None:
            return Refusal(No.MISSING, name)
        if target.length > LARGEST:
            return Refusal(No.TOO_LARGE, f"{target.length} bytes")
        wanted = folder / "targets" / f"{target.hashes.get('sha256', '')}.{name}"
        if client.find_cached_target(target, str(wanted)) is None:
            with contextlib.suppress(FileNotFoundError):
                wanted.unlink()
            client.download_target(target, str(folder / "copied"))
        _tidy(wanted)
    except (exceptions.RepositoryError, exceptions.DownloadError, DeserializationError) as error:
        refusal = told(error, fetcher.asked)
        unreached = isinstance(error, exceptions.DownloadError) and refusal.reason is No.UNREADABLE
        return Refusal(No.NOT_FETCHED, fetcher.asked) if unreached else refusal
    finally:
        (folder / "copied").unlink(missing_ok=True)
    return None


def _is_https(address: str) -> bool:
    try:
        return urlsplit(address).scheme == "https" and bool(urlsplit(address).hostname)
    except ValueError:  # brackets that hold no address
        return False


def _tidy(wanted: Path) -> None:
    for old in wanted.parent.iterdir():
        if old != wanted:
            old.unlink()
