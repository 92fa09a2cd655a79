"""Archives come by digest, or not at all and with a reason; the indexes are real ones, on this machine."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.models import fetch, pictures
from deploy.models.faults import Tampered, Unreachable
from deploy.models.fetch import Fetcher
from deploy.models.index import Origins
from deploy.models.recipe import PICTURES, Archive, Source

CONTENT = b"weights" * 1000
OTHER = b"weighty" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ARCHIVE = Archive("Some_Package", "1.0", "some_package-1.0.tar.gz", DIGEST, len(CONTENT))
NO_PAUSES = (0.0, 0.0, 0.0)


@dataclass
class Index:
    """A package index on this machine that can be told to misbehave."""

    content: bytes = CONTENT
    listed_digest: str | None = DIGEST
    kind: str = "json"
    lists: bool = True
    fail_first: int = 0
    status: int = 503
    cut: int = 0
    address: str = ""
    asked: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)

    def page(self) -> tuple[bytes, str]:
        file = ARCHIVE.file if self.lists else "some_package-0.9.tar.gz"
        if self.kind == "json":
            hashes = {"sha256": self.listed_digest} if self.listed_digest else {}
            page = {"files": [{"filename": file, "url": f"../../files/{file}", "hashes": hashes}]}
            return json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
        fragment = f"#sha256={self.listed_digest}" if self.listed_digest else ""
        return f'<html><a href="/files/{file}{fragment}">{file}</a></html>'.encode(), "text/html"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.logins.append(handler.headers["Authorization"])
        if len(self.asked) <= self.fail_first:
            handler.send_error(self.status)
            return
        if handler.path == "/simple/some-package/":
            body, kind = self.page()
        elif handler.path == f"/files/{ARCHIVE.file}":
            body, kind = self.content, "application/octet-stream"
        else:
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: -self.cut] if self.cut and body is self.content else body)

    @property
    def downloads(self) -> int:
        return sum(path.startswith("/files/") for path in self.asked)


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.answer(self)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.address = f"http://127.0.0.1:{server.server_port}/simple"
        yield made
        server.shutdown()
        thread.join()


def fetcher(folder: Path, *indexes: str, folders: tuple[Path, ...] = ()) -> Fetcher:
    return Fetcher(Origins(indexes, folders, (), None), folder / "sources", NO_PAUSES)


@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.parametrize("digest", [DIGEST, None])
def test_an_archive_is_fetched_once(index: Index, tmp_path: Path, kind: str, digest: str | None) -> None:
    index.kind, index.listed_digest = kind, digest
    got = fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert got.read_bytes() == CONTENT
    assert fetcher(tmp_path, index.address).fetch(ARCHIVE) == got
    assert index.downloads == 1
    assert [path.name for path in got.parent.iterdir()] == [ARCHIVE.file]


@pytest.mark.parametrize("digest", [DIGEST, None])
def test_a_tampered_archive_is_refused_and_not_kept(index: Index, tmp_path: Path, digest: str | None) -> None:
    index.content, index.listed_digest = OTHER, digest
    found = hashlib.sha256(OTHER).hexdigest()
    with pytest.raises(Tampered, match=f"should have SHA-256 {DIGEST}, found {found}.* an index that you trust"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert not list((tmp_path / "sources").iterdir())


def test_an_index_that_lists_another_digest_is_refused_before_anything_is_downloaded(
    index: Index, tmp_path: Path
) -> None:
    index.listed_digest = "0" * 64
    with pytest.raises(Tampered, match=f"should have SHA-256 {DIGEST}, found {'0' * 64}"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert index.downloads == 0


@pytest.mark.parametrize("change", [CONTENT[:-1], CONTENT + b"x", b"", CONTENT * 1000])
def test_an_archive_of_another_length_is_refused(index: Index, tmp_path: Path, change: bytes) -> None:
    index.content = change
    with pytest.raises(Tampered, match="should have SHA-256"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert not list((tmp_path / "sources").iterdir())


def test_a_connection_that_breaks_off_is_tried_four_times(index: Index, tmp_path: Path) -> None:
    index.cut = 10
    with pytest.raises(Unreachable, match=r"IncompleteRead.* Check the network and 'pip config list', or put the file"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert index.downloads == 4
    assert not list((tmp_path / "sources").iterdir())


def test_a_busy_index_is_asked_again(index: Index, tmp_path: Path) -> None:
    index.fail_first = 3
    assert fetcher(tmp_path, index.address).fetch(ARCHIVE).read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "asked"), [(403, 1), (404, 1), (503, 4), (429, 4)])
def test_only_what_can_pass_is_tried_again(index: Index, tmp_path: Path, status: int, asked: int) -> None:
    index.fail_first, index.status = 99, status
    with pytest.raises(Unreachable, match=f"{ARCHIVE.file} .* could not be fetched"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)
    assert len(index.asked) == asked


def test_an_index_without_it_is_passed_over(index: Index, tmp_path: Path) -> None:
    other = tmp_path / "other" / "simple" / "some-package"
    other.mkdir(parents=True)
    (other / ARCHIVE.file).write_bytes(CONTENT)
    (other / "index.html").write_text(f'<a href="{ARCHIVE.file}#sha256={DIGEST}">{ARCHIVE.file}</a>')
    index.lists = False
    local = (tmp_path / "other" / "simple").as_uri()
    missing = (tmp_path / "none").as_uri()
    assert fetcher(tmp_path, missing, index.address, local).fetch(ARCHIVE).read_bytes() == CONTENT


def test_an_index_with_another_file_of_that_name_does_not_keep_the_right_one_away(index: Index, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong" / "some-package"
    wrong.mkdir(parents=True)
    (wrong / "index.html").write_text(f'<a href="{ARCHIVE.file}#sha256={"0" * 64}">{ARCHIVE.file}</a>')
    got = fetcher(tmp_path, (tmp_path / "wrong").as_uri(), index.address).fetch(ARCHIVE)
    assert got.read_bytes() == CONTENT


def test_what_no_index_has_is_said_index_by_index(index: Index, tmp_path: Path) -> None:
    index.lists = False
    with pytest.raises(Unreachable) as caught:
        fetcher(tmp_path, index.address, tmp_path.as_uri()).fetch(ARCHIVE)
    assert str(caught.value).count("does not list it") == 2
    assert DIGEST in str(caught.value)


def test_no_index_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="pip is configured without any index"):
        fetcher(tmp_path).fetch(ARCHIVE)


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="Connection refused"):
        fetcher(tmp_path, "http://127.0.0.1:9/simple").fetch(ARCHIVE)


def test_a_page_that_is_none_is_said(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Index, "page", lambda _: (b"{ no json", "application/json"))
    with pytest.raises(Unreachable, match="could not be fetched"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)


def test_an_unknown_scheme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="neither http"):
        fetcher(tmp_path, "ftp://127.0.0.1/simple").fetch(ARCHIVE)


def test_a_folder_of_archives_serves_without_an_index(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE.file).write_bytes(CONTENT)
    assert fetcher(tmp_path, folders=(tmp_path,)).fetch(ARCHIVE).read_bytes() == CONTENT


def test_a_password_goes_to_its_index_and_into_no_message(index: Index, tmp_path: Path) -> None:
    address = index.address.replace("//", "//me:top%20secret@")
    fetcher(tmp_path / "a", address).fetch(ARCHIVE)
    expected = f"Basic {base64.b64encode(b'me:top secret').decode()}"
    assert index.logins == [expected, expected]
    index.lists = False
    with pytest.raises(Unreachable) as caught:
        fetcher(tmp_path / "b", address).fetch(ARCHIVE)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"x" + data[1:], lambda data: b""])
def test_a_cached_archive_that_was_changed_is_refused(
    index: Index, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    kept = fetcher(tmp_path, index.address).fetch(ARCHIVE)
    kept.write_bytes(spoil(CONTENT))
    with pytest.raises(Tampered, match=f"{kept} should have SHA-256 {DIGEST}, found .* Delete it"):
        fetcher(tmp_path, index.address).fetch(ARCHIVE)


def test_a_cached_picture_that_was_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / PICTURES[0].name).write_bytes(b"another picture")
    with pytest.raises(Tampered, match=f"should have SHA-256 {PICTURES[0].sha256}"):
        pictures.gather(fetcher(tmp_path), Path(sys.executable))


def bundle(path: Path, inside: str, data: bytes) -> Path:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(inside, data)
    else:
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo(inside)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


SOURCE = Source("x", "p", "1", "p/x.bin", DIGEST, "MIT")


@pytest.mark.parametrize("name", ["p.whl", "p.tar.gz"])
class TestMember:
    def test_is_read(self, tmp_path: Path, name: str) -> None:
        assert fetch.member(bundle(tmp_path / name, "p/x.bin", CONTENT), SOURCE) == CONTENT

    def test_is_refused_where_it_differs(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(Tampered, match="should have SHA-256"):
            fetch.member(bundle(tmp_path / name, "p/x.bin", OTHER), SOURCE)

    def test_is_said_to_be_missing(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(Tampered, match=r"p/x\.bin"):
            fetch.member(bundle(tmp_path / name, "p/y.bin", CONTENT), SOURCE)

    def test_is_unreadable_in_an_archive_cut_short(self, tmp_path: Path, name: str) -> None:
        path = bundle(tmp_path / name, "p/x.bin", bytes(range(256)) * 400)
        path.write_bytes(path.read_bytes()[:80])
        with pytest.raises(Tampered, match="cannot be read"):
            fetch.member(path, SOURCE)
