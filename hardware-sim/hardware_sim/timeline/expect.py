"""What must be so, in the glossary's words. Each yields a sentence where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.device import Refused
from edge.domain.leaves.hits import HitWithheld
from hardware_sim.timeline.acting import expectation
from hardware_sim.timeline.story import Story

Faulty = Iterator[str]


def unmet(story: Story, wanted: dict[str, Any]) -> list[str]:
    """Sentences about everything that is not as it was expected. Raises Misconfigured."""
    found: list[str] = []
    for name, value in wanted.items():
        function, facts = expectation.bound(name, {"wanted": value})
        found += function(story, **facts)
    return found


def _same(what: str, found: object, wanted: object) -> Faulty:
    if found != wanted:
        yield f"{what}: {found!r}, not {wanted!r}"


@expectation("condition")
def condition(story: Story, wanted: str) -> Faulty:
    """What the device is doing: one of the conditions' words, or ``off``."""
    stand = story.stand
    yield from _same("condition", "off" if stand.off else stand.condition.value, wanted)


@expectation("reason")
def reason(story: Story, wanted: str) -> Faulty:
    """A reason that stands between now and a search."""
    found = () if story.stand.off else story.stand.reasons
    if wanted not in found:
        yield f"reason {wanted!r} is not among {list(found)}"


@expectation("camera")
def camera(story: Story, wanted: str) -> Faulty:
    """Whether the capture device is ``open`` or ``shut``."""
    stand = story.stand
    yield from _same("camera", "shut" if stand.off or not stand.camera.is_open else "open", wanted)


@expectation("hits")
def hits(story: Story, wanted: list[int]) -> Faulty:
    """Whom the control room was told of so far, in the order of the hits' numbers."""
    found = sorted(story.stand.hits, key=lambda hit: (hit.sealed.epoch, hit.sealed.sequence))
    yield from _same("hits", [int(hit.content.entry.rpartition("-")[2]) for hit in found], wanted)


@expectation("flagged")
def flagged(story: Story, wanted: int) -> Faulty:
    """How many hits say that they look like a picture held up."""
    yield from _same("flagged", sum(bool(hit.content.presentation) for hit in story.stand.hits), wanted)


@expectation("late")
def late(story: Story, wanted: list[float]) -> Faulty:
    """Between how many seconds, at least and at most, the latest hit took from the street to the control room."""
    if not story.stand.hits:
        yield "late: no hit has come"
        return
    took = max(story.stand.hits, key=lambda hit: hit.sealed.sequence).lateness.total_seconds()
    if not wanted[0] <= took <= wanted[1]:
        yield f"late: the hit took {took:.1f} s, not {wanted[0]:g} to {wanted[1]:g}"


@expectation("ends")
def ends(story: Story, wanted: list[str]) -> Faulty:
    """Why deployments ended, in their order, as the journal says."""
    found = [one.leaf.event.why.value for one in story.record.leaves if isinstance(one.leaf.event, Ended)]
    yield from _same("ends", found, wanted)


@expectation("refusals")
def refusals(story: Story, wanted: list[str]) -> Faulty:
    """Refused orders that the journal names, as ``verb: reason``."""
    leaves = [one.leaf.event for one in story.record.leaves]
    found = [f"{one.verb.value}: {one.reason}" for one in leaves if isinstance(one, Refused)]
    yield from _same("refusals", found, wanted)


@expectation("withheld")
def withheld(story: Story, wanted: list[str]) -> Faulty:
    """Why candidates were dropped before they were told, as the journal says."""
    leaves = [one.leaf.event for one in story.record.leaves]
    yield from _same("withheld", [one.why for one in leaves if isinstance(one, HitWithheld)], wanted)


@expectation("leaves")
def leaves(story: Story, wanted: dict[str, int]) -> Faulty:
    """How many leaves of some kinds the journal has."""
    for kind, count in wanted.items():
        yield from _same(f"leaves {kind}", story.record.counts[kind], count)


@expectation("at-least")
def at_least(story: Story, wanted: dict[str, int]) -> Faulty:
    """Of how many leaves of some kinds the journal has as many or more."""
    for kind, count in wanted.items():
        if story.record.counts[kind] < count:
            yield f"leaves {kind}: {story.record.counts[kind]}, fewer than {count}"


@expectation("counters")
def counters(story: Story, wanted: dict[str, int]) -> Faulty:
    """What the device has counted since its latest start; 0 for what it has not."""
    found = story.stand.device.daemon.pulse.counters()
    for name, count in wanted.items():
        yield from _same(f"counter {name}", found.get(name, 0), count)


@expectation("left-out")
def left_out(story: Story, wanted: bool) -> Faulty:
    """Whether frames were left out by the governor."""
    found = story.stand.device.daemon.pulse.counters().get("frames-left-out", 0) > 0
    yield from _same("left-out", found, wanted)


@expectation("waiting")
def waiting(story: Story, wanted: int) -> Faulty:
    """How many sealed hits lie on the device's disk."""
    yield from _same("waiting", len(story.stand.device.store.waits()), wanted)


@expectation("starts")
def starts(story: Story, wanted: int) -> Faulty:
    """How often the device has started."""
    yield from _same("starts", story.stand.starts, wanted)


@expectation("lamp")
def lamp(story: Story, wanted: str) -> Faulty:
    """Whether the public lamp is ``lit`` or ``dark``."""
    switch = story.stand.lamp
    yield from _same("lamp", "lit" if switch is not None and switch.is_on() else "dark", wanted)


@expectation("power")
def power(story: Story, wanted: str) -> Faulty:
    """Whether the camera's power is ``on`` or ``off``."""
    switch = story.stand.power
    yield from _same("power", "on" if switch is not None and switch.is_on() else "off", wanted)


@expectation("sealed-lists")
def sealed_lists(story: Story, wanted: int) -> Faulty:
    """How many sealed lists lie on the device's disk."""
    folder = story.stand.folder / "blobs"
    found = sum(any(one.iterdir()) for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else 0
    yield from _same("sealed-lists", found, wanted)


@expectation("evidence")
def evidence(story: Story, wanted: list[str]) -> Faulty:
    """Which kinds of things were collected as evidence."""
    yield from _same("evidence", sorted(story.collected), sorted(wanted))


@expectation("kept-away")
def kept_away(story: Story, wanted: bool) -> Faulty:
    """Whether the device keeps updates of its program away."""
    yield from _same("kept-away", story.stand.updater.off, wanted)


@expectation("public")
def public(story: Story, wanted: str) -> Faulty:
    """Whether the public is told that somebody is being looked at (``looking``) or nobody (``idle``)."""
    said = story.stand.public
    yield from _same("public", "unsaid" if said is None else "looking" if said.looking else "idle", wanted)
