"""A real device process, a real mosquitto and a real witness: nothing begins unwitnessed, and a cut log is refused."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge import cli, connection
from edge.audit import serve
from edge.audit.memory import Memory
from edge.audit.witness import Witness
from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Opened, Refused
from edge.domain.authority import PinnedWitness, Role, Signed
from edge.domain.condition import Condition
from edge.measure.people import POLICY
from edge.wire.checkpoints import Answer, Verdict
from edge.wire.signed import canonical
from hardware_sim.bench import Bench, BenchClock
from hardware_sim.made_up import CALIBRATION
from tests.bench.test_real_process import Run, a_list, authorise

NAME = "witness.example/bench"
ORIGIN = "lamppost/bench/post-1/bench-epoch"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    made = Memory(tmp_path / "witness", new=True)
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path, memory: Memory) -> Iterator[Run]:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(canonical(CALIBRATION))
    bench = Bench.make(
        tmp_path / "bench", models=tmp_path, calibration=calibration, policy=replace(POLICY, witnesses=1),
        witnesses=(PinnedWitness(name=NAME, key=memory.signer.public),),
    )  # fmt: skip
    bench.broker.start()
    hits: list[Opened] = []
    desk, link = bench.desk("test", hits.append)
    link.connect()
    made = Run(bench, desk, link, hits)
    yield made
    if made.process is not None:
        made.kill()
    link.close()
    bench.broker.stop()


class Heard(Witness):
    """A witness that remembers what it answered, with a clock that needs no time service."""

    verdicts: list[Verdict]

    def answer(self, raw: bytes) -> Answer:
        answer = super().answer(raw)
        self.verdicts.append(answer.verdict)
        return answer


@contextlib.contextmanager
def witness(run: Run, memory: Memory) -> Iterator[list[Verdict]]:
    """The command's own parts, in a thread."""
    known = connection.load(next(run.bench.folder.glob("witness-*.toml")))
    _, link = serve.opened(known, NAME, memory)
    there = Heard(NAME, memory, BenchClock(), log_key=known.device_key, origins="lamppost/bench/post-1/")
    there.verdicts = []
    over = threading.Event()
    thread = threading.Thread(target=serve.serve, args=(there, link, known.topics, over.is_set))
    link.connect()
    thread.start()
    yield there.verdicts
    over.set()
    thread.join()
    link.close()


def cosigned(memory: Memory, size: int) -> bool:
    """Whether the witness has cosigned so many leaves."""
    seen = memory.seen(ORIGIN)
    return seen is not None and seen.head.size >= size


def begins(run: Run, sealed: SealedList, signed: Signed) -> bool:
    """Whether the deployment begins: the witness's answer may still be on its way."""
    try:
        run.deploy(sealed, signed)
    except Refused as refused:
        if "not-cosigned" in str(refused):
            return False
        raise
    return True


def test_a_deployment_begins_once_a_witness_has_cosigned_and_an_old_journal_never_again(
    run: Run, memory: Memory
) -> None:
    sealed = a_list()
    signed = authorise(run, sealed)
    run.start()
    assert not begins(run, sealed, signed)
    with witness(run, memory) as verdicts:
        run.until(lambda: Verdict.COSIGNED in verdicts)
        shutil.copytree(run.bench.state, run.bench.folder / "copy")
        run.until(lambda: begins(run, sealed, signed))
        run.until(run.is_(Condition.ACTIVE))
        assert run.desk.seen.deployment is not None
        deploy.stop(run.desk, run.desk.seen.deployment.authorisation, run.bench.signer(Role.OPERATOR))
        ended = len(run.events())
        run.until(lambda: cosigned(memory, ended))
        run.kill()
        shutil.rmtree(run.bench.state)
        shutil.copytree(run.bench.folder / "copy", run.bench.state)
        verdicts.clear()
        run.start()
        run.until(lambda: Verdict.CONFLICT in verdicts)
        run.listen(1)
        assert Verdict.COSIGNED not in verdicts
    assert cosigned(memory, ended)


def test_an_outsider_verifies_a_device_that_is_running_against_what_the_witness_remembers(
    run: Run, memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the two commands alone: export beside the running daemon, and verify by the custodians' trust root."""
    sealed = a_list()
    signed = authorise(run, sealed)
    run.start()
    with witness(run, memory) as verdicts:
        run.until(lambda: Verdict.COSIGNED in verdicts)
        run.until(lambda: begins(run, sealed, signed))
        run.until(run.is_(Condition.ACTIVE))
        assert run.desk.seen.deployment is not None
        deploy.stop(run.desk, run.desk.seen.deployment.authorisation, run.bench.signer(Role.OPERATOR))
        ended = len(run.events())
        run.until(lambda: cosigned(memory, ended))
        bundle, head = run.bench.folder / "bundle", run.bench.folder / "head.txt"
        assert cli.main(["evidence", "export", "--config", str(run.bench.config), "--out", str(bundle)]) == 0
    seen = memory.seen(ORIGIN)
    assert seen is not None
    head.write_text(seen.note)
    root = str(run.bench.folder / "trust-root.json")
    capsys.readouterr()
    status = cli.main(["verify", str(bundle), "--trust-root", root, "--head", str(head), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [failed["name"] for subject in found["subjects"] for failed in subject["failures"]] == []
    assert status == 0
    (deployment,) = found["deployments"]
    assert (deployment["why"], deployment["list_destroyed"] is not None) == ("stopped", True)
    assert [one["size"] is not None for one in found["witnesses"]] == [True]
