"""The whole way by command: a device asks, is answered and belongs; it is wiped, and asks anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge import cli, settings
from edge.adapters.keys import FileSigner
from edge.adapters.provisioned import Places
from edge.control_room import deploy
from edge.control_room.keyring import make_signing_key
from edge.domain.record import Checkpoint
from edge.measure.people import MemoryKey
from edge.wire.checkpoints import signed_checkpoint
from edge.wire.enrolment import asked
from edge.wire.signed import Kind, sign
from hardware_sim.made_up import CALIBRATION

HEAD = Checkpoint(origin="lamppost/camden/post-1/epoch-1", size=7, root="a" * 64)


def lamppost(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


@dataclass
class Force:
    """A folder of custodians' things, and a device's root."""

    folder: Path
    root: Path

    def device(self, *arguments: str | Path, fails: bool = False) -> str:
        """At the device."""
        ran = subprocess.run(
            [sys.executable, "-m", "edge", "provision", "--root", self.root, *arguments], capture_output=True,
            text=True, check=False, env={**os.environ, "SYSTEMD_CREDENTIAL_SECRET": str(self.root / "secret")},
        )  # fmt: skip
        assert (ran.returncode != 0) is fails, ran.stderr
        return ran.stderr if fails else ran.stdout

    def file(self, name: str) -> Path:
        return self.folder / name

    def root_of(self, request: Path, version: int, capsys: pytest.CaptureFixture[str]) -> Path:
        """The trust root that names the device's key, signed by both."""
        key = asked(deploy.read_signed(request)).key
        form, out = self.file(f"root-{version}.toml"), self.file(f"root-{version}.json")
        form.write_text(
            'organisation = "Camden"\ncontact = "camden@example.invalid"\nquorum = 2\n'
            f"expires = {datetime.now(UTC) + timedelta(days=300):%Y-%m-%dT%H:%M:%SZ}\n"
            f'[keys]\ncustodian = ["one.pem", "two.pem"]\nevaluator = ["evaluator.pem"]\ndevice = ["{key}"]\n'
        )
        previous: list[str | Path] = ["--previous", self.file(f"root-{version - 1}.json")] if version > 1 else []
        assert lamppost("trust-root", "--form", form, "--key", self.file("one.pem"), "--out", out, *previous) == 0
        assert lamppost("sign-trust-root", out, "--key", self.file("two.pem"), *previous) == 0
        capsys.readouterr()
        return out

    def answer(
        self, request: Path, spoken: str, version: int, capsys: pytest.CaptureFixture[str], *more: str | Path
    ) -> tuple[Path, str]:  # fmt: skip
        """Signed by both, and the trust root's fingerprint as it is read out."""
        root, certificate = self.root_of(request, version, capsys), self.file(f"certificate-{version}.pem")
        ca, out = self.file("ca.pem"), self.file(f"answer-{version}.json")
        assert (
            lamppost("issue-certificate", request, "--ca", ca, "--ca-key", self.file("ca.key"), "--out", certificate)
            == 0
        )
        assert lamppost(
            "enrol-device", request, "--fingerprint", spoken, "--trust-root", root, "--calibration",
            self.file("calibration.json"), "--certificate", certificate, "--broker", "192.0.2.7:8883",
            "--broker-ca", ca, "--network", "192.0.2.0/24", "--key", self.file("one.pem"), "--out", out, *more,
        ) == 0  # fmt: skip
        capsys.readouterr()
        said: list[str | Path] = [
            "agree-enrolment",
            out,
            "--request",
            request,
            "--fingerprint",
            spoken,
            "--key",
            self.file("two.pem"),
        ]
        assert lamppost(*said) == 0
        shown = re.search(r"(?m)^read out +(\S+)", capsys.readouterr().out)
        assert shown is not None
        return out, shown[1]


def fingerprint(said: str) -> str:
    found = re.search(r"fingerprint +(\S+)", said)
    assert found is not None, said
    return found[1]


