"""How long an order takes to have its effect, and a hit to be read: the real daemon, a real broker, on loopback.

Times are taken where things happen: the control room's when it publishes and when it reads, the camera's when it opens
and closes, the store's when a hit is committed. All of them share one machine, and so one clock. Nothing stands in
between but the broker; a street's radio adds its own.

=========  ==============================================================================================
start      order published to the signed state that names the authorisation (the camera waits for an officer)
presence   order published to the camera open; and to the signed state that says so, which waits for a frame
stop       order published to the camera closed; and to the signed state that says so
=========  ==============================================================================================
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from edge.control_room import deploy
from edge.control_room.desk import Opened
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.errors import Misconfigured
from edge.domain.orders import Presence, Start, Stop, Verb
from hardware_sim.chaos import evidence
from hardware_sim.chaos.evidence import Leaf, Mark
from hardware_sim.chaos.rig import Rig, authorise, rig

EFFECT: Final = 250.0
"""Bar: p95 in ms from any order to its effect."""
STAGES: Final = ("searched", "sealed", "committed", "published", "received", "decrypted")
"""Of a hit, each from the end of the one before; the first from the capture of the last frame that contributed."""
HITS: Final = 3
"""In each deployment, before it is stopped."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one time, ms."""

    p50: float
    p95: float
    worst: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Of one stage of a hit."""

    spread: Spread
    share: float
    """Of all the time that hits took."""


@dataclass(frozen=True, slots=True)
class Control:
    """The figures."""

    deployments: int
    orders: dict[str, Spread]
    hits: int
    hit: Spread
    """From the capture of the last frame that contributed to the control room's reading it."""
    stages: dict[str, Stage]
    kept: bool
    """Whether every order had its effect in time."""


@dataclass(slots=True)
class _Taken:
    """What was measured, ms, by name; and the hits."""

    orders: dict[str, list[float]] = field(default_factory=dict)
    hits: dict[str, list[float]] = field(default_factory=dict)
    opened: list[Opened] = field(default_factory=list)
    arrived: dict[str, datetime] = field(default_factory=dict)

    def took(self, what: str, since: datetime, until: datetime) -> None:
        """One more."""
        self.orders.setdefault(what, []).append((until - since) / timedelta(milliseconds=1))


def run(seed: int, deployments: int, *, as_json: bool) -> int:
    """Measure and print. Returns the exit status: 0 only where the bar is kept."""
    taken = _Taken()
    with tempfile.TemporaryDirectory(prefix="lamppost-control-") as folder:
        with rig(Path(folder) / "rig", seed, proxied=False) as bench:
            bench.console.on_opened = taken.opened.append
            bench.console.link.on_arrival = lambda hit: _arrived(taken, hit, bench)
            bench.up()
            for number in range(1, deployments + 1):
                _deploy(bench, taken, number)
            bench.drained()
            bench.ends()
            journal = evidence.journal(evidence.copied(bench.bench.state, Path(folder) / "copy"))
            marks = evidence.marks(bench.marks.read_text())
        _effects(taken, marks, journal.leaves)
        for one in taken.opened:
            _stages(taken, one, marks)
    result = _result(taken, deployments)
    print(json.dumps(asdict(result), indent=2) if as_json else as_text(result), flush=True)
    return 0 if result.kept else 1


def as_text(result: Control) -> str:
    """For a person."""
    lines = [f"{result.deployments} deployments, {result.hits} hits; ms{'':27} {'p50':>7} {'p95':>7} {'worst':>7}"]
    lines += [f"{name:48} {_numbers(spread)}" for name, spread in result.orders.items()]
    lines += [f"{'a hit, from capture to reading':48} {_numbers(result.hit)}"]
    lines += [f"{'  ' + name:48} {_numbers(s.spread)}  {s.share:6.1%}" for name, s in result.stages.items()]
    return "\n".join(
        [*lines, f"every order has its effect within {EFFECT:.0f} ms (p95): {'yes' if result.kept else 'NO'}"]
    )


