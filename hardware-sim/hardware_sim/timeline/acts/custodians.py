"""What custodians, officers and evaluators decide, and what is installed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from edge.control_room import delivery
from edge.domain.authorisation import Ratification
from edge.domain.custody import NewClock
from edge.domain.orders import Ratify, ResetClock, Trust, Verb
from edge.domain.transfers import Content
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.made_up import CALIBRATION
from hardware_sim.timeline.acting import act
from hardware_sim.timeline.story import Story


@act("ratify")
def ratify(story: Story, yes: bool, by: str = "officer") -> None:
    """The authorising officer decides on the latest deployment, which is urgent."""
    stand, document = story.stand, story.latest.document
    decision = Ratification(
        authorisation=document.id, digest=digest(canonical(document)), ratified=yes, decided=stand.clock.now().wall
    )
    signed = sign(decision, Kind.RATIFICATION, stand.office.key(by))
    stand.desk.order(Verb.RATIFY, Ratify(ratification=signed), stand.office.operator)
    if not yes:
        stand.truth.ended()


@act("revoke")
def revoke(story: Story, who: str, custodians: int = 2) -> None:
    """The custodians, or only some of them, sign a trust root that does not name somebody's key any more."""
    stand, office = story.stand, story.stand.office
    office.revoked.add(who)
    version = stand.device.daemon.obey._orders._keys.root.version + 1
    root = office.trust_root(version=version)
    signed = office.signed_root(root, *office.custodians[:custodians])
    try:
        stand.desk.order(Verb.TRUST, Trust(root=signed), office.operator)
    except Exception:
        office.revoked.discard(who)
        raise
    if who in ("officer", "second", "evaluator", "device"):
        stand.truth.ended()
    elif who == "presence":
        stand.truth.lease = None


@act("reset-clock")
def reset_clock(story: Story, back: float, custodians: int = 2) -> None:
    """Custodians lower the highest time that the device knows, to so many seconds before now by a good clock."""
    stand, office = story.stand, story.stand.office
    now = stand.clock.true.replace(microsecond=0)
    decision = NewClock(
        site=stand.topics.site, device=stand.topics.device, epoch=stand.epoch, to=now - timedelta(seconds=back),
        decided=now,
    )  # fmt: skip
    signed = sign(decision, Kind.NEW_CLOCK, *office.custodians[:custodians])
    stand.desk.order(Verb.RESET_CLOCK, ResetClock(reset=signed), office.operator)


@act("install-calibration")
def install_calibration(story: Story, signed_by: str = "evaluator", by: str = "operator") -> None:
    """A calibration is sent, signed by somebody, for the next start."""
    stand = story.stand
    table = replace(CALIBRATION, source="scripted, measured again")
    raw = canonical(sign(table, Kind.CALIBRATION, stand.office.key(signed_by)))
    delivery.deliver(stand.desk, Content.CALIBRATION, raw, stand.office.key(by))


@act("update-program")
def update_program(story: Story, under_way: bool) -> None:
    """The updater begins to replace the device's program, or is done; where it is kept away, it says so."""
    stand = story.stand
    if under_way and stand.updater.off:
        story.record.add("update-kept-away")
        return
    stand.updater.busy = under_way
