"""One scenario, from its begin to its end, with every promise checked."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2

from edge.control_room.desk import Opened, Refused
from edge.domain.errors import BrokerLost, Misconfigured
from edge.domain.message import Outgoing
from edge.measure.people import POLICY
from hardware_sim.promises import PROMISES, Promise
from hardware_sim.timeline import acts as acts
from hardware_sim.timeline import faults as faults
from hardware_sim.timeline.acting import act, expectation, fault
from hardware_sim.timeline.expect import unmet
from hardware_sim.timeline.record import Record, Recorded
from hardware_sim.timeline.samples import Samples
from hardware_sim.timeline.scenario import Row, Scenario, Set
from hardware_sim.timeline.staff import Staff
from hardware_sim.timeline.stand import Stand
from hardware_sim.timeline.story import Story

ATTENTIVE = timedelta(seconds=10)
"""After something has happened no time is skipped for so long."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that is not as it should be."""

    second: float
    what: str
    """The promise's name; ``expected`` for what the scenario itself expects; ``crashed``."""
    sentence: str


@dataclass(slots=True)
class Outcome:
    """What a run has shown."""

    scenario: Scenario
    story: Story
    breaches: list[Breach] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """How often each promise was broken."""
    samples: Samples | None = None
    """Resources over time."""
    took: float = 0.0
    """Seconds of the processor."""

    @property
    def held(self) -> bool:
        """Whether everything was as it should be."""
        return not self.breaches

    @property
    def log(self) -> str:
        """The event log: JSON lines."""
        return "".join(line + "\n" for line in self.story.record.lines)


