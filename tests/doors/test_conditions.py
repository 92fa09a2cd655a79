"""Every condition of looking, one by one: with all else there, the lack of any one of them is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.capture import Instant
from edge.domain.comparison import Permit
from edge.domain.condition import EndReason
from edge.domain.errors import DiskFull, JournalUnwritable, Reason, Refusal, SealBroken, Unsafe
from edge.safeguards.conditions import Conditions
from edge.safeguards.deployment import Deployment
from edge.safeguards.gate import FRESH
from edge.safeguards.verify import Believed
from hardware_sim.lens import Lens
from hardware_sim.site import Site
from hardware_sim.switches import SimulatedSwitch


@pytest.fixture
def post(tmp_path: Path) -> Site:
    """Looking, with a power switch and a lamp."""
    site = Site(tmp_path)
    site.senses = replace(site.senses, power=SimulatedSwitch(), lamp=SimulatedSwitch())
    site.power_cut()
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    return site


def conditions(site: Site) -> Conditions:
    return site.device.daemon.gate._conditions


def in_force(site: Site) -> Deployment:
    deployment = site.device.daemon.gate._deployment
    assert deployment is not None
    return deployment


def nothing(site: Site) -> None:
    """Take nothing away."""


def time_is_not_trusted(site: Site) -> None:
    site.clock.trusted = False


def journal_fails(site: Site) -> None:
    site.device.daemon.tell._journal.fail(JournalUnwritable("The disk is full.", "Free some."))


def power_sticks(site: Site) -> None:
    site.device.daemon.gate.shutter.stuck = True


def window_closes(site: Site) -> None:
    in_force(site).ends = site.clock.now()


def window_is_yet_to_open(site: Site) -> None:
    document = in_force(site).believed.authorisation
    later = replace(document, not_before=site.clock.now().wall + timedelta(minutes=1))
    in_force(site).believed = replace(in_force(site).believed, authorisation=later)


def list_is_not_open(site: Site) -> None:
    in_force(site).list_opened = None


def officer_leaves(site: Site) -> None:
    site.device.daemon.report._presence.forget()


LACKS = [
    (time_is_not_trusted, Reason.CLOCK_UNTRUSTED),
    (journal_fails, Reason.UNSAFE),
    (power_sticks, Reason.SWITCH_STUCK),
    (window_closes, Reason.WINDOW_CLOSED),
    (window_is_yet_to_open, Reason.WINDOW_CLOSED),
    (list_is_not_open, Reason.LIST_NOT_OPEN),
    (officer_leaves, Reason.NO_PRESENCE),
]


def test_with_all_of_it_a_permit_is_given(post: Site) -> None:
    now = post.clock.now()
    assert conditions(post).missing(in_force(post), now) == ()
    assert conditions(post).over(in_force(post), now) is None
    assert isinstance(post.device.daemon.gate.permit(now), Permit)
    assert isinstance(post.device.daemon.gate.permit_to_search(now), Permit)


@pytest.mark.parametrize(("lack", "reason"), LACKS)
def test_the_lack_of_any_one_is_enough(post: Site, lack: Callable[[Site], None], reason: Reason) -> None:
    lack(post)
    now, gate = post.clock.now(), post.device.daemon.gate
    missing = conditions(post).missing(in_force(post), now)
    assert missing == ((reason, Reason.JOURNAL_UNWRITABLE) if lack is journal_fails else (reason,))
    for asked in (gate.permit, gate.permit_to_search):
        refused = asked(now)
        assert isinstance(refused, Refusal)
        assert refused.reason is reason
    post.run(1)
    assert not post.camera.is_open


@pytest.mark.parametrize(("lack", "reason"), LACKS[:3])
def test_without_a_deployment_what_is_unsafe_is_said_all_the_same(
    post: Site, lack: Callable[[Site], None], reason: Reason
) -> None:
    lack(post)
    missing = conditions(post).missing(None, post.clock.now())
    assert (missing[0], missing[-1]) == (reason, Reason.NO_AUTHORISATION)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DiskFull, (Reason.UNSAFE, Reason.DISK_FULL)),
        (JournalUnwritable, (Reason.UNSAFE, Reason.JOURNAL_UNWRITABLE)),
        (SealBroken, (Reason.UNSAFE, Reason.SEAL_BROKEN)),
        (Unsafe, (Reason.UNSAFE,)),
    ],
)
def test_what_it_is_that_is_unsafe_is_said_too(post: Site, error: type[Unsafe], said: tuple[Reason, ...]) -> None:
    post.device.daemon.tell._journal.fail(error("Something.", "Do something."))
    assert conditions(post).missing(in_force(post), post.clock.now()) == said


@pytest.mark.parametrize(("lack", "reason"), LACKS[:3])
def test_nothing_begins_without_a_clock_a_journal_and_switches_that_obey(
    post: Site, lack: Callable[[Site], None], reason: Reason
) -> None:
    believed = replace(in_force(post).believed, authorisation=post.authorisation(post.list_of(8)), digest="0" * 64)
    assert conditions(post).refuses(believed, post.clock.now()) is None
    lack(post)
    refused = conditions(post).refuses(believed, post.clock.now())
    assert refused is not None
    assert refused.reason is reason


@pytest.mark.parametrize(
    ("lack", "why"),
    [
        (nothing, None),
        (time_is_not_trusted, EndReason.CLOCK),
        (journal_fails, EndReason.UNSAFE),
        (power_sticks, EndReason.UNSAFE),
        (window_closes, EndReason.WINDOW_CLOSED),
        (officer_leaves, None),
    ],
)
def test_some_lacks_are_an_end_and_the_others_a_pause(
    post: Site, lack: Callable[[Site], None], why: EndReason | None
) -> None:
    lack(post)
    assert conditions(post).over(in_force(post), post.clock.now()) is why


class Says:
    """A demand that says no where it is told to."""

    def __init__(self, refuses: Refusal | None, missing: Reason | None, over: EndReason | None) -> None:
        self._answers = refuses, missing, over

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        return self._answers[0]

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        return self._answers[1]

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        return self._answers[2]


def with_demands(site: Site, *demands: Says) -> Conditions:
    gate = site.device.daemon.gate
    return Conditions(gate._clock, gate._journal, gate._presence, gate.shutter, demands)


def test_whatever_is_demanded_besides_can_say_no_at_each_turn(post: Site) -> None:
    now, yes = post.clock.now(), Says(None, None, None)
    no = Says(Refusal(Reason.NOT_COSIGNED), Reason.NOT_COSIGNED, EndReason.SUSPENDED)
    believed, deployment = in_force(post).believed, in_force(post)
    for demands in ((no,), (yes, no), (no, yes)):
        asked = with_demands(post, *demands)
        refused = asked.refuses(believed, now)
        assert refused is not None
        assert refused.reason is Reason.NOT_COSIGNED
        assert asked.missing(deployment, now) == (Reason.NOT_COSIGNED,)
        assert asked.over(deployment, now) is EndReason.SUSPENDED
    nobody = with_demands(post, yes)
    assert nobody.refuses(believed, now) is None
    assert nobody.missing(deployment, now) == ()
    assert nobody.over(deployment, now) is None


def test_a_permit_lasts_no_longer_than_presence_list_and_window(post: Site) -> None:
    lease = post.device.daemon.report._presence.until()
    assert lease is not None
    assert conditions(post).deadline(in_force(post)) == lease
    officer_leaves(post)
    assert conditions(post).deadline(in_force(post)) == in_force(post).ends


def test_a_search_needs_eyes_as_well(post: Site) -> None:
    gate = post.device.daemon.gate
    post.camera.frozen = True
    post.clock.advance(FRESH - post.clock.now().since(gate.frames.latest or post.clock.now()))
    assert isinstance(gate.permit_to_search(post.clock.now()), Permit)
    post.clock.advance(timedelta(milliseconds=1))
    assert isinstance(gate.permit(post.clock.now()), Permit)
    refused = gate.permit_to_search(post.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CAPTURE_STALE
    post.camera.frozen = False
    post.run(5)
    post.camera.lens = Lens.CAP
    post.run(15)
    assert isinstance(gate.permit(post.clock.now()), Permit)
    refused = gate.permit_to_search(post.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.VIEW_DARK
