"""From a device's state to a bundle: read-only, the same every time, and nothing personal in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import cli
from edge.adapters.archive import archive
from edge.adapters.store import SqliteStore
from edge.audit.bundle import PAGE, Page
from edge.audit.export import export
from edge.audit.release import of_installed
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured
from edge.domain.orders import Hold, Review, Verb, Verdict, WithdrawEntry, WrappedKey
from edge.wire.parcels import is_evidence
from edge.wire.signed import canonical, digest, parse, payload_of, to_base64url
from hardware_sim.scripted import features_of
from hardware_sim.site import Site
from tests.audit.cast import at
from tests.audit.mornings import a_morning

WRAPPED = WrappedKey(to="A" * 43, sealed="s" * 86)


def exported(state: Path, out: Path) -> Page:
    with archive(state) as opened:
        page, _ = export(opened, out, site="bench", device="post-1", epoch="epoch-1")
    return page


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def state(watching: Site) -> Path:
    """A device's state folder after a hit and a passer-by, with the daemon still running."""
    watching.walk(7)
    watching.walk(30, after=4)
    watching.run(70)
    return watching.folder


def test_a_bundle_is_written_while_the_daemon_runs_and_its_state_stays_as_it_is(state: Path, tmp_path: Path) -> None:
    before = everything(state)
    page = exported(state, tmp_path / "bundle")
    assert everything(state) | everything(tmp_path / "bundle") != {}
    assert {name: content for name, content in everything(state).items() if not name.startswith("bundle/")} == before
    written = everything(tmp_path / "bundle")
    assert parse(written.pop(PAGE), Page) == page
    assert {name: digest(content) for name, content in written.items()} == page.files


def test_the_same_state_gives_the_same_bundle(state: Path, tmp_path: Path) -> None:
    exported(state, tmp_path / "one")
    exported(state, tmp_path / "two")
    assert everything(tmp_path / "one") == everything(tmp_path / "two")


def test_a_copy_of_the_state_gives_the_same_bundle_and_nothing_is_written_to_it(
    state: Path, watching: Site, tmp_path: Path
) -> None:
    exported(state, tmp_path / "live")
    for number, left_out in enumerate(("", "-shm")):
        copy = tmp_path / f"copy-{number}"
        copy.mkdir()
        for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
            if not left_out or not name.endswith(left_out):
                shutil.copyfile(state / name, copy / name)
        before = everything(copy)
        exported(copy, tmp_path / f"bundle-{number}")
        assert everything(tmp_path / f"bundle-{number}") == everything(tmp_path / "live")
        if left_out:
            assert everything(copy) == before


def test_a_state_that_nobody_has_open_is_read_and_left_as_it_is(state: Path, watching: Site, tmp_path: Path) -> None:
    watching.power_off()
    before = {name: content for name, content in everything(state).items() if not name.startswith("bundle")}
    exported(state, tmp_path / "bundle")
    assert {name: content for name, content in everything(state).items() if not name.startswith("bundle")} == before


def test_nothing_personal_is_in_a_bundle(state: Path, watching: Site, tmp_path: Path) -> None:
    """The list's entry, the volunteer's and the passer-by's features, the hit's sealed message, its picture: none."""
    watching.device.link.cut()
    watching.walk(7)
    watching.run(10)
    watching.device.link.connect()
    watching.run(40)
    (hit,) = watching.hits[:1]
    exported(state, tmp_path / "bundle")
    written = everything(tmp_path / "bundle")
    said = [payload_of(parse(content, Signed)) for name, content in written.items() if name.startswith("papers/")]
    assert said
    everything_in_it = b"".join((*written.values(), *said))
    secrets = [
        b"v-0007",
        b"decoy-",
        hit.sealed.box.content[:40].encode(),
        hit.content.face[:40].encode(),
        hit.content.salt.encode(),
        hit.sealed.id.encode(),
        *(features_of(person).tobytes()[:16] for person in (7, 30)),
        *(to_base64url(features_of(person).tobytes()[:15]).encode() for person in (7, 30)),
    ]
    for secret in secrets:
        assert secret not in everything_in_it


def test_of_orders_only_reviews_and_holds_are_papers() -> None:
    story = a_morning()
    review = Review(hit="hit-1", sequence=1, verdict=Verdict.FALSE, seconds=3)
    hold = Hold(hit="hit-1", sequence=1, until=at(9000), reference="case-1")
    withdrawn = WithdrawEntry(authorisation="operation-1", entry=WRAPPED)
    assert is_evidence(story.order(Verb.REVIEW, review, "reviewer", 1))
    assert is_evidence(story.order(Verb.HOLD, hold, "authorising-officer", 2))
    assert not is_evidence(story.order(Verb.WITHDRAW_ENTRY, withdrawn, "operator", 3))
    assert is_evidence(story.signed_authorisation)