class Player:
    """Plays rows on a stand, and holds it to the promises."""

    def __init__(self, scenario: Scenario, folder: Path, *, keep: bool = True, lenient: bool = False) -> None:
        """``lenient``: acts may be refused or go unanswered, as in a random timeline. ``keep`` the event log."""
        state = folder / "state"
        state.mkdir(parents=True)
        stand = stood(scenario, state)
        record = Record(stand, keep=keep)
        self.story = Story(stand, record)
        self.outcome = Outcome(scenario, self.story)
        self.scenario = scenario
        self._lenient = lenient
        self._promises = [promise(self.story) for promise in PROMISES if promise.name not in scenario.waives]
        self.samples = self.outcome.samples = Samples(stand)
        self._mending: list[tuple[timedelta, str, Callable[[], None]]] = []
        stand.told.append(lambda what, facts: record.add(what, **_clear(facts)))
        stand.listening.append(self._opened)
        stand.broker.taps += [self.story.heard, self._message]
        stand.watchers.append(self._turn)
        record.on_leaf.append(self._leaf)
        # Turns that depend on nothing are looked at by few promises: those that did not say how are left out.
        self._turns = [one for one in self._promises if type(one).turn is not Promise.turn]
        self._leaves = [one for one in self._promises if type(one).leaf is not Promise.leaf]
        self._messages = [one for one in self._promises if type(one).message is not Promise.message]

    def play(self) -> Outcome:
        """All of it."""
        stand, record = self.story.stand, self.story.record
        try:
            stand.pass_time(timedelta(seconds=1))
            for row in self.scenario.rows:
                self.until(timedelta(seconds=row.second))
                self.row(row)
            self.until(timedelta(seconds=self.scenario.lasts))
            self.expect(self.scenario.expect)
            record.look()
            self.judge()
        except Misconfigured:
            raise
        except Exception as error:  # noqa: BLE001  whatever the device raises is the outcome
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._breach("crashed", f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")
        finally:
            stand.close()
        return self.outcome

    def judge(self) -> None:
        """What every promise says of journal and disk as they are now."""
        for promise in self._promises:
            self._broken(promise.name, promise.end())

    def until(self, second: timedelta) -> None:
        """Let time pass, and mend what is due meanwhile."""
        stand = self.story.stand
        while self._mending and self._mending[0][0] <= second:
            at, name, mend = self._mending.pop(0)
            stand.live(at)
            mend()
            stand.attentive_until = at + ATTENTIVE
            self.story.record.add("mended", fault=name)
        stand.live(second)

    def row(self, row: Row) -> None:
        """One row of the timeline."""
        self.story.stand.attentive_until = self.story.stand.clock.elapsed + ATTENTIVE
        if row.expect:
            self.expect(row.expect)
        elif row.fault:
            self._break(row)
        else:
            self._do(row)

    def expect(self, wanted: dict[str, object]) -> None:
        """What must be so now."""
        for sentence in unmet(self.story, wanted):
            self._breach("expected", sentence)

    def _do(self, row: Row) -> None:
        function, facts = act.bound(row.do, row.facts)
        outcome = ""
        self.story.record.add("act", act=row.do, **_clear(row.facts))
        try:
            function(self.story, **facts)
        except Refused as error:
            outcome = error.reason or "refused"
        except BrokerLost:
            outcome = "unanswered"
        except (Misconfigured, AssertionError):
            # A hit that never came is decided on, a deployment that never was is stopped.
            outcome = "impossible"
        if outcome:
            self.story.record.add("refused", act=row.do, why=outcome)
        wanted = "unanswered" if row.unanswered else row.refused
        if outcome != wanted and not self._lenient:
            said = {"": "done"} | {word: word for word in ("unanswered", "impossible")}
            was = said.get(outcome, f"refused: {outcome}")
            self._breach("expected", f"{row.do} was {was}, not {wanted or 'done'}")

    def _break(self, row: Row) -> None:
        function, facts = fault.bound(row.fault, row.facts)
        self.story.record.add("fault", fault=row.fault, **_clear(row.facts))
        mend = function(self.story, **facts)
        self.story.survived.append(row.fault)
        if row.lasts is not None:
            due = self.story.stand.clock.elapsed + timedelta(seconds=row.lasts)
            self._mending.append((due, row.fault, mend))
            self._mending.sort(key=lambda one: one[0])

    def _turn(self) -> None:
        self.story.record.look()
        self.story.stand.truth.look(self.story.stand.clock.elapsed, active=self.story.record.active)
        self.samples.turn()
        for promise in self._turns:
            self._broken(promise.name, promise.turn())

    def _leaf(self, recorded: Recorded) -> None:
        for promise in self._leaves:
            self._broken(promise.name, promise.leaf(recorded))

    def _message(self, message: Outgoing) -> None:
        for promise in self._messages:
            self._broken(promise.name, promise.message(message))

    def _opened(self, hit: Opened) -> None:
        self.story.record.opened(hit)
        for promise in self._promises:
            self._broken(promise.name, promise.opened(hit))

    def _broken(self, name: str, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._breach(name, sentence)

    def _breach(self, what: str, sentence: str) -> None:
        self.outcome.counts[what] += 1
        if what == "expected" or self.outcome.counts[what] == 1:
            second = round(self.story.stand.clock.seconds, 3)
            self.outcome.breaches.append(Breach(second, what, sentence))
            self.story.record.add("broken", promise=what, sentence=sentence)


def stood(scenario: Scenario, folder: Path) -> Stand:
    """The stand that a scenario asks for."""
    wanted: Set = scenario.set
    policy = replace(
        POLICY,
        witnesses=wanted.witnesses,
        independent=wanted.independent,
        cosigned_within=timedelta(seconds=wanted.cosigned_within),
        accuracy_test_within=None
        if wanted.accuracy_test_within is None
        else timedelta(days=wanted.accuracy_test_within),
    )
    return Stand(
        folder, scenario.seed, office=Staff(policy=policy), zone=wanted.zone(), witnesses=wanted.witnesses,
        power=wanted.power, lamp=wanted.lamp,
    )  # fmt: skip


def checked(scenario: Scenario) -> None:
    """Whether every row can be played. Raises Misconfigured, before anything is."""
    for row in scenario.rows:
        if row.do:
            act.bound(row.do, row.facts)
        elif row.fault:
            fault.bound(row.fault, row.facts)
        for name in row.expect:
            expectation.bound(name, {"wanted": row.expect[name]})
    for name in scenario.expect:
        expectation.bound(name, {"wanted": scenario.expect[name]})
    known = {promise.name for promise in PROMISES}
    for waived in scenario.waives:
        if waived not in known:
            raise Misconfigured(f"There is no promise {waived!r}.", f"There are: {', '.join(sorted(known))}.")


def play(scenario: Scenario, *, keep: bool = True, lenient: bool = False) -> Outcome:
    """Play a scenario in a folder of its own. Raises Misconfigured where it cannot be played."""
    checked(scenario)
    cv2.setNumThreads(1)  # as the product does: its pictures are small, and a pool of threads costs more than it brings
    begun = time.process_time()
    with _folder() as folder:
        outcome = Player(scenario, folder, keep=keep, lenient=lenient).play()
    outcome.took = time.process_time() - begun
    return outcome


def _clear(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts whose names are none of the log's own."""
    return {f"{name}_" if name in ("what", "t") else name: fact for name, fact in facts.items()}


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108  nothing is measured of a disk here, and every commit would wait for one
    there = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="lamppost-scenario-", dir=there) as folder:
        yield Path(folder)
