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
from edge.control_room import deploy
from edge.control_room.authority.site import as_toml, read_facts
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
    form = tmp_path / "form.toml"
    bench.write_facts()
    form.write_text(bench.form("hand-1", sequence=1, watchlist=sealed))
    root: list[str | Path] = ["--trust-root", bench.folder / "trust-root.json"]
    assert lamppost("authority", "sign", form, *root, "--calibration", calibration,
                    "--key", keys / "authorising-officer.pem", "--out", signed) == 0  # fmt: skip
    link = connected(bench)
    start = ["start", *link, "--key", keys / "operator.pem", "--authorisation", signed, "--watchlist", sealed]
    _eventually(lambda: lamppost("status", *link, "--key", keys / "operator.pem") == 0)
    assert lamppost(*start) == 1
    assert "not-signed" in capsys.readouterr().err
    assert lamppost("authority", "show", signed, *root) == 1
    assert "MISSING countersigning-officer" in capsys.readouterr().out
    second: list[str | Path] = ["authority", "countersign", signed, *root, "--key", keys / "countersigning-officer.pem"]
    assert lamppost(*second, "--device", bench.facts) == 0
    assert lamppost("authority", "show", signed, *root, "--device", bench.facts, "--page", tmp_path / "p.html") == 0
    # Begun without its list, which is loaded with a bundle, by somebody who has no key of it.
    assert lamppost(*start[:-2], "--stay") == 78
    assert lamppost(*start[:-2]) == 0
    bundle = tmp_path / "bundle.json"
    assert lamppost("bundle", "--watchlist", sealed, *link, "--out", bundle) == 0
    sealed.with_name("list.key").unlink()
    assert lamppost("load", "--watchlist", sealed, *link, "--bundle", bundle, "--key", keys / "operator.pem") == 0
    assert lamppost("presence", *link, "--key", keys / "operator.pem", "--once") == 1
    assert "wrong-role" in capsys.readouterr().err
    assert lamppost("presence", *link, "--key", keys / "presence.pem", "--once") == 0
    capsys.readouterr()
    assert lamppost("status", *link, "--key", keys / "operator.pem") == 0
    assert "condition                        active" in capsys.readouterr().out
    withdraw: list[str | Path] = ["authority", "withdraw", *link, signed, "--key"]
    assert lamppost(*withdraw, keys / "reviewer.pem") == 1
    assert "wrong-role" in capsys.readouterr().err
    assert lamppost(*withdraw, keys / "countersigning-officer.pem") == 0
    assert "is withdrawn: it has ended for good" in capsys.readouterr().out
    assert lamppost(*withdraw, keys / "authorising-officer.pem") == 78
    assert "is not in force" in capsys.readouterr().err
    assert lamppost("start", *link, "--key", keys / "operator.pem", "--authorisation", signed) == 1
    assert "replayed" in capsys.readouterr().err
    assert lamppost("stop", *link, "--key", keys / "presence.pem") == 0
    assert "nothing is in force" in capsys.readouterr().out


def test_keys_and_certificates_are_made_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make: list[str | Path] = ["authority", "key", "operator", "--unlocked", "--out", tmp_path / "operator.pem"]
    assert lamppost(*make) == 0
    assert lamppost("authority", "key", "recipient", "--out", tmp_path / "recipient.pem") == 0
    assert lamppost("bench-certificates", "a.b", "--out", tmp_path / "pki") == 0
    assert (tmp_path / "pki" / "a.b.pem").is_file()
    assert lamppost(*make) == 78
    assert "is there already" in capsys.readouterr().err


