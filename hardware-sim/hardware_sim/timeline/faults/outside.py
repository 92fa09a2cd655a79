"""What goes wrong around the device: time, the link, switches, witnesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from edge.domain.errors import Misconfigured
from edge.domain.orders import Verb
from hardware_sim.timeline.acting import fault
from hardware_sim.timeline.faults.device import Mend
from hardware_sim.timeline.story import Story

NO_BATTERY: Final = datetime(2024, 3, 15, tzinfo=UTC)
"""What a machine without a battery takes for the time: its image's build."""

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
    if abs(by) > 2:
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


@fault("broker-withholds-acknowledgements")
def broker_withholds_acknowledgements(story: Story) -> Mend:
    """The broker delivers everything but what recipients sign for hits."""
    broker = story.stand.broker
    broker.withheld = story.stand.topics.order(Verb.ACK)
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
