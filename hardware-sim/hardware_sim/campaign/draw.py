"""A random timeline from a seed: an ordinary deployment, and a handful of things that people do and that break."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from hardware_sim.timeline.scenario import Row, Scenario, Set

LISTED: Final = (7, 8)
SHORTEST, LONGEST = 180.0, 420.0
FEWEST, MOST = 4, 14
WAIVED: Final[dict[str, tuple[str, ...]]] = {
    # An auditor cannot tell a clock that was put forward from a device that was silent.
    "clock-stepped": ("the-evidence-verifies", "heartbeats-are-on-time"),
    "clock-without-battery": ("the-evidence-verifies",),
}
"""What a fault breaks by its nature."""

Facts = dict[str, Any]


def timeline(seed: int) -> Scenario:
    """The timeline of a seed: always the same."""
    random = Random(seed)  # noqa: S311
    lasts = round(random.uniform(SHORTEST, LONGEST), 1)
    witnesses = int(random.random() < 0.2)
    first = 45.0 * witnesses
    rows = [
        Row(first + 2.0, do="deploy", facts={"people": list(LISTED)} | _windows(random)),
        Row(first + 4.0, do="officer", facts={"on_scene": True}),
    ]
    for _ in range(random.randint(FEWEST, MOST)):
        second = round(random.uniform(first + 6.0, lasts - 10.0), 1)
        rows.append(_something(random, second, lasts))
    rows.sort(key=lambda row: row.second)
    chosen = Set(witnesses=witnesses, power=random.random() < 0.3, lamp=random.random() < 0.3)
    return Scenario(f"timeline-{seed}", "drawn", seed, lasts, chosen, tuple(rows), waives=_waived(rows))


def _waived(rows: list[Row]) -> tuple[str, ...]:
    return tuple(sorted({name for row in rows for name in WAIVED.get(row.fault, ())}))


def _windows(random: Random) -> Facts:
    """Some windows close under way, and some hits are of use for a short time."""
    facts: Facts = {}
    if random.random() < 0.2:
        facts["minutes"] = round(random.uniform(1.0, 5.0), 1)
    if random.random() < 0.2:
        facts["undelivered"] = float(random.randint(20, 120))
    if random.random() < 0.2:
        facts["use_case"] = "accuracy-test"
    return facts


def _something(random: Random, second: float, lasts: float) -> Row:
    kind = random.random()
    if kind < 0.35:
        return Row(second, do="walk", facts=_walk(random))
    if kind < 0.65:
        name = random.choice(sorted(ACTS))
        return Row(second, do=name, facts=ACTS[name](random))
    name = random.choice(sorted(FAULTS))
    mends = name not in ("power-cut", "process-killed", "brown-out") and random.random() < 0.85
    span = round(random.uniform(1.0, lasts / 2), 1) if mends else None
    return Row(second, fault=name, facts=FAULTS[name](random), lasts=span)


def _walk(random: Random) -> Facts:
    facts: Facts = {"lasts": round(random.uniform(1.5, 5.0), 1), "row": random.choice([40, 120, 240])}
    who = random.random()
    if who < 0.5:
        return facts | {"person": random.choice(LISTED)}
    if who < 0.7:
        return facts | {
            "person": random.randint(50, 99),
            "like": random.choice(LISTED),
            "score": random.choice([0.2, 0.38, 0.6]),
        }
    return facts | {"person": random.randint(100, 999)}


def _nothing(_random: Random) -> Facts:
    return {}


ACTS: Final[dict[str, Callable[[Random], Facts]]] = {
    "officer": lambda random: {"on_scene": random.random() < 0.5},
    "stop": lambda random: {"by": random.choice(["operator", "officer", "presence", "reviewer"])},
    "deploy": lambda random: {"people": [random.choice(LISTED)]} | _windows(random),
    "deploy-again": _nothing,
    "withdraw": lambda random: {"person": random.choice(LISTED)},
    "review-all": lambda random: {"verdict": random.choice(["confirmed", "false", "inconclusive"])},
    "sign-presence": lambda random: {
        "nonce_age": float(random.choice([0, 30, 100])),
        "by": random.choice(["presence", "other-presence"]),
    },
    "forge": lambda random: {"flaw": random.choice(["none", "expired", "long-lived", "other-device", "future"])},
    "replay-order": lambda random: {"verb": random.choice(["start", "presence", "load", "ack"])},
    "keep-stop": _nothing,
    "collect-evidence": _nothing,
    "send-chunk": lambda random: {"announced": random.random() < 0.5},
    "held-up": lambda random: {"person": random.choice(LISTED)},
    "load-another-list": lambda random: {"people": [9]},
    "install-calibration": lambda random: {"signed_by": random.choice(["evaluator", "operator"])},
}

FAULTS: Final[dict[str, Callable[[Random], Facts]]] = {
    "camera-unplugged": _nothing,
    "camera-frozen": _nothing,
    "frames-dropped": lambda random: {"share": round(random.uniform(0.05, 0.6), 2)},
    "camera-errors": lambda random: {"share": round(random.uniform(0.005, 0.05), 3)},
    "lens": lambda random: {"what": random.choice(["cap", "paint", "lamp", "turned", "away", "grease", "sun"])},
    "hot": _nothing,
    "memory-short": _nothing,
    "process-killed": _nothing,
    "power-cut": lambda random: {"off": round(random.uniform(1.0, 30.0), 1)},
    "brown-out": lambda random: {"times": random.randint(2, 4), "every": round(random.uniform(0.5, 4.0), 1)},
    "tpm-refuses": _nothing,
    "card-slow": lambda random: {"milliseconds": float(random.choice([5, 20, 50]))},
    "card-wears": lambda random: {"share": round(random.uniform(0.001, 0.05), 3)},
    "card-full": _nothing,
    "card-low": lambda random: {"megabytes": float(random.choice([20, 40]))},
    "card-read-only": _nothing,
    "time-undisciplined": _nothing,
    "clock-stepped": lambda random: {"by": float(random.choice([-7200, -30, -1, 1, 30, 600]))},
    "clock-without-battery": _nothing,
    "link-away": _nothing,
    "link-half-open": _nothing,
    "broker-says-twice": _nothing,
    "broker-loses": lambda random: {"share": round(random.uniform(0.05, 0.5), 2)},
    "broker-withholds-hits": _nothing,
    "broker-forbids": lambda random: {"what": random.choice(["publish", "hear"])},
    "witnesses-away": _nothing,
}
