"""What breaks in the device: its camera, its machine, its card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from edge.domain.host import Heat
from hardware_sim.lens import Lens
from hardware_sim.timeline.acting import fault
from hardware_sim.timeline.card import PLENTY
from hardware_sim.timeline.story import Story

Mend = Callable[[], None]


def nothing() -> None:
    """There is nothing to mend."""


# The camera.


@fault("camera-unplugged")
def camera_unplugged(story: Story) -> Mend:
    """It cannot be opened, and is lost where it was open."""
    sensor = story.stand.sensor
    sensor.unplugged = True
    return lambda: setattr(sensor, "unplugged", False)


@fault("camera-frozen")
def camera_frozen(story: Story) -> Mend:
    """It is open, and no frame comes."""
    sensor = story.stand.sensor
    sensor.frozen = True
    return lambda: setattr(sensor, "frozen", False)


@fault("frames-dropped")
def frames_dropped(story: Story, share: float) -> Mend:
    """So many of its frames never come."""
    sensor = story.stand.sensor
    sensor.drops = share
    return lambda: setattr(sensor, "drops", 0.0)


@fault("camera-errors")
def camera_errors(story: Story, share: float) -> Mend:
    """The camera's library raises errors in the place of so many frames."""
    sensor = story.stand.sensor
    sensor.errors = share
    return lambda: setattr(sensor, "errors", 0.0)


@fault("lens")
def lens(story: Story, what: str) -> Mend:
    """Something is on the lens, or became of its mounting."""
    sensor = story.stand.sensor
    sensor.lens = Lens(what)
    return lambda: setattr(sensor, "lens", Lens.CLEAN)


# The machine.


@fault("hot")
def hot(story: Story, celsius: float = 84.0, throttled: bool = True) -> Mend:
    """The processor is hot, and its firmware slows it down."""
    stress = story.stand.stress
    stress.heat = Heat(celsius, throttled)
    return lambda: setattr(stress, "heat", Heat(55.0, throttled=False))


@fault("memory-short")
def memory_short(story: Story) -> Mend:
    """No memory can be locked."""
    stress = story.stand.stress
    stress.memory = True
    return lambda: setattr(stress, "memory", False)


@fault("process-killed")
def process_killed(story: Story) -> Mend:
    """The kernel kills the process, for want of memory; the service manager starts it again."""
    if not story.stand.off:
        story.stand.process_ends("killed")
    return nothing


@fault("power-cut")
def power_cut(story: Story, off: float = 5.0) -> Mend:
    """The power goes, and comes back after so many seconds."""
    story.stand.power_off()
    story.stand.power_on(after=timedelta(seconds=off))
    return nothing


@fault("brown-out")
def brown_out(story: Story, times: int = 3, every: float = 4.0) -> Mend:
    """The voltage sags: the machine starts again and again."""
    for _ in range(times):
        story.stand.power_off()
        story.stand.power_on()
        story.settle(every)
    return nothing


@fault("tpm-refuses")
def tpm_refuses(story: Story) -> Mend:
    """From now on the TPM gives no key out: the device does not start any more."""
    stand = story.stand
    stand.tpm_refuses = True
    return lambda: setattr(stand, "tpm_refuses", False)


# The card.


@fault("card-slow")
def card_slow(story: Story, milliseconds: float = 200.0) -> Mend:
    """Every access takes so long."""
    card = story.stand.card
    card.takes = timedelta(milliseconds=milliseconds)
    return lambda: setattr(card, "takes", timedelta(0))


@fault("card-wears")
def card_wears(story: Story, share: float = 0.01) -> Mend:
    """So many of the writes fail."""
    card = story.stand.card
    card.wears = share
    return lambda: setattr(card, "wears", 0.0)


@fault("card-full")
def card_full(story: Story) -> Mend:
    """There is no room left but what was kept for an emergency."""
    card = story.stand.card
    card.full = True
    card.left = 0
    return card.emptied


@fault("card-low")
def card_low(story: Story, megabytes: float = 20.0) -> Mend:
    """There is little room left."""
    card = story.stand.card
    card.left = int(megabytes * 1024 * 1024)
    return lambda: setattr(card, "left", PLENTY)


@fault("card-read-only")
def card_read_only(story: Story) -> Mend:
    """The kernel has made it read-only, as it does on errors."""
    card = story.stand.card
    card.read_only = True
    return lambda: setattr(card, "read_only", False)


@fault("journal-loses-its-tail")
def journal_loses_its_tail(story: Story, leaves: int = 3, off: float = 5.0) -> Mend:
    """The power goes, and somebody takes the last leaves out of the journal before it comes back."""
    import sqlite3

    stand = story.stand
    stand.power_off()
    with sqlite3.connect(stand.folder / "journal.sqlite") as connection:
        connection.execute(f"DELETE FROM leaf WHERE number > (SELECT max(number) FROM leaf) - {leaves:d}")  # noqa: S608
    connection.close()
    stand.power_on(after=timedelta(seconds=off))
    return nothing