def _deploy(bench: Rig, taken: _Taken, number: int) -> None:
    """One deployment, order by order."""
    desk, clock, topics = bench.console.desk, bench.console.clock, bench.bench.topics
    operator, officer = bench.bench.signer(Role.OPERATOR), bench.bench.signer(Role.PRESENCE)
    bench.signed = authorise(bench.bench, bench.sealed, sequence=number)
    name = deploy.authorisation_of(bench.signed).id
    began = clock.now().wall
    desk.send(Verb.START, Start(authorisation=bench.signed), operator)
    bench.until(lambda: desk.seen.state is not None and desk.seen.state.authorisation == name, "state after start")
    taken.took("start to state", began, clock.now().wall)
    bench.until(lambda: desk.seen.deployment is not None and desk.seen.deployment.authorisation == name, "deployment")
    said, state = desk.seen.deployment, desk.seen.state
    assert said is not None
    assert state is not None
    deploy.load(desk, said, bench.sealed, topics, operator)
    began = clock.now().wall
    taken.orders.setdefault("_presence", []).append(began.timestamp())
    desk.send(Verb.PRESENCE, Presence(authorisation=name, boot=state.boot, nonce=state.nonce), officer)
    bench.until(bench.is_(Condition.ACTIVE), "looking after presence")
    taken.took("presence to state (active)", began, clock.now().wall)
    bench.hits(HITS)
    began = clock.now().wall
    taken.orders.setdefault("_stop", []).append(began.timestamp())
    desk.send(Verb.STOP, Stop(authorisation=name), operator)
    bench.until(bench.is_(Condition.IDLE), "idle after stop")
    taken.took("stop to state (idle)", began, clock.now().wall)
    bench.listen(0.2)


def _arrived(taken: _Taken, hit: str, bench: Rig) -> None:
    taken.arrived.setdefault(hit, bench.console.clock.now().wall)


def _effects(taken: _Taken, marks: Sequence[Mark], leaves: Sequence[Leaf]) -> None:
    """When the camera opened and closed after each order, by its own mark and by the journal's leaf."""
    sent = {"presence": taken.orders.pop("_presence"), "stop": taken.orders.pop("_stop")}
    for order, kind, mark in (
        ("presence", "capture-opened", "camera-open"),
        ("stop", "capture-closed", "camera-close"),
    ):
        done = {f"{order} to camera": [one.at for one in marks if one.what == mark],
                f"{order} to leaf": [leaf.at for leaf in leaves if leaf.kind == kind]}  # fmt: skip
        for what, instants in done.items():
            for since in sent[order]:
                after = [at.timestamp() for at in instants if at.timestamp() >= since]
                if after:
                    taken.orders.setdefault(what, []).append((min(after) - since) * 1000)


def _stages(taken: _Taken, hit: Opened, marks: Sequence[Mark]) -> None:
    name = hit.sealed.id
    noted = {mark.what: mark.at for mark in reversed(marks) if mark.about == name}
    if not {"sealed", "committed", "published"} <= noted.keys():
        return
    ends = [
        hit.content.captured, hit.content.searched, noted["sealed"], noted["committed"], noted["published"],
        taken.arrived[name], hit.opened.wall,
    ]  # fmt: skip
    for stage, (before, after) in zip(STAGES, itertools.pairwise(ends), strict=True):
        taken.hits.setdefault(stage, []).append((after - before) / timedelta(milliseconds=1))
    taken.hits.setdefault("all", []).append((ends[-1] - ends[0]) / timedelta(milliseconds=1))


def _result(taken: _Taken, deployments: int) -> Control:
    if "all" not in taken.hits:
        raise Misconfigured("No hit came.", "Measure more deployments.")
    total = sum(taken.hits["all"])
    orders = {name: _spread(values) for name, values in sorted(taken.orders.items())}
    return Control(
        deployments=deployments,
        orders=orders,
        hits=len(taken.hits["all"]),
        hit=_spread(taken.hits["all"]),
        stages={name: Stage(_spread(taken.hits[name]), round(sum(taken.hits[name]) / total, 4)) for name in STAGES},
        kept=all(spread.p95 <= EFFECT for spread in orders.values())
        and all(len(values) == deployments for values in taken.orders.values()),
    )


def _spread(values: Sequence[float]) -> Spread:
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95)]
    return Spread(round(at[0], 1), round(at[1], 1), round(ordered[-1], 1))


def _numbers(spread: Spread) -> str:
    return f"{spread.p50:7.1f} {spread.p95:7.1f} {spread.worst:7.1f}"
