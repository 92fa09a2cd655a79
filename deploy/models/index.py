"""Where the user's packages come from: asked of pip, so that no registry's address stands in this code.

Speaks the simple repository interface as JSON (PEP 691) or HTML (PEP 503), over http(s) and in folders.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from deploy.models.faults import Unreachable

SECTIONS: Final = ("global", "download", "install", ":env:")
"""Of pip's configuration, each overriding the ones before it."""

ASK: Final = """
import json
from pip._internal.models.index import PyPI
from pip._vendor import certifi
print(json.dumps([PyPI.simple_url, certifi.where()]))
"""

ACCEPTED: Final = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, slots=True)
class Origins:
    """What pip is configured to fetch from."""

    indexes: tuple[str, ...]
    """Addresses of simple indexes, in order."""
    folders: tuple[Path, ...]
    """Folders with archives (pip's ``find-links``)."""
    certificates: tuple[Path, ...]
    """Bundles of trusted authorities besides the system's."""
    proxy: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A file that an index offers."""

    file: str
    url: str
    sha256: str | None


def origins(python: Path) -> Origins:
    """What the pip of that interpreter would use. Raises Unreachable where it cannot be asked."""
    settings: dict[str, str] = {}
    lines = _run(python, "-m", "pip", "config", "list").splitlines()
    for section in SECTIONS:
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                settings[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    default, bundle = json.loads(_run(python, "-c", ASK))
    indexes = [settings.get("index-url", default), *settings.get("extra-index-url", "").split()]
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        indexes = []
    places = [urllib.parse.unquote(place.removeprefix("file://")) for place in settings.get("find-links", "").split()]
    bundles = [Path(bundle), *(Path(settings[name]) for name in ("cert",) if name in settings)]
    return Origins(
        tuple(dict.fromkeys(url.rstrip("/") for url in indexes)),
        tuple(Path(place) for place in places if Path(place).is_dir()),
        tuple(path for path in bundles if path.is_file()),
        settings.get("proxy"),
    )


def project_url(index: str, package: str) -> str:
    """The page of a package in an index; in a folder that is a file."""
    page = f"{index}/{re.sub(r'[-_.]+', '-', package).lower()}/"
    return f"{page}index.html" if index.startswith("file:") else page


def links(page: bytes, url: str) -> Iterator[Link]:
    """The files that a package's page offers, JSON or HTML; ``url`` is where the page was found.

    Raises ValueError where it is neither.
    """
    if page.lstrip()[:1] == b"{":
        for file in json.loads(page)["files"]:
            found = file.get("hashes", {}).get("sha256")
            yield Link(file["filename"], urllib.parse.urljoin(url, file["url"]), found)
        return
    parser = _Anchors()
    parser.feed(page.decode("utf-8", "replace"))
    for target, text in parser.found:
        whole, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(url, target))
        found = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
        name = urllib.parse.unquote(whole.rsplit("/", 1)[-1])
        yield Link(name or text, whole, found)


def with_login(url: str, page: str) -> str:
    """A link with the name and password of the page that it stands on, where both are on the same host."""
    target, source = urllib.parse.urlsplit(url), urllib.parse.urlsplit(page)
    if target.username or not source.username or target.netloc != source.netloc.rsplit("@", 1)[-1]:
        return url
    return target._replace(netloc=source.netloc).geturl()


def safe(url: str) -> str:
    """An address without the password that it may hold, for messages."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl()


class _Anchors(HTMLParser):
    """Collects the targets and texts of links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._target: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._target = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._target is not None:
            self.found.append((self._target, data.strip()))
            self._target = None


def _run(python: Path, *arguments: str) -> str:
    done = subprocess.run([str(python), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unreachable(
            f"pip could not be asked which package index it uses: {done.stderr.strip()[-300:]}",
            f"Mend what '{python} -m pip config list' complains about.",
        )
    return done.stdout
