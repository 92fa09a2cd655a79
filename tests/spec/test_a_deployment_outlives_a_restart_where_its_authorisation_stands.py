"""After a restart the control room wraps the list's key again, by itself, while the authorisation still stands; what
lies on the device's disk is not sent again; and the officer on scene has to be there anew.
"""

from __future__ import annotations

from datetime import timedelta

from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.upkeep import Standing, Upkeep
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Began, ListOpened
from hardware_sim.site import Site


def looked_after(site: Site, **fields: object) -> tuple[Upkeep, SealedList]:
    """Deployed by somebody who stays, and active."""
    site.run(1)
    sealed = site.list_of(7)
    signed = site.office.signed(site.authorisation(sealed, **fields))
    kept = Upkeep(site.desk, signed, sealed, site.office.operator)
    kept.begin()
    site.confirm_presence()
    site.run(1)
    assert (site.condition, kept.step()) == (Condition.ACTIVE, Standing.IN_FORCE)
    return kept, sealed


def until_it_changes(site: Site, kept: Upkeep, seconds: float) -> Standing:
    """Let time pass until something else than being away is said, and give that."""
    for _ in range(int(seconds * 10)):
        site.run(0.1)
        if (found := kept.step()) is not Standing.AWAY:
            return found
    return Standing.AWAY


def chunks(site: Site) -> int:
    return sum("/blob/" in heard.topic for heard in site.broker.heard)


def test_it_is_begun_again_under_a_new_key_and_nothing_is_sent_twice(site: Site) -> None:
    kept, _ = looked_after(site)
    before, sent = site.desk.seen.deployment, chunks(site)
    site.power_cut()
    assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
    after = site.desk.seen.deployment
    assert before is not None
    assert after is not None
    assert (after.authorisation, after.list_digest) == (before.authorisation, before.list_digest)
    assert after.boot != before.boot
    assert after.list_key != before.list_key
    assert chunks(site) == sent
    assert kept.restarts == 1


def test_nobody_is_looked_at_before_an_officer_on_scene_has_confirmed_anew(site: Site) -> None:
    kept, _ = looked_after(site)
    site.power_cut()
    assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
    site.walk(7)
    site.run(5)
    assert (site.condition, site.hits, site.camera.opens) == (Condition.WAITING, [], 0)
    assert "no-presence" in site.reasons
    site.confirm_presence()
    site.walk(7)
    site.run(5)
    assert [hit.content.entry for hit in site.hits] == ["v-0007"]
    assert kept.step() is Standing.IN_FORCE


def test_it_goes_on_where_the_restart_came_before_the_list_was_whole(site: Site) -> None:
    kept, sealed = looked_after(site)
    sent = chunks(site)
    blobs = site.folder / "blobs"
    site.power_off()
    for path in blobs.rglob("*"):
        if path.is_file():
            path.unlink()
    site.boot()
    assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
    assert chunks(site) == 2 * sent
    assert site.device.host.buffers
    assert sealed.file


def test_restarts_after_restarts_are_outlived_too(site: Site) -> None:
    kept, _ = looked_after(site)
    for number in range(1, 4):
        site.power_cut()
        assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
        assert kept.restarts == number
    events = site.journal()
    assert sum(isinstance(event, Began) for event in events) == 4
    assert sum(isinstance(event, ListOpened) for event in events) == 4


def test_what_was_stopped_is_not_begun_again(site: Site) -> None:
    kept, _ = looked_after(site)
    site.stop()
    site.run(0.5)
    assert kept.step() is Standing.OVER
    assert kept.why == "the device says that it has ended"


def test_what_was_stopped_while_nobody_listened_is_refused_by_the_device_itself(site: Site) -> None:
    kept, _ = looked_after(site)
    site.desk_link.cut()
    state = site.device.daemon.report.state(site.clock.now())
    assert state.authorisation is not None
    site.device.daemon.gate.end(EndReason.STOPPED, site.clock.now())
    site.power_cut()
    site.desk_link.connect()
    assert until_it_changes(site, kept, 10) is Standing.OVER
    assert "replayed" in kept.why
    assert site.condition is Condition.IDLE


def test_a_window_that_has_closed_is_not_asked_for_again(site: Site) -> None:
    kept, _ = looked_after(site)
    site.power_off()
    site.clock.advance(timedelta(hours=2))
    site.boot()
    site.run(1)
    assert (kept.step(), kept.why) == (Standing.OVER, "its window has closed")
    assert site.condition is Condition.IDLE


def test_a_device_that_has_no_time_yet_is_waited_for(site: Site) -> None:
    kept, _ = looked_after(site)
    site.clock.trusted = False
    site.power_cut()
    assert until_it_changes(site, kept, 5) is Standing.AWAY
    site.clock.trusted = True
    assert until_it_changes(site, kept, 60) is Standing.BEGUN_AGAIN
    assert site.condition is Condition.WAITING


def test_a_device_that_is_away_is_waited_for(site: Site) -> None:
    kept, _ = looked_after(site)
    site.power_cut()
    site.device.link.cut()
    assert until_it_changes(site, kept, 30) is Standing.AWAY
    site.device.link.connect()
    assert until_it_changes(site, kept, 60) is Standing.BEGUN_AGAIN


def test_an_orderly_restart_of_the_service_is_outlived_as_well(site: Site) -> None:
    kept, _ = looked_after(site)
    sent = chunks(site)
    site.device.daemon.gate.end(EndReason.SHUTDOWN, site.clock.now())
    site.device.daemon.report.farewell(site.clock.now())
    while site.desk.step(timedelta(0)):
        pass
    assert kept.step() is Standing.AWAY
    site.power_cut()
    assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
    assert chunks(site) == sent


def test_one_whose_list_did_not_get_through_is_loaded_and_not_begun_twice(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    signed = site.office.signed(site.authorisation(sealed))
    kept = Upkeep(site.desk, signed, sealed, site.office.operator)
    kept.begin()
    site.power_cut()
    site.run(0.5)
    deploy.start(site.desk, signed, site.office.operator)
    assert until_it_changes(site, kept, 10) is Standing.BEGUN_AGAIN
    events = site.journal()
    assert sum(isinstance(event, Began) for event in events) == 2
    assert isinstance(events[-1], ListOpened)
