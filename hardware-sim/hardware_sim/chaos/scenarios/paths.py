"""The path to the broker: cut, closed, stalled, half-open, deaf, mute, slow, late, refused, dark. All of it data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from hardware_sim.chaos import weather
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig
from hardware_sim.chaos.scenarios.staging import Scenario
from hardware_sim.chaos.weather import CLEAR, Weather

RETURN: Final = 90.0
"""Seconds within which hits must flow again: the keepalive's time and the longest wait between two attempts."""


@dataclass(frozen=True, slots=True)
class Spell:
    """So many seconds of a weather; and perhaps every connection is ended when it begins."""

    seconds: float
    weather: Weather = CLEAR
    cut: str = ""
    """``reset`` or ``close``."""


@dataclass(frozen=True, slots=True)
class Path:
    """A scenario of spells."""

    name: str
    what: str
    spells: tuple[Spell, ...]


PATHS: Final = (
    Path("cut", "connection reset five times", tuple(Spell(1.5 + 0.7 * n, cut="reset") for n in range(5))),
    Path("closed", "connection closed in order three times", tuple(Spell(2, cut="close") for _ in range(3))),
    Path("stalled", "accepts, and passes nothing for 10 s", (Spell(10, weather.STALLED),)),
    Path("half-open", "broker's end vanishes without a word", (Spell(4, weather.VANISHED),)),
    Path("mute", "nothing reaches the broker any more", (Spell(12, weather.MUTE),)),
    Path("deaf", "nothing reaches the device any more", (Spell(15, weather.DEAF),)),
    Path("slow", "12 kB/s both ways for 15 s", (Spell(15, weather.SLOW),)),
    Path("late", "0.3 s late, jitter 0.1 s, for 15 s", (Spell(15, weather.LATE),)),
    Path("refused", "cut, and refused for 8 s", (Spell(8, weather.REFUSED, "reset"),)),
    Path("blackout", "dark for 15 s", (Spell(15, weather.BLACKOUT),)),
    Path(
        "worsening", "late, then slow, then cut in the middle of it, then dark",
        (Spell(4, weather.LATE), Spell(4, weather.SLOW), Spell(3, weather.SLOW, "reset"), Spell(5, weather.BLACKOUT)),
    ),
)  # fmt: skip


def scenarios() -> Iterable[Scenario]:
    """All of them."""
    return [Scenario(path.name, path.what, partial(_play, path)) for path in PATHS]


def _play(path: Path, bench: Rig, outcome: Outcome, seed: int) -> None:
    for spell in path.spells:
        bench.proxy.set(spell.weather)
        if spell.cut:
            bench.proxy.cut(reset=spell.cut == "reset")
        bench.listen(spell.seconds)
    bench.proxy.set(CLEAR)
    bench.answers(RETURN)
    bench.hits(3, RETURN)
    proxy = bench.proxy
    outcome.notes.append(
        f"{proxy.accepted} connections, {proxy.refused} refused, {proxy.swallowed:,} bytes lost on the way"
    )
