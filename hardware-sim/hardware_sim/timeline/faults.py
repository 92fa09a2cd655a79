"""What breaks, and how it mends. A fault that is named with ``lasts`` mends after so many seconds, others never."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.domain.errors import Misconfigured
from edge.domain.host import Heat
from hardware_sim.lens import Lens
from hardware_sim.timeline.acting import fault
from hardware_sim.timeline.card import PLENTY
from hardware_sim.timeline.story import Story

Mend = Callable[[], None]
NO_BATTERY: Final = datetime(2024, 3, 15, tzinfo=UTC)
"""What a machine without a battery takes for the time: its image's build."""


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
    stand = story.stand
    stand.heat = Heat(celsius, throttled)
    return lambda: setattr(stand, "heat", Heat(55.0, throttled=False))


@fault("memory-short")
def memory_short(story: Story) -> Mend:
    """No memory can be locked."""
    stand = story.stand
    stand.short_of_memory = True
    return lambda: setattr(stand, "short_of_memory", False)


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
    return lambda: (card.emptied(), setattr(card, "left", PLENTY))[1]


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


# Time.


@fault("time-undisciplined")
def time_undisciplined(story: Story) -> Mend:
    """The network's time is not to be had."""
    stand = story.stand
    stand.clock.trusted = False
    stand.truth.honest = stand.truth.force is None
    return stand.clock.disciplined


@fault("clock-stepped")
def clock_stepped(story: Story, by: float) -> Mend:
    """Somebody sets the clock by so many seconds, and the device is told that it is right."""
    stand = story.stand
    stand.clock.step_wall(timedelta(seconds=by))
    if abs(by) > 2:  # noqa: PLR2004
        stand.truth.honest = stand.truth.force is None
    return stand.clock.disciplined


@fault("clock-without-battery")
def clock_without_battery(story: Story) -> Mend:
    """From the next power cut on, the clock begins where the image was built, until the network's time comes."""
    clock = story.stand.clock
    clock.battery = NO_BATTERY

    def mend() -> None:
        clock.battery = None
        clock.disciplined()

    return mend


# The link.


@fault("link-away")
def link_away(story: Story) -> Mend:
    """The device cannot reach the broker."""
    stand = story.stand
    stand.link_is_down = True
    stand.reconnect()
    return stand.link_back


@fault("link-half-open")
def link_half_open(story: Story) -> Mend:
    """The connection seems to stand, and nothing that the device sends arrives."""
    stand = story.stand
    stand.device.link.eats_publishes = True

    def mend() -> None:
        stand.device.link.eats_publishes = False
        if not stand.off:
            stand.device.link.connect()

    return mend


@fault("broker-says-twice")
def broker_says_twice(story: Story) -> Mend:
    """The broker delivers everything twice."""
    broker = story.stand.broker
    broker.twice = True
    return lambda: setattr(broker, "twice", False)


@fault("broker-loses")
def broker_loses(story: Story, share: float = 0.3) -> Mend:
    """The broker takes messages, and never delivers so many of them."""
    broker = story.stand.broker
    broker.loses = share
    return lambda: setattr(broker, "loses", 0.0)


@fault("broker-withholds-hits")
def broker_withholds_hits(story: Story) -> Mend:
    """The broker delivers everything but hits."""
    broker = story.stand.broker
    broker.withheld = story.stand.topics.hit
    return lambda: setattr(broker, "withheld", "")


@fault("broker-forbids")
def broker_forbids(story: Story, what: str) -> Mend:
    """Its access list forbids the device to ``publish`` hits, or to ``hear`` orders; said at the next connect."""
    if what not in ("publish", "hear"):
        raise Misconfigured(f"A broker cannot forbid {what!r}.", "Name publish or hear.")
    stand = story.stand
    stand.forbidden = frozenset({what})
    stand.reconnect()

    def mend() -> None:
        stand.forbidden = frozenset()
        stand.reconnect()

    return mend


# Switches and witnesses.


@fault("switch-sticks")
def switch_sticks(story: Story, which: str) -> Mend:
    """Power or lamp stays as it is."""
    switch = story.stand.power if which == "power" else story.stand.lamp
    if switch is None:
        raise Misconfigured(f"This device has no switch for its {which}.", f"Set {which} = true under [set].")
    switch.sticks = True
    return lambda: setattr(switch, "sticks", False)


@fault("lamp-fails")
def lamp_fails(story: Story) -> Mend:
    """The bulb of the public lamp blows."""
    lamp = story.stand.lamp
    if lamp is None:
        raise Misconfigured("This device has no public lamp.", "Set lamp = true under [set].")
    lamp.fail()
    lamp.sticks = True
    return lambda: setattr(lamp, "sticks", False)


@fault("witnesses-away")
def witnesses_away(story: Story) -> Mend:
    """No witness can be reached."""
    stand = story.stand
    gone, stand.witnesses = stand.witnesses, []
    return lambda: setattr(stand, "witnesses", gone)
