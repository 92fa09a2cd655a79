"""Clients that were not written here read, verify and answer the real daemon through a real broker with mutual TLS."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.models import npm
from deploy.models.__main__ import cache
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted
from edge.wire.signed import canonical
from hardware_sim.bench import Bench
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.site import CALIBRATION
from tests.asyncapi.published import SHIPPED
from tests.bench.test_real_process import Run, a_list, authorise
from tests.interop import CLIENT, NAME, by_mosquitto

PROGRAMS = Path(sys.prefix) / "bin"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A device that is running, and a control room that has keys to deploy with and none to read hits."""
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(canonical(CALIBRATION))
    bench = Bench.make(tmp_path / "bench", models=tmp_path, calibration=calibration, durable=False)
    bench.broker.start()
    desk, link = bench.desk("test", lambda _: None, reading=False)
    link.connect()
    made = Run(bench, desk, link)
    made.start()
    yield made
    if made.process is not None:
        made.terminate()
    link.close()
    bench.broker.stop()


@pytest.fixture
def node() -> tuple[Path, Path]:
    """Node, and the folder of the client's packages."""
    there = npm.found(cache(None), NAME, CLIENT)
    if there is None:
        pytest.skip("the client's packages are not installed: run 'make interop-clients'")
    return there


@pytest.fixture
def access(run: Run) -> by_mosquitto.Access:
    """The broker, for mosquitto's own clients."""
    programs = PROGRAMS if (PROGRAMS / "mosquitto_sub").exists() else Path(shutil.which("mosquitto_sub") or "/").parent
    if not (programs / "mosquitto_sub").exists():
        pytest.skip("mosquitto_sub is not installed: run 'make interop-clients'")
    bench = run.bench
    return by_mosquitto.Access(programs, bench.broker.port, bench.folder / "pki", CONTROL_ROOM, bench.topics.base)


def test_mosquittos_own_clients_read_verify_and_ask_a_device(run: Run, access: by_mosquitto.Access) -> None:
    reader = by_mosquitto.Reader(SHIPPED, run.bench.signer(Role.DEVICE).public)
    state, health = by_mosquitto.Listening(access, "state"), by_mosquitto.Listening(access, "health")
    _, said = reader.read(state.heard(), "sendState")
    assert said["condition"] == "idle"
    reader.read(health.heard(), "sendHealth")
    operator = run.bench.key(Role.OPERATOR)
    reply = by_mosquitto.status(access, reader, said, operator, run.bench.folder)
    assert (reply["answer"], reply["facts"]["condition"]) == ("done", "idle")


def test_mosquittos_own_clients_are_refused_with_a_reason_of_the_contract(
    run: Run, access: by_mosquitto.Access
) -> None:
    reader = by_mosquitto.Reader(SHIPPED, run.bench.signer(Role.DEVICE).public)
    _, said = reader.read(by_mosquitto.Listening(access, "state").heard(), "sendState")
    reviewer = run.bench.key(Role.REVIEWER)
    reply = by_mosquitto.status(access, reader, said, reviewer, run.bench.folder)
    remedies = json.loads(SHIPPED.read_text())["components"]["schemas"]["Reason"]["x-remedies"]
    assert (reply["answer"], reply["remedy"]) == ("rejected", remedies["wrong-role"])


def client_of_npm(run: Run, node: tuple[Path, Path], contract: Path) -> subprocess.Popen[str]:
    """The client, as a process of its own."""
    bench = run.bench
    settings = bench.folder / "client.json"
    settings.write_text(
        json.dumps(
            {
                "name": "another",
                "contract": str(contract),
                "trustRoot": str(bench.folder / "trust-root.json"),
                "host": "localhost",
                "port": bench.broker.port,
                "ca": str(bench.folder / "pki" / "ca.pem"),
                "certificate": str(bench.folder / "pki" / f"{CONTROL_ROOM}.pem"),
                "key": str(bench.folder / "pki" / f"{CONTROL_ROOM}.key"),
                "site": bench.topics.site,
                "device": bench.topics.device,
                "operatorKey": str(bench.key(Role.OPERATOR)),
                "recipientKey": str(bench.recipient_key),
            }
        )
    )
    program, packages = node
    command = [str(program), str(CLIENT / "client.mjs"), str(packages), str(settings)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_client_of_npm_verifies_asks_and_signs_for_a_hit(run: Run, node: tuple[Path, Path]) -> None:
    client = client_of_npm(run, node, SHIPPED)
    sealed = a_list()
    run.deploy(sealed, authorise(run, sealed))
    run.until(run.is_(Condition.ACTIVE))
    run.until(lambda: client.poll() is not None)
    printed, complaint = client.communicate()
    assert client.returncode == 0, complaint
    seen = json.loads(printed)
    assert seen["acknowledged"] == "done"
    assert seen["status"]["condition"] in {"idle", "waiting", "active"}
    run.terminate()
    committed = [event.sequence for event in run.events() if isinstance(event, HitCommitted)]
    signed_for = [event.sequence for event in run.events() if isinstance(event, HitAcknowledged)]
    assert committed == signed_for == [seen["hit"]["sequence"]]


def test_that_client_would_not_put_up_with_another_contract(run: Run, node: tuple[Path, Path], tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_text())
    document["operations"]["sendHealth"]["bindings"]["mqtt"]["messageExpiryInterval"] = 1
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    client = client_of_npm(run, node, other)
    run.until(lambda: client.poll() is not None)
    _, complaint = client.communicate()
    assert client.returncode == 1
    assert "/health: " in complaint