def test_a_withdrawal_that_lies_among_the_papers_is_not_exported(state: Path, watching: Site, tmp_path: Path) -> None:
    from edge.safeguards import papers

    story = a_morning()
    withdrawn = WithdrawEntry(authorisation="operation-1", entry=WRAPPED)
    signed = story.order(Verb.WITHDRAW_ENTRY, withdrawn, "operator", 3)
    with watching.device.store.transaction() as transaction:
        papers.keep(transaction, signed)
    exported(state, tmp_path / "bundle")
    assert WRAPPED.sealed.encode() not in b"".join(everything(tmp_path / "bundle").values())
    assert signed.payload.encode() not in b"".join(everything(tmp_path / "bundle").values())


def test_leaves_that_no_head_covers_yet_are_left_out_and_counted(watching: Site, tmp_path: Path) -> None:
    watching.run(40)
    covered = watching.device.store.size()
    watching.walk(7)
    watching.run(3)
    with archive(watching.folder) as opened:
        page, left = export(opened, tmp_path / "bundle", site="bench", device="post-1", epoch="epoch-1")
    assert page.leaves + left == watching.device.store.size() > covered
    assert left > 0


def test_a_journal_without_a_head_is_exported_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    store = SqliteStore(tmp_path / "state" / "journal.sqlite")
    with store.transaction() as transaction:
        transaction.append(b"{}")
    page = exported(tmp_path / "state", tmp_path / "bundle")
    assert (page.leaves, set(page.files)) == (1, {"leaves.jsonl"})
    store.close()


def test_a_snapshot_does_not_see_what_is_committed_later(watching: Site) -> None:
    with archive(watching.folder) as opened:
        before = len(list(opened.leaves()))
        watching.run(70)
        assert watching.device.store.size() > before
        assert len(list(opened.leaves())) == before


def test_a_bundle_is_never_added_to(state: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "something").touch()
    with pytest.raises(Misconfigured, match="not empty"):
        exported(state, tmp_path / "bundle")


def test_a_folder_without_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="There is no journal"), archive(tmp_path):
        pass


def test_a_journal_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(Misconfigured, match="cannot be read"), archive(tmp_path):
        pass


class Kept:
    """A state in memory."""

    def __init__(self, **values: bytes) -> None:
        self._values = values

    def leaves(self) -> Iterator[bytes]:
        return iter(())

    def get(self, name: str) -> bytes | None:
        return self._values.get(name)

    def values(self, prefix: str) -> list[tuple[str, bytes]]:
        return [(name, value) for name, value in self._values.items() if name.startswith(prefix)]


@pytest.mark.parametrize("name", ["journal/signed-head", "cosigned/latest/00000000", "paper/1"])
def test_a_state_that_holds_something_unreadable_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        export(Kept(**{name: b"junk"}), tmp_path / "bundle", site="bench", device="post-1", epoch="epoch-1")


CONFIG = """
[device]
site = "bench"
name = "post-1"
epoch = "epoch-1"

[paths]
state = "{state}"
trust_root = "trust-root.json"
models = "{models}"
calibration = "{calibration}"
key = "device.pem"

[broker]
host = "localhost"
ca = "ca.pem"
certificate = "device.crt"
key = "device.key"
"""


def configured(folder: Path, state: Path, models: Path) -> str:
    path = folder / "device.toml"
    calibration = models.parent / "calibration.json"
    path.write_text(CONFIG.format(state=state, models=models, calibration=calibration))
    return str(path)


def test_the_command_exports_with_the_manifest_of_what_is_installed(
    state: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = configured(tmp_path, state, models), tmp_path / "bundle"
    assert cli.main(["evidence", "export", "--config", config, "--out", str(out)]) == 0
    assert "lines of the journal" in capsys.readouterr().out
    assert (out / "release.json").read_bytes() == canonical(of_installed())


def test_the_command_exports_a_copy_where_nothing_is_installed_and_says_so(
    state: Path, watching: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watching.walk(7)
    watching.run(3)
    copy = tmp_path / "copy"
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("bundle*", "copy*"))
    config = configured(tmp_path, tmp_path / "not-here", tmp_path / "no-models")
    out = tmp_path / "bundle"
    assert cli.main(["evidence", "export", "--config", config, "--state", str(copy), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "without a release manifest" in said.err
    assert "lines more were left out" in said.out
    assert not (out / "release.json").exists()
    assert cli.main(["evidence", "export", "--config", config, "--out", str(tmp_path / "other")]) == 78
    assert "There is no journal" in capsys.readouterr().err
