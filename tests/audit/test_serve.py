"""``lamppost witness`` against a real mosquitto with mutual TLS, and what the broker lets a witness hear."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge import cli, connection
from edge.adapters.host import SystemClock
from edge.adapters.mqtt import Broker, MqttLink
from edge.audit import serve
from edge.audit.memory import Memory
from edge.audit.witness import Witness
from edge.control_room.certificates import BenchAuthority
from edge.domain.authority import Role
from edge.domain.message import Outgoing
from edge.measure.people import trust_root
from edge.wire.checkpoints import CONTENT_TYPE, Answer, Verdict, read_answer
from edge.wire.notes import Note, read_verifier, verified
from edge.wire.signed import Kind, canonical, sign
from edge.wire.topics import Topics
from hardware_sim.bench import BenchClock
from hardware_sim.broker import CONTROL_ROOM, Mosquitto, free_port, witness_name
from hardware_sim.clock import BEGIN
from hardware_sim.office import MemoryKey
from tests.audit.logs import Log

POST = Topics("bench", "post-1")
NAME = "w.example/post"
SOON = timedelta(seconds=15)


class Bench:
    """A broker, a device's end of the wire, and a witness's folder and connection file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = MemoryKey()
        self.state = folder / "witness"
        self.connection = folder / "witness.toml"
        self.links: list[MqttLink] = []

    def make(self, verifier_line: str) -> None:
        self.verifier = read_verifier(verifier_line)
        self.witness = self.verifier.id.hex()
        pki = BenchAuthority(self.folder / "pki")
        server, server_key = pki.issue("broker", server=True)
        for name in ("bench.post-1", CONTROL_ROOM, witness_name(self.witness)):
            pki.issue(name)
        self.mosquitto = Mosquitto(self.folder / "broker", free_port())
        self.mosquitto.configure([POST], pki.certificate, server, server_key, durable=False, witnesses=[self.witness])
        self.mosquitto.start()
        custodians = MemoryKey(), MemoryKey()
        pinned = [(Role.CUSTODIAN, custodian.public) for custodian in custodians]
        root = trust_root([(Role.DEVICE, self.key.public), *pinned], BEGIN)
        (self.folder / "trust-root.json").write_bytes(canonical(sign(root, Kind.TRUST_ROOT, *custodians)))
        self.connection.write_text(
            f'site = "bench"\ndevice = "post-1"\ntrust_root = "trust-root.json"\nhost = "localhost"\n'
            f'port = {self.mosquitto.port}\nca = "pki/ca.pem"\n'
            f'certificate = "pki/{witness_name(self.witness)}.pem"\nkey = "pki/{witness_name(self.witness)}.key"\n'
        )

    def link(self, name: str, *topics: str) -> MqttLink:
        pki = self.folder / "pki"
        broker = Broker(
            host="localhost", port=self.mosquitto.port, ca=pki / "ca.pem", certificate=pki / f"{name}.pem",
            key=pki / f"{name}.key",
        )  # fmt: skip
        link = MqttLink(broker, f"test-{len(self.links)}", topics)
        self.links.append(link)
        link.connect()
        for _ in range(1500):
            if link.connections:
                return link
            threading.Event().wait(0.01)
        raise AssertionError(link.trouble)


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    made = Bench(tmp_path)
    arguments = ["witness", "--connection", str(made.connection), "--name", NAME, "--state", str(made.state)]
    assert cli.main([*arguments, "--new"]) == 0
    made.make(capsys.readouterr().out.strip())
    yield made
    for link in made.links:
        link.close()
    made.mosquitto.stop()


@pytest.fixture
def running(bench: Bench) -> Iterator[Bench]:
    memory, over = Memory(bench.state), threading.Event()
    known = connection.load(bench.connection)
    _, link = serve.opened(known, NAME, memory)
    witness = Witness(NAME, memory, BenchClock(), log_key=known.device_key, origins="lamppost/bench/post-1/")
    link.connect()
    thread = threading.Thread(target=serve.serve, args=(witness, link, known.topics, over.is_set))
    thread.start()
    yield bench
    over.set()
    thread.join()
    link.close()
    memory.close()


def test_a_device_that_asks_gets_a_cosignature_that_verifies_and_a_fork_gets_none(running: Bench) -> None:
    device = running.link("bench.post-1", POST.cosignatures)
    log = Log(running.key)

    def ask(request_of: Log, old: int) -> Answer:
        request = request_of.request(old).encode()
        topic = POST.add_checkpoint(running.witness)
        device.publish(Outgoing(topic, request, retain=True, content_type=CONTENT_TYPE))
        message = device.receive(SOON)
        assert message is not None
        assert message.topic == POST.cosignature(running.witness)
        return read_answer(message.payload)

    log.grow(20)
    answer = ask(log, 0)
    note = log.request(0).note
    ((found, _),) = verified(Note(note.text, answer.signatures), [running.verifier])
    assert found.name == NAME
    log.grow(5)
    assert ask(log, 0) == Answer(Verdict.CONFLICT, size=20)
    assert ask(log, 20).verdict is Verdict.COSIGNED
    fork = Log(running.key, b"other")
    fork.grow(30)
    assert ask(fork, 25) == Answer(Verdict.INCONSISTENT)


def test_the_command_answers_a_request_that_waited_for_it(bench: Bench) -> None:
    device = bench.link("bench.post-1", POST.cosignatures)
    log = Log(bench.key, b"leaf")
    request = log.request(0).encode()
    device.publish(Outgoing(POST.add_checkpoint(bench.witness), request, retain=True, content_type=CONTENT_TYPE))
    command = [sys.executable, "-m", "edge", "witness", "--connection", str(bench.connection), "--name", NAME]
    with subprocess.Popen(
        [*command, "--state", str(bench.state)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        message = device.receive(SOON)
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate()
    assert said.decode().strip() == bench.verifier.line
    assert message is not None
    # A machine that does not know what time it is does not say so to anybody.
    expected = Verdict.COSIGNED if SystemClock().synchronised() else Verdict.UNAVAILABLE
    assert read_answer(message.payload).verdict is expected


def test_a_name_that_no_note_could_bear_is_refused(tmp_path: Path) -> None:
    arguments = ["--connection", "none", "--name", "my witness", "--state", str(tmp_path / "w"), "--new"]
    assert cli.main(["witness", *arguments]) == 78
    assert not (tmp_path / "w").exists()


@pytest.mark.no_device
def test_a_witness_hears_no_states_and_no_hits_and_speaks_for_nobody_else(running: Bench) -> None:
    nosy = running.link(witness_name(running.witness), f"{POST.base}/#", POST.add_checkpoint(running.witness))
    device = running.link("bench.post-1", POST.cosignatures)
    for topic in (POST.state, POST.hit, POST.add_checkpoint("00000000"), POST.add_checkpoint(running.witness)):
        device.publish(Outgoing(topic, topic.encode()))
    heard = nosy.receive(SOON)
    assert heard is not None
    assert heard.topic == POST.add_checkpoint(running.witness)
    for topic in (POST.cosignature("00000000"), f"{POST.base}/cmd/stop", POST.cosignature(running.witness)):
        nosy.publish(Outgoing(topic, b"forged"))
    answers = [device.receive(SOON), device.receive(SOON)]
    assert {answer.topic for answer in answers if answer is not None} == {POST.cosignature(running.witness)}
    assert device.receive(timedelta(0)) is None