def test_trust_ratification_and_accuracy_by_hand(
    bench: Bench, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys, link = bench.folder / "keys", connected(bench)
    operator, officer = keys / "operator.pem", keys / "authorising-officer.pem"
    sealed, urgent, test = tmp_path / "list", tmp_path / "urgent.json", tmp_path / "test.json"
    people = enrolment(tmp_path)
    assert lamppost("enrol", "--images", people, "--category", "volunteer", "--source", "volunteer",
                    "--models", models, "--out", sealed) == 0  # fmt: skip
    _eventually(lambda: lamppost("status", *link, "--key", operator) == 0)

    # The next trust root, from the previous one, by two custodians.
    root = tmp_path / "root-2.json"
    (bench.folder / "root.toml").write_text(bench.root_form())
    assert lamppost("trust-root", "--form", bench.folder / "root.toml", "--previous", bench.folder / "trust-root.json",
                    "--key", keys / "custodian.pem", "--out", root) == 0  # fmt: skip
    assert lamppost("send-trust-root", *link, root, "--key", operator) == 1
    assert "not-signed" in capsys.readouterr().err
    assert lamppost("sign-trust-root", root, "--previous", bench.folder / "trust-root.json",
                    "--key", keys / "custodian-2.pem") == 0  # fmt: skip
    assert lamppost("send-trust-root", *link, root, "--key", operator) == 0
    assert "believes version 2" in capsys.readouterr().out
    assert lamppost("status", *link, "--key", operator) == 0
    assert "trust-root-version               2" in capsys.readouterr().out

    # An urgent authorisation, to which the authorising officer says no.
    assert lamppost("authority", "device", *link, "--out", bench.facts) == 0
    pinned: list[str | Path] = ["--trust-root", root]
    for path, sequence, hurry, signer in ((urgent, 1, True, "urgent-officer"), (test, 2, False, officer.stem)):
        form = tmp_path / f"{sequence}.toml"
        form.write_text(bench.form(f"hand-{sequence}", sequence=sequence, watchlist=sealed, urgent=hurry))
        assert lamppost("authority", "sign", form, *pinned, "--calibration", shared("calibration.json"),
                        "--key", keys / f"{signer}.pem", "--out", path) == 0  # fmt: skip
        countersign: list[str | Path] = ["authority", "countersign", path, *pinned, "--key"]
        assert lamppost(*countersign, keys / "countersigning-officer.pem") == 0
        assert lamppost(*countersign, keys / "countersigning-officer.pem") == 78
        assert lamppost(*countersign, keys / "independent.pem") == 0
        assert "signed three times" in capsys.readouterr().out
    assert lamppost("start", *link, "--key", operator, "--authorisation", urgent, "--watchlist", sealed) == 0
    assert lamppost("authority", "ratify", *link, urgent, "--key", keys / "urgent-officer.pem", "--no") == 1
    assert lamppost("authority", "ratify", *link, urgent, "--key", officer, "--no") == 0
    assert "has ended; destroy every hit" in capsys.readouterr().out

    # An accuracy test in which nobody was found, and its report.
    assert lamppost("start", *link, "--key", operator, "--authorisation", test, "--watchlist", sealed) == 0
    begins = deploy.authorisation_of(deploy.read_signed(test)).not_before.isoformat()
    (tmp_path / "passages.csv").write_text(f"entry,from,to\nvolunteer-1,{begins},{begins}\n")
    report = tmp_path / "report.json"
    assert lamppost("accuracy-report", test, "--passages", tmp_path / "passages.csv", *link,
                    "--keep", tmp_path / "kept", "--recipient", keys / "recipient.pem", "--ticket", "test-1",
                    "--key", keys / "evaluator.pem", "--out", report) == 0  # fmt: skip
    assert "TPIR      0.0% (95 % interval 0.0% to 97.5%, exact)" in capsys.readouterr().out
    assert lamppost("send-accuracy-report", *link, report, "--key", operator) == 0


def test_what_is_true_of_a_device_is_printed_as_the_file_that_a_form_names(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lamppost("facts", "--config", bench.config) == 0
    bench.write_facts()
    assert capsys.readouterr().out == bench.facts.read_text()
    assert as_toml(read_facts(bench.facts)) == bench.facts.read_text()


def test_an_unreachable_device_is_said_to_be(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    other = bench.folder / "other.toml"
    other.write_text(bench.connection.read_text().replace("post-1", "post-9"))
    assert lamppost("status", "--connection", other, "--key", bench.folder / "keys" / "operator.pem") == 1
    assert "No state of the device within 10 s" in capsys.readouterr().err


def _eventually(condition: object) -> None:
    deadline, pause = time.monotonic() + 120, threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        pause.wait(0.2)
