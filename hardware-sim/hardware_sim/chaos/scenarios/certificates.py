"""The device's certificate expires, and another is put in its place while the device runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.control_room import certificates
from edge.control_room.certificates import BenchAuthority
from edge.domain.errors import BrokerLost
from hardware_sim.bench import DEVICE, SITE, Bench
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig
from hardware_sim.chaos.scenarios.staging import Scenario

LIFE: Final = timedelta(seconds=20)
"""Of the first certificate."""
NAME: Final = f"{SITE}.{DEVICE}"
NEXT: Final = "next"
"""Folder of the second."""
PATIENCE: Final = 75.0
"""Seconds for the device to come by itself with the new certificate: more than the longest wait between attempts."""


def scenarios() -> Iterable[Scenario]:
    """One."""
    return [Scenario("certificate", "certificate expires; a new one is put in place", _play, prepare=_short)]


def _short(bench: Bench) -> None:
    """Another authority than the bench's, so that a certificate can be issued that lives for seconds."""
    pki = BenchAuthority(bench.folder / "short")
    server, server_key = pki.issue("broker", server=True)
    pki.issue(CONTROL_ROOM)
    (bench.folder / NEXT).mkdir()
    for path in pki.issue(NAME):
        path.rename(bench.folder / NEXT / path.name)
    pki.issue(NAME, now=datetime.now(UTC) - certificates.LIFE + LIFE)
    bench.broker.configure([bench.topics], pki.certificate, server, server_key, durable=True)
    for path in (bench.config, bench.connection):
        path.write_text(path.read_text().replace("pki/", "short/"))


def _play(bench: Rig, outcome: Outcome, seed: int) -> None:
    folder = bench.bench.folder
    expires = (folder / "short" / f"{NAME}.pem").stat().st_mtime + LIFE.total_seconds()
    bench.listen(max(0.0, expires + 1 - time.time()))
    bench.hits(2)
    before, accepted = bench.console.desk.seen.state, bench.proxy.accepted
    bench.proxy.cut()
    bench.listen(6)
    outcome.must(bench.proxy.accepted > accepted, "the device did not try to connect again")
    outcome.must(_same(bench, before), "an expired certificate was taken")
    for suffix in (".key", ".pem"):
        (folder / NEXT / f"{NAME}{suffix}").replace(folder / "short" / f"{NAME}{suffix}")
    try:
        bench.hits(3, PATIENCE)
    except BrokerLost:
        outcome.must(
            False,
            f"a new certificate lies in place of the expired one, and the device has not connected with it in "
            f"{PATIENCE:.0f} s: it needs a restart",
        )
        bench.kill()
        bench.up()
        bench.drained()
        bench.deploy()
        bench.hits(3)


def _same(bench: Rig, before: object) -> bool:
    """Whether nothing new was heard of the device since."""
    return bench.console.desk.seen.state == before
