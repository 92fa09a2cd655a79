"""A device's life under fire: idle, waiting for presence, looking, in its custodians' hands; then a restart."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

from edge.control_room.desk import Refused
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.errors import LamppostError
from edge.domain.orders import Trust, Verb
from edge.measure.people import POLICY, MemoryKey
from edge.safeguards.verify import SEQUENCE
from edge.wire.signed import Signs
from hardware_sim.office import Office
from hardware_sim.site import Site
from tests.fuzz.inbound.judge import Judge, Verdicts
from tests.fuzz.inbound.messages import Sender

BATCH: Final = 250
TURN: Final = 25
"""Messages between two turns of the device."""
PATIENCE: Final = 10
LAST: Final = 2**53 - 2
"""There is hardly a sequence of an authorisation above it."""
STEP: Final = 0.5
"""Seconds that pass with a turn."""
NOT_LOOKING: Final = (Condition.IDLE, Condition.WAITING)


def live(seed: int, number: int, messages: int, folder: Path | None = None) -> Verdicts:
    """One life with so many messages. ``folder`` is where its disk is."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=folder) as name, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)
        life = Life(Path(name), seed, number)
        share = max(1, messages // 4)
        life.phase(share, life.idle, presence=False, allowed=NOT_LOOKING)
        life.phase(share, life.waiting, presence=False, allowed=NOT_LOOKING)
        life.judge.shut = False
        life.phase(share, life.looking, presence=True)
        life.phase(messages - 3 * share, life.in_custody, presence=True)
        life.end()
        return life.judge.verdicts


class Life:
    """One device, its office, and somebody who sends it things."""

    def __init__(self, folder: Path, seed: int, number: int) -> None:
        self._random = Random(f"{seed} {number}")
        # A device that has seen everything once; what was said to it then is what is changed later.
        self._site = site = _site(folder / "first")
        self._sender = _sender(site, self._random)
        _everything(site)
        self._learn(site)
        site.device.store.close()
        self._site = site = _site(folder / "second", site.office)
        site.run(2)
        self.judge = Judge(site, f"seed {seed}, life {number}")
        self._number = 0
        self._version = 1
        self._judged = site.clock.now().boot - timedelta(seconds=2)

    def phase(
        self, messages: int, prepare: Callable[[], None], *, presence: bool, allowed: tuple[Condition, ...] = ()
    ) -> None:
        """So many messages, in batches that each begin in the same condition."""
        for start in range(0, messages, BATCH):
            prepare()
            self._learn(self._site)
            self._sender.presence = presence
            self._batch(min(BATCH, messages - start), allowed)

    def idle(self) -> None:
        """Nothing is in force."""
        self._stop()
        self._sender.custodians = False

    def waiting(self) -> None:
        """The list is loaded, and nobody is on scene."""
        if self._site.condition is not Condition.WAITING or "list-not-open" in self._site.reasons:
            self._stop()
            self._deploy()

    def looking(self) -> None:
        """Somebody is on scene, and a listed person walks by."""
        self.waiting()
        if self._site.condition is not Condition.WAITING:
            return
        self._site.confirm_presence()
        self._site.walk(7)
        self._site.run(2)

    def in_custody(self) -> None:
        """Whom the device believes may change at any moment: nothing is expected of it but to live and to be right."""
        self._sender.custodians = True
        site, office = self._site, self._site.office
        try:
            self._stop()
            self._version += 1
            root = office.signed_root(office.trust_root(version=self._version))
            site.desk.order(Verb.TRUST, Trust(root=root), office.operator)
            self.looking()
        except LamppostError:
            self._site.run(1)  # the office's keys may be revoked by now

    def end(self) -> None:
        """It loses power, comes back, and finds its journal as it left it."""
        site = self._site
        site.power_cut()
        if site.device.daemon.obey._journal.unsafe is not None:
            self.judge.fault(f"after a restart: {site.device.daemon.obey._journal.unsafe}")
        site.device.store.close()

    def _batch(self, messages: int, allowed: tuple[Condition, ...]) -> None:
        site, judge = self._site, self.judge
        for count in range(messages):
            judge.send(self._sender.next(site.clock.now().wall), self._number)
            self._number += 1
            if count % TURN == TURN - 1:
                site.run(STEP)
                judge.look(closed=allowed)
        site.run(STEP)
        judge.look(closed=allowed)
        now = site.clock.now().boot
        judge.batch((now - self._judged).total_seconds(), clock=not self._sender.custodians)
        self._judged = now

    def _deploy(self) -> None:
        """Somebody who writes to a witness's topic makes the device ask it again: that takes a few seconds."""
        why = ""
        for _ in range(PATIENCE):
            self._site.run(3)
            try:
                self._site.deploy(7, 8)
            except Refused as refused:
                why = str(refused)
                # Somebody may have had a later authorisation accepted, properly signed: the office's next follows it.
                accepted = int(self._site.device.store.get(SEQUENCE) or b"0")
                self._site.office.sequence = max(self._site.office.sequence, accepted)
                if accepted >= LAST:
                    return  # and none can follow the last
                continue
            return
        if not self._sender.custodians:
            self.judge.fault(f"it cannot be put in force any more: {why}")

    def _stop(self) -> None:
        if self._site.device.daemon.report.state(self._site.clock.now()).authorisation is not None:
            self._site.stop()
            self._site.run(1)

    def _learn(self, site: Site) -> None:
        self._sender.learn([(heard.topic, heard.payload) for heard in site.broker.heard])
        site.broker.heard.clear()


def _site(folder: Path, office: Office | None = None) -> Site:
    folder.mkdir(parents=True)
    return Site(folder, office=office or Office(policy=replace(POLICY, witnesses=1)), witnesses=1)


def _sender(site: Site, random: Random) -> Sender:
    office = site.office
    keys: dict[Role, Signs] = {
        Role.AUTHORISING_OFFICER: office.officer, Role.COUNTERSIGNING_OFFICER: office.second,
        Role.URGENT_OFFICER: office.urgent, Role.INDEPENDENT: office.independent, Role.OPERATOR: office.operator,
        Role.PRESENCE: office.presence, Role.REVIEWER: office.reviewer, Role.EVALUATOR: office.evaluator,
        Role.CUSTODIAN: office.custodians[0],
    }  # fmt: skip
    others: list[Signs] = [office.custodians[1], office.device_key, office.reader.signer, MemoryKey()]
    return Sender(random, site.topics, site.epoch, keys, others)


def _everything(site: Site) -> None:
    """Everything ordinary, once."""
    site.run(2)
    site.deploy(7, 8)
    site.confirm_presence()
    site.walk(7)
    site.run(5)
    site.review(1)
    site.hold(1)
    site.withdraw(8)
    site.stop()
    site.run(3)
