"""Custodians' decisions by command: written, read in words, signed by two, and carried out on the device."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge import cli
from edge.adapters.keys import FileSigner
from edge.adapters.store import SqliteStore
from edge.control_room import custody, deploy, roots
from edge.control_room.keyring import make_signing_key
from edge.domain.authority import Role, Signed
from edge.domain.custody import NewClock, NewEpoch
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.record import Checkpoint
from edge.measure.people import trust_root
from edge.safeguards.epochs import OPENING
from edge.safeguards.journal import HEAD
from edge.wire.checkpoints import signed_checkpoint
from edge.wire.custodians import quorum
from edge.wire.signed import Kind, canonical, sign
from hardware_sim.office import MemoryKey

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
OLD_HEAD = Checkpoint(origin="lamppost/bench/post-1/epoch-1", size=7, root="a" * 64)


def lamppost(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A device's folder: configuration, trust root, and the journal of the old epoch."""
    custodians = [(Role.CUSTODIAN, make_signing_key(tmp_path / f"{name}.pem")) for name in ("one", "two")]
    signers = (FileSigner(tmp_path / f"{name}.pem") for name in ("one", "two"))
    root = sign(trust_root(custodians, NOW), Kind.TRUST_ROOT, *signers)
    (tmp_path / "trust-root.json").write_bytes(canonical(root))
    (tmp_path / "device.toml").write_text(
        '[device]\nsite = "bench"\nname = "post-1"\nepoch = "epoch-2"\n'
        '[paths]\nstate = "state"\ntrust_root = "trust-root.json"\nmodels = "m"\ncalibration = "c"\nkey = "k"\n'
        '[broker]\nhost = "localhost"\nca = "ca"\ncertificate = "c"\nkey = "k"\n'
    )
    (tmp_path / "state").mkdir()
    store = SqliteStore(tmp_path / "state" / "journal.sqlite")
    with store.transaction() as transaction:
        transaction.put(HEAD, canonical(OLD_HEAD))
    store.close()
    (tmp_path / "head.txt").write_text(signed_checkpoint(OLD_HEAD, MemoryKey()))
    return tmp_path


def test_an_epoch_is_decided_by_two_and_opened_on_the_device(device: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decision = device / "decision.json"
    about: list[str | Path] = [
        "--site",
        "bench",
        "--device",
        "post-1",
        "--epoch",
        "epoch-2",
        "--head",
        device / "head.txt",
    ]
    opened: list[str | Path] = ["open-epoch", "--config", device / "device.toml", "--decision", decision]
    assert lamppost("new-epoch", *about, "--reason", "exam-1", "--key", device / "one.pem", "--out", decision) == 0
    said = capsys.readouterr().out
    assert "begins a new journal, of the epoch epoch-2" in said
    assert f"whose last head had 7 leaves\nand the root {'a' * 64}\nbecause of exam-1" in said
    assert lamppost(*opened) == 78
    assert "1 of 2 custodians of version 1" in capsys.readouterr().err
    assert lamppost("agree", decision, "--key", device / "two.pem") == 0
    assert "begins a new journal" in capsys.readouterr().out
    assert lamppost(*opened) == 0
    kept = device / "state" / "journal-epoch-1.sqlite"
    assert str(kept) in capsys.readouterr().out
    assert kept.is_file()
    store = SqliteStore(device / "state" / "journal.sqlite")
    assert store.get(OPENING) is not None
    assert store.get(HEAD) is None
    store.close()


def test_a_clock_is_decided_by_two(device: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decision = device / "clock.json"
    about: list[str | Path] = [
        "--site",
        "bench",
        "--device",
        "post-1",
        "--epoch",
        "epoch-1",
        "--to",
        "2026-06-01T10:00:00+01:00",
    ]
    assert lamppost("new-clock", *about, "--key", device / "one.pem", "--out", decision) == 0
    assert "may take 2026-06-01 09:00:00Z for the latest time that is known" in capsys.readouterr().out
    assert lamppost("agree", decision, "--key", device / "two.pem") == 0
    signed = deploy.read_signed(decision)
    root = roots.believed(deploy.read_signed(device / "trust-root.json"))
    assert quorum(signed, Kind.NEW_CLOCK, root) is None
    assert custody.decision_of(signed).decided.tzinfo is not None
    # Signatures on one kind of decision are none on another.
    assert isinstance(quorum(signed, Kind.NEW_EPOCH, root), Refusal)


def test_a_decision_without_a_checkpoint_or_with_a_field_that_cannot_be_is_not_written(device: Path) -> None:
    about: list[str | Path] = [
        "--site",
        "bench",
        "--device",
        "post-1",
        "--epoch",
        "epoch-2",
        "--key",
        device / "one.pem",
    ]
    out = device / "decision.json"
    assert lamppost("new-epoch", *about, "--head", device / "one.pem", "--reason", "r", "--out", out) == 78
    assert lamppost("new-epoch", *about, "--head", device / "head.txt", "--reason", "a reason", "--out", out) == 78
    with pytest.raises(SystemExit):
        lamppost("new-clock", *about, "--to", "2026-06-01T09:00:00", "--out", out)
    assert not out.exists()


def test_what_is_no_decision_is_not_agreed_to() -> None:
    key = MemoryKey()
    document = NewClock(site="bench", device="post-1", epoch="epoch-1", to=NOW, decided=NOW)
    with pytest.raises(Misconfigured, match="no decision of custodians"):
        custody.agreed(sign(document, Kind.ORDER, key), key)
    with pytest.raises(Misconfigured, match="no decision of custodians"):
        custody.agreed(sign(document, Kind.NEW_EPOCH, key), key)
    with pytest.raises(Misconfigured):
        custody.agreed(Signed(payload="*", signatures=sign(document, Kind.ORDER, key).signatures), key)


@pytest.mark.parametrize("field", ["to", "decided"])
def test_a_decision_names_instants_with_a_time_zone(field: str) -> None:
    times = {"to": NOW, "decided": NOW, field: NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="time zone"):
        NewClock(site="bench", device="post-1", epoch="epoch-1", **times)
    with pytest.raises(ValueError, match="time zone"):
        NewEpoch(
            site="bench", device="post-1", epoch="epoch-1", previous_origin="o", previous_size=0,
            previous_root="0" * 64, reason="r", decided=NOW.replace(tzinfo=None),
        )  # fmt: skip