@pytest.fixture
def force(tmp_path: Path) -> Force:
    if shutil.which("systemd-creds") is None:
        pytest.skip("there is no systemd-creds here: install systemd 250 or later")
    folder, root = tmp_path / "people", tmp_path / "root"
    folder.mkdir()
    root.mkdir()
    for name in ("one", "two", "evaluator"):
        make_signing_key(folder / f"{name}.pem")
    table = sign(CALIBRATION, Kind.CALIBRATION, FileSigner(folder / "evaluator.pem"))
    deploy.write_signed(folder / "calibration.json", table)
    return Force(folder, root)


def test_from_a_bare_device_to_one_that_belongs_and_is_wiped_and_belongs_again(
    force: Force, capsys: pytest.CaptureFixture[str]
) -> None:
    stick = force.file("stick")
    said = force.device("--site", "camden", "--device", "post-1", "--out", stick)
    spoken = fingerprint(said)
    assert fingerprint(force.device()) == spoken
    assert lamppost("enrolment-request", stick / "request.json") == 0
    assert spoken in capsys.readouterr().out
    assert (stick / "device.csr").read_text().startswith("-----BEGIN CERTIFICATE REQUEST-----")
    answer, theirs = force.answer(stick / "request.json", spoken, 1, capsys)
    said = force.device("--accept", answer, "--fingerprint", theirs)
    assert "camden/post-1, epoch epoch-1, is provisioned" in said
    assert "systemctl enable --now lamppost@cam0" in said
    known = settings.load(Places("cam0", force.root).settings)
    assert known.device.epoch == "epoch-1"

    order = force.file("order.json")
    head = force.file("head.txt")
    head.write_text(signed_checkpoint(HEAD, MemoryKey()))
    about: list[str | Path] = ["--site", "camden", "--device", "post-1", "--key", force.file("one.pem")]
    decide: list[str | Path] = ["--epoch", "epoch-1", "--next-epoch", "epoch-2", "--reason", "decision-6"]
    assert lamppost("reprovision", *about, *decide, "--head", head, "--out", order) == 0
    assert "is WIPED" in capsys.readouterr().out
    assert "not enough custodians" in force.device("--anew", order, fails=True)
    assert lamppost("agree", order, "--key", force.file("two.pem")) == 0
    spoken = fingerprint(force.device("--anew", order, "--out", stick))
    assert not Places("cam0", force.root).settings.exists()

    opening = force.file("opening.json")
    why = ["--epoch", "epoch-2", "--reason", "decision-6"]
    assert lamppost("new-epoch", *about, *why, "--head", head, "--out", opening) == 0
    assert lamppost("agree", opening, "--key", force.file("two.pem")) == 0
    answer, theirs = force.answer(stick / "request.json", spoken, 2, capsys, "--opening", opening)
    assert "epoch epoch-2, is provisioned" in force.device("--accept", answer, "--fingerprint", theirs)
    assert settings.load(Places("cam0", force.root).settings).device.epoch == "epoch-2"


def test_what_is_missing_or_wrong_on_the_command_line_is_said(force: Force, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Name --site and --device" in force.device(fails=True)
    stick = force.file("stick")
    spoken = fingerprint(force.device("--site", "camden", "--device", "post-1", "--out", stick))
    assert "cannot be called that" in force.device("--site", "Camden Town", "--device", "x", "--again", fails=True)
    assert "no name of an instance" in force.device("--instance", "../cam0", fails=True)
    answer, theirs = force.answer(stick / "request.json", spoken, 1, capsys)
    assert "fingerprint is missing" in force.device("--accept", answer, fails=True)
    assert "not the one that was read out" in force.device("--accept", answer, "--fingerprint", spoken, fails=True)
    assert "cannot be read" in force.device("--accept", force.file("nothing"), "--fingerprint", theirs, fails=True)
    assert lamppost(
        "agree-enrolment", answer, "--request", stick / "request.json", "--fingerprint", theirs, "--key",
        force.file("two.pem"),
    ) == cli.EXIT_CONFIG  # fmt: skip
    assert "Do not sign" in capsys.readouterr().err
    decide = [
        "--epoch",
        "epoch-1",
        "--next-epoch",
        "epoch-2",
        "--reason",
        "x",
        "--site",
        "camden",
        "--device",
        "post-1",
    ]
    out = force.file("order.json")
    assert lamppost("reprovision", *decide, "--key", force.file("one.pem"), "--out", out) == cli.EXIT_CONFIG
    assert "What became of the journal is not said" in capsys.readouterr().err
