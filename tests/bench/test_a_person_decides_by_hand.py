"""What people do about hits, by command, with the real daemon in a process of its own and a real broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.adapters.keys import FileSigner
from edge.cli import main
from edge.control_room.desk import Reader
from edge.control_room.hits import keeper
from edge.control_room.keeping import Kept
from edge.control_room.keyring import make_recipient_keys, sealing_key
from edge.domain.authority import Role
from edge.domain.condition import Condition
from tests.bench.test_real_process import Run, a_list, authorise, calibration, run

__all__ = ["calibration", "run"]


def lamppost(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_view_review_hold_withdraw_and_list(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sealed = a_list()
    run.start()
    run.deploy(sealed, authorise(run, sealed))
    run.until(lambda: len(run.hits) == 1)
    (hit,) = run.hits
    key = run.bench.recipient_key
    reader, device_key = Reader(FileSigner(key), sealing_key(key)), run.bench.signer(Role.DEVICE).public
    kept, reviewer = tmp_path / "kept", run.bench.key(Role.REVIEWER)
    keeper(kept, device_key, reader)(hit)
    assert run.desk.seen.deployment is not None
    Kept(kept, hit.sealed.authorisation, device_key).expect(run.desk.seen.deployment)
    folder = ["--connection", run.bench.connection, "--keep", kept]
    one = [*folder, "--deployment", hit.sealed.authorisation, "--sequence", hit.sealed.sequence]
    capsys.readouterr()

    assert lamppost("review", *one, "--key", reviewer, "--verdict", "false") == 78
    assert "has not opened the hit" in capsys.readouterr().err
    view = ["hits", "view", *one, "--viewer", reviewer, "--why", "review", "--ticket", "r-1"]
    assert lamppost(*view, "--key", run.bench.recipient_key, "--copy", tmp_path / "copy.png") == 0
    assert "possible match, not an identification" in capsys.readouterr().out
    assert (tmp_path / "copy.png").read_bytes().startswith(b"\x89PNG")
    assert lamppost("review", *one, "--key", reviewer, "--verdict", "confirmed") == 0
    assert lamppost("review", *one, "--key", reviewer, "--verdict", "false") == 1
    assert "already-decided" in capsys.readouterr().err

    make_recipient_keys(tmp_path / "evidence.pem")
    officer = run.bench.key(Role.AUTHORISING_OFFICER)
    hold = ["hits", "hold", *one, "--key", run.bench.recipient_key, "--evidence", tmp_path / "evidence.pem"]
    assert lamppost(*hold, "--officer", officer, "--days", 90, "--reference", "case-1") == 0
    assert lamppost(*view, "--key", tmp_path / "evidence.pem", "--held") == 0
    assert lamppost("hits", "destroy", *folder, "--key", run.bench.recipient_key) == 0
    assert "nothing is over yet" in capsys.readouterr().out
    assert lamppost("hits", "list", *folder) == 0
    listed = capsys.readouterr().out.splitlines()
    reasons = ["alert, on-arrival", "review, r-1, a copy was taken", "review, r-1"]
    assert [line.split(": ")[1] for line in listed[1:]] == reasons

    replay = ["resend", "--connection", run.bench.connection, "--key", run.bench.key(Role.OPERATOR), "--first"]
    assert lamppost(*replay, 1, "--last", 9) == 0
    assert capsys.readouterr().out.splitlines() == ["acknowledged: 1", "last number given: 1"]
    assert lamppost(*replay, 2, "--last", 1) == 78
    assert "no numbers of hits" in capsys.readouterr().err
    withdraw = ["withdraw", "--connection", run.bench.connection, "--key", run.bench.key(Role.OPERATOR), "--entry"]
    assert lamppost(*withdraw, "v-0007") == 0
    assert "20 entries are left" in capsys.readouterr().out
    assert lamppost(*withdraw, "v-0008") == 1
    assert "unknown-entry" in capsys.readouterr().err
    run.until(run.is_(Condition.ACTIVE))
    assert run.terminate() == 0
    assert lamppost("hits", "destroy", *folder, "--key", run.bench.recipient_key, "--everything") == 0
    assert not run.bench.recipient_key.exists()
    assert list(kept.rglob("*.hit")) == list(kept.rglob("*.held")) == []
    kinds = [event.kind for event in run.events()]
    assert [kinds.count(kind) for kind in ("hit-reviewed", "hit-held", "entry-withdrawn")] == [1, 1, 1]
