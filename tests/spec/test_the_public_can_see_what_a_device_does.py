"""Anybody may know whether a device looks, why, and who answers for it; counts come late, and tell of nobody."""

from __future__ import annotations

import json
from datetime import timedelta

from edge.domain.authorisation import UseCase
from edge.wire.events import disclose
from edge.wire.public import Public
from edge.wire.signed import Kind, holds, parse, payload_of
from hardware_sim.site import Site


def latest(site: Site) -> Public:
    """The retained record, signed by the device."""
    message = site.broker._retained[site.topics.public]
    signed = disclose(message, Kind.PUBLIC)
    assert holds(signed, Kind.PUBLIC, site.office.device_key.public)
    return parse(payload_of(signed), Public)


def test_an_idle_device_says_that_it_is_off_and_who_answers_for_it(site: Site) -> None:
    site.run(1)
    said = latest(site)
    assert not said.looking
    assert (said.purpose, said.until, said.hours, said.past) == (None, None, (), ())
    assert (said.organisation, said.contact) == ("Bench", "bench@example.invalid")


def test_a_device_that_looks_says_so_and_why_and_until_when(watching: Site) -> None:
    said = latest(watching)
    assert said.looking
    assert said.purpose is UseCase.ACCURACY_TEST
    believed = watching.device.daemon.gate.believed
    assert believed is not None
    assert said.until == believed.authorisation.not_after


def test_a_device_that_lost_its_officer_says_that_it_does_not_look(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.run(200)
    said = latest(watching)
    assert not said.looking
    assert said.purpose is UseCase.ACCURACY_TEST


def test_nothing_changes_while_somebody_is_searched_for_or_pointed_at(watching: Site) -> None:
    watching.run(5)
    before = latest(watching)
    watching.walk(7)
    watching.walk(30, after=4)
    watching.run(90)
    (_,) = watching.hits
    after = latest(watching)
    assert (after.hours, after.past) == (before.hours, before.past) == ((), ())


def test_faces_are_told_of_whole_hours_that_are_over_and_alerts_an_hour_after_the_end(watching: Site) -> None:
    watching.walk(7)
    watching.walk(30, after=4)
    watching.run(90)
    watching.officer_on_scene = False
    watching.stop()
    pass_until(watching, minute=59)
    assert latest(watching).hours == ()
    pass_until(watching, minute=1)
    (hour,) = latest(watching).hours
    assert (hour.begins.hour, hour.faces) == (9, 2)
    assert latest(watching).past == ()
    pass_until(watching, minute=10)
    (past,) = latest(watching).past
    assert (past.faces, past.alerts, past.listed, past.purpose) == (2, 1, 21, UseCase.ACCURACY_TEST)
    assert past.ended - past.began < timedelta(minutes=3)


def test_a_day_later_the_hours_are_no_longer_told(watching: Site) -> None:
    watching.walk(30)
    watching.run(90)
    watching.officer_on_scene = False
    watching.stop()
    watching.clock.advance(timedelta(hours=26))
    watching.run(1)
    said = latest(watching)
    assert said.hours == ()
    assert len(said.past) == 1


def test_after_a_restart_the_same_is_told(watching: Site) -> None:
    watching.walk(30)
    watching.run(90)
    watching.officer_on_scene = False
    watching.stop()
    watching.clock.advance(timedelta(hours=2))
    watching.run(1)
    before = latest(watching)
    watching.power_cut()
    watching.run(1)
    after = latest(watching)
    assert (after.hours, after.past) == (before.hours, before.past)
    assert before.hours


def test_counts_are_told_once_the_whole_journal_was_read(watching: Site) -> None:
    watching.walk(30)
    watching.run(90)
    watching.officer_on_scene = False
    watching.stop()
    watching.clock.advance(timedelta(hours=2))
    watching.run(1)
    bulletin = watching.device.daemon.report.bulletin
    assert bulletin is not None
    bulletin._read -= 1
    bulletin._catch_up = lambda: None  # type: ignore[method-assign]
    said = bulletin.record(watching.clock.now())
    assert (said.hours, said.past) == ((), ())


def test_the_record_holds_nothing_else(watching: Site) -> None:
    message = watching.broker._retained[watching.topics.public]
    said = json.loads(payload_of(disclose(message, Kind.PUBLIC)))
    assert set(said) == {
        "at", "contact", "device", "hours", "looking", "organisation", "past", "purpose", "site", "test", "until",
    }  # fmt: skip


def pass_until(site: Site, *, minute: int) -> None:
    """Let time pass until the clock shows this minute, with a heartbeat of the daemon now and then."""
    while site.clock.now().wall.minute != minute:
        site.clock.advance(timedelta(seconds=20))
        site.run(0.1)
