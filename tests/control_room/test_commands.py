"""The control room by hand: every command of the bench walk, with real files, broker, models and device."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cli import main
from edge.settings import shared
from hardware_sim.bench import Bench


def lamppost(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def bench(tmp_path: Path, models: Path) -> Iterator[Bench]:
    calibration = Path(os.environ.get("LAMPPOST_CALIBRATION", shared("calibration.json")))
    if not calibration.is_file() or not shared("pictures").is_dir():
        pytest.skip("no calibration or pictures: run 'make models'")
    made = Bench.make(tmp_path / "bench", models=models, calibration=calibration)
    made.broker.start()
    command = [sys.executable, "-m", "hardware_sim", "device", "--config", str(made.config)]
    log = (tmp_path / "device.log").open("wb")
    device = subprocess.Popen(command, stdout=log, stderr=log)
    yield made
    device.terminate()
    device.wait(15)
    made.broker.stop()


def connected(bench: Bench) -> list[str | Path]:
    return ["--connection", bench.connection]


def enrolment(folder: Path) -> Path:
    """One volunteer, enrolled from a public-domain picture."""
    entry = folder / "people" / "volunteer-1"
    entry.mkdir(parents=True)
    (entry / "1.png").write_bytes((shared("pictures") / "astronaut.png").read_bytes())
    return folder / "people"


def test_the_whole_job_by_hand(bench: Bench, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, calibration = bench.folder / "keys", shared("calibration.json")
    sealed, signed = tmp_path / "list", tmp_path / "authorisation.json"
    people = enrolment(tmp_path)
    assert (
        lamppost(
            "enrol",
            "--images",
            people,
            "--category",
            "volunteer",
            "--source",
            "volunteer",
            "--models",
            models,
            "--out",
            sealed,
        )
        == 0
    )
    from edge.adapters.keys import FileSigner
    from edge.wire.signed import key_id

    form = tmp_path / "form.toml"
    form.write_text(
        f"""\
id = "walk-1"
sequence = 1
test = true
use_case = "accuracy-test"
site = "bench"
device = "post-1"
hours = 1
max_fpir = 0.01
operators = ["{key_id(FileSigner(keys / "operator.pem").public)}"]
presence = ["{key_id(FileSigner(keys / "presence.pem").public)}"]
recipients = ["{keys / "recipient.pem"}"]
watchlist = "{sealed}"
{bench.form_rest()}"""
    )
    assert lamppost("authorise", "--form", form, "--models", models, "--calibration", calibration,
                    "--key", keys / "authorising-officer.pem", "--out", signed) == 0  # fmt: skip
    link = connected(bench)
    start = ["start", *link, "--key", keys / "operator.pem", "--authorisation", signed, "--watchlist", sealed]
    _eventually(lambda: lamppost("status", *link, "--key", keys / "operator.pem") == 0)
    assert lamppost(*start) == 1
    assert "not-signed" in capsys.readouterr().err
    assert lamppost("countersign", signed, "--key", keys / "countersigning-officer.pem") == 0
    assert lamppost(*start) == 0
    assert lamppost("presence", *link, "--key", keys / "operator.pem", "--once") == 1
    assert "wrong-role" in capsys.readouterr().err
    assert lamppost("presence", *link, "--key", keys / "presence.pem", "--once") == 0
    capsys.readouterr()
    assert lamppost("status", *link, "--key", keys / "operator.pem") == 0
    assert "condition                        active" in capsys.readouterr().out
    assert lamppost("stop", *link, "--key", keys / "presence.pem") == 0
    assert "has ended for good" in capsys.readouterr().out


def test_keys_trust_root_and_certificates_are_made_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = []
    for role in ("authorising-officer", "countersigning-officer", "operator", "presence", "device", "custodian"):
        assert lamppost("key", role, "--out", tmp_path / f"{role}.pem") == 0
        pairs.append(f"{role}={tmp_path / role}.pem")
    assert lamppost("key", "custodian", "--out", tmp_path / "second.pem") == 0
    pairs.append(f"custodian={tmp_path}/second.pem")
    assert lamppost("key", "recipient", "--out", tmp_path / "recipient.pem") == 0
    assert lamppost("trust-root", *pairs, "--out", tmp_path / "root.json") == 0
    assert lamppost("trust-root", "mayor=x.pem", "--out", tmp_path / "other.json") == 78
    assert "mayor=x.pem" in capsys.readouterr().err
    assert lamppost("bench-certificates", "a.b", "--out", tmp_path / "pki") == 0
    assert (tmp_path / "pki" / "a.b.pem").is_file()
    assert lamppost("key", "operator", "--out", tmp_path / "operator.pem") == 78
    assert "is there already" in capsys.readouterr().err


def test_an_unreachable_device_is_said_to_be(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    other = bench.folder / "other.toml"
    other.write_text(bench.connection.read_text().replace("post-1", "post-9"))
    assert lamppost("status", "--connection", other, "--key", bench.folder / "keys" / "operator.pem") == 1
    assert "No state of the device within 10 s" in capsys.readouterr().err


def _eventually(condition: object) -> None:
    deadline, pause = time.monotonic() + 30, threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        pause.wait(0.2)
