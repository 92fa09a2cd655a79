"""Every type is worked out before there are threads."""

from __future__ import annotations

import subprocess
import sys

BEFORE = """
import edge.assemble
from edge.domain.authority import Signed
from edge.domain.orders import BODIES, Heading, Reply
from edge.domain.record import EVENTS
from edge.wire.events import CloudEvent, Deployment, HitContent, SealedHit, State
from edge.wire.health import Health
KINDS = [CloudEvent, Signed, Heading, Reply, State, Health, Deployment, SealedHit, HitContent]
KINDS += [*BODIES.values(), *EVENTS.values()]
def unknown():
    return [kind.__name__ for kind in KINDS if "__msgspec_cache__" not in vars(kind)]
"""
"""In a process of its own, for here many of them are known already."""
RACE = """
import sys, threading
import msgspec
sys.setswitchinterval(1e-6)
together = threading.Barrier(24)
def read():
    together.wait()
    for kind in KINDS:
        try:
            msgspec.json.decode(b'{"data":{"signatures":[{}]},"heading":{}}', type=kind)
        except msgspec.MsgspecError:
            pass
threads = [threading.Thread(target=read) for _ in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def run(*lines: str) -> str:
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_whatever_is_read_from_bytes_is_known_before_it_is_needed() -> None:
    assert run(BEFORE, "print(len(unknown()) == len(KINDS))") == "True"
    assert run(BEFORE, "from edge.wire.learn import learn", "learn()", "print(unknown())") == "[]"


def test_two_dozen_threads_that_read_the_same_types_at_once_live() -> None:
    for _ in range(3):
        assert run(BEFORE, "from edge.wire.learn import learn", "learn()", RACE, "print('alive')") == "alive"
