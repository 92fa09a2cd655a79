"""No signed authorisation, no officer present: nobody is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.authorisation import Authorisation, Category
from edge.domain.authority import Signed
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost
from edge.domain.leaves.deployment import CaptureOpened
from edge.wire.signed import Kind, sign
from hardware_sim.office import MemoryKey, Office, changed
from hardware_sim.site import Site


def start(site: Site, signed: Signed) -> None:
    deploy.start(site.desk, signed, site.office.operator)


def test_without_an_authorisation_the_camera_is_never_opened(site: Site) -> None:
    site.walk(7)
    site.run(60)
    assert site.condition is Condition.IDLE
    assert site.reasons == ("no-authorisation",)
    assert site.camera.opens == 0
    assert not [event for event in site.journal() if isinstance(event, CaptureOpened)]


def test_with_an_authorisation_but_without_presence_the_camera_is_never_opened(site: Site) -> None:
    site.run(1)
    site.deploy(7)
    site.walk(7)
    site.run(60)
    assert site.condition is Condition.WAITING
    assert site.reasons == ("no-presence",)
    assert site.camera.opens == 0


def test_with_presence_but_without_the_list_the_camera_is_never_opened(site: Site) -> None:
    site.run(1)
    signed = site.office.signed(site.authorisation(site.list_of(7)))
    start(site, signed)
    site.confirm_presence()
    site.run(30)
    assert site.reasons == ("list-not-open",)
    assert site.camera.opens == 0


def test_with_all_of_it_a_listed_person_gives_exactly_one_hit(watching: Site) -> None:
    watching.walk(7, lasts=4)
    watching.run(8)
    assert [hit.content.entry for hit in watching.hits] == ["v-0007"]
    assert watching.hits[0].content.statement == "possible match, not an identification"
    assert watching.device.daemon.pulse.counters()["searches"] == 1


def test_the_window_ends_the_deployment_whatever_anybody_does(site: Site) -> None:
    site.run(1)
    now = site.clock.now().wall
    site.deploy(7, not_before=now, not_after=now + timedelta(minutes=3))
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(100)
    assert site.condition is Condition.ACTIVE
    site.officer_on_scene = False
    site.run(81)
    assert site.condition is Condition.IDLE
    assert not site.camera.is_open
    assert not any(site.device.host.buffers[-1].view)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"device": "post-2"}, "wrong-device"),
        ({"site": "elsewhere"}, "wrong-device"),
        ({"test": False}, "not-a-test"),
        ({"calibration": "0" * 64}, "wrong-calibration"),
        ({"max_fpir": Decimal("0.0000001")}, "evidence-too-thin"),
        ({"operators": ("A" * 43,)}, "unknown-key"),
        ({"presence": ("A" * 43,)}, "unknown-key"),
    ],
)
def test_an_authorisation_that_is_not_for_this_device_is_refused(
    site: Site, fields: dict[str, object], reason: str
) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7), **fields)
    with pytest.raises(Refused, match=reason):
        start(site, site.office.signed(document))
    site.run(5)
    assert site.condition is Condition.IDLE
    assert site.camera.opens == 0


def test_an_authorisation_for_other_models_is_refused(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    other = changed(document, models=replace(document.models, embedder="0" * 64))
    with pytest.raises(Refused, match="wrong-model"):
        start(site, site.office.signed(other))


def _dated(site: Site, begins: timedelta, lasts: timedelta, **fields: object) -> Signed:
    now = site.clock.now().wall
    document = site.authorisation(site.list_of(7), not_before=now + begins, not_after=now + begins + lasts, **fields)
    return site.office.signed(document)


@pytest.mark.parametrize(
    ("begins", "lasts", "reason"),
    [
        (timedelta(hours=-3), timedelta(hours=2), "expired"),
        (timedelta(minutes=5), timedelta(hours=2), "not-yet-valid"),
        (timedelta(0), timedelta(hours=12, seconds=1), "lives-too-long"),
        (timedelta(hours=-25), timedelta(hours=26), "lives-too-long"),
    ],
)
def test_an_authorisation_outside_its_window_is_refused(
    site: Site, begins: timedelta, lasts: timedelta, reason: str
) -> None:
    site.run(1)
    with pytest.raises(Refused, match=reason):
        start(site, _dated(site, begins, lasts))


def test_a_list_older_than_a_day_at_the_start_is_refused(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    stale = replace(document.watchlist, built=document.not_before - timedelta(hours=24, seconds=1))
    with pytest.raises(Refused, match="list-stale"):
        start(site, site.office.signed(changed(document, watchlist=stale)))


def signed_by(document: Authorisation, *keys: MemoryKey) -> Signed:
    return sign(document, Kind.AUTHORISATION, *keys)


def test_one_signature_is_not_enough(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    for key in (site.office.officer, site.office.second):
        with pytest.raises(Refused, match="not-signed"):
            start(site, signed_by(document, key))


def test_two_signatures_of_one_role_are_not_enough(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    with pytest.raises(Refused, match="same-role-twice"):
        start(site, signed_by(document, site.office.officer, site.office.officer))


def test_an_operator_cannot_authorise(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    with pytest.raises(Refused, match="wrong-role"):
        start(site, signed_by(document, site.office.officer, site.office.operator))


def test_strangers_cannot_authorise(site: Site) -> None:
    site.run(1)
    document, strangers = site.authorisation(site.list_of(7)), Office()
    with pytest.raises(Refused, match="unknown-key"):
        start(site, signed_by(document, strangers.officer, strangers.second))


def test_a_word_changed_after_signing_is_noticed(site: Site) -> None:
    site.run(1)
    document = site.authorisation(site.list_of(7))
    mine, other = site.office.signed(document), site.office.signed(changed(document, max_fpir=Decimal("0.1")))
    with pytest.raises(Refused, match="bad-signature"):
        start(site, replace(mine, payload=other.payload))


def test_an_ended_authorisation_never_begins_again(watching: Site) -> None:
    signed = watching.office.signed(watching.authorisation(watching.list_of(7)))
    watching.stop()
    start(watching, signed)
    watching.stop()
    with pytest.raises(Refused, match="replayed"):
        start(watching, signed)


def test_an_older_authorisation_is_never_accepted_after_a_later_one(site: Site) -> None:
    site.run(1)
    older = site.office.signed(site.authorisation(site.list_of(7)))
    later = site.office.signed(site.authorisation(site.list_of(7)))
    start(site, later)
    site.stop()
    with pytest.raises(Refused, match="replayed"):
        start(site, older)


def test_only_the_named_operator_may_start(site: Site) -> None:
    site.run(1)
    signed = site.office.signed(site.authorisation(site.list_of(7)))
    for key in (site.office.officer, site.office.presence):
        with pytest.raises(Refused, match="wrong-role"):
            deploy.start(site.desk, signed, key)
    with pytest.raises(BrokerLost, match="No answer"):
        deploy.start(site.desk, signed, MemoryKey())
    assert site.condition is Condition.IDLE


def test_an_untrusted_clock_refuses_to_begin_and_ends_what_is_running(watching: Site) -> None:
    watching.clock.trusted = False
    watching.run(1)
    assert watching.condition is Condition.UNSAFE
    assert not watching.camera.is_open
    assert not any(watching.device.host.buffers[-1].view)
    signed = watching.office.signed(watching.authorisation(watching.list_of(7)))
    with pytest.raises(Refused, match="clock-untrusted"):
        start(watching, signed)


@pytest.mark.parametrize("seconds", [-3, 3, -3600, 3600])
def test_a_step_of_the_clock_ends_the_deployment(watching: Site, seconds: int) -> None:
    watching.clock.step_wall(timedelta(seconds=seconds))
    watching.pass_time(timedelta(milliseconds=100))
    assert watching.device.daemon.gate.believed is None
    assert not any(watching.device.host.buffers[-1].view)


def test_synthetic_entries_and_loose_rates_are_for_tests_only(site: Site) -> None:
    from edge.domain.capture import Instant
    from edge.domain.errors import Reason, Refusal
    from edge.safeguards.authorised import authorisation
    from edge.safeguards.verify import Facts, Keys

    ordinary = Keys(site.office.trust_root(test=False))
    document = site.authorisation(site.list_of(7), test=False)
    now = Instant(document.not_before, timedelta(hours=1))
    facts = Facts(
        "bench",
        "post-1",
        False,
        document.models.detector,
        document.models.embedder,
        document.calibration,
        document.zone,
        document.configuration,
    )
    refused = authorisation(site.office.signed(document), ordinary, facts, site.device.store, now)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.MAX_FPIR_TOO_HIGH
    strict = changed(document, max_fpir=Decimal("0.001"))
    refused = authorisation(site.office.signed(strict), ordinary, facts, site.device.store, now)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TEST_ONLY
    assert Category.SYNTHETIC in {count.category for count in document.watchlist.categories}
    test = site.office.signed(site.authorisation(site.list_of(7)))
    refused = authorisation(test, ordinary, facts, site.device.store, now)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TEST_ONLY
