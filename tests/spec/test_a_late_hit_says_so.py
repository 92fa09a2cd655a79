"""A lead that comes late is shown as late, and one past its use is no lead."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.control_room import show
from edge.control_room.hits import _viewed
from edge.control_room.keeping import Kept, Purpose
from edge.domain.access import Why
from edge.domain.message import Outgoing
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("by", "said"),
    [(9.9, ""), (10, ""), (10.1, " LATE by 10 s"), (95, " LATE by 95 s")],
)
def test_what_took_longer_than_ten_seconds_is_late(by: float, said: str) -> None:
    assert show.late(timedelta(seconds=by)) == said


def delayed(site: Site, seconds: float) -> None:
    """The broker is away while somebody passes."""
    site.device.link.cut()
    site.walk(7)
    site.run(6)
    site.officer_on_scene = False
    site.clock.advance(timedelta(seconds=seconds))
    site.device.link.connect()
    site.run(1)


def test_a_hit_that_comes_at_once_is_shown_as_any_other(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    assert hit.lateness < 4 * SECOND
    assert "LATE" not in show.hit_line(hit)


def test_a_hit_that_waited_for_the_broker_is_shown_with_how_late_it_is(watching: Site) -> None:
    delayed(watching, 100)
    (hit,) = watching.hits
    assert timedelta(seconds=100) < hit.lateness < timedelta(seconds=108)
    assert f"HIT LATE by {hit.lateness.total_seconds():.0f} s #1" in show.hit_line(hit)


def test_what_is_kept_says_so_too(watching: Site, tmp_path: Path) -> None:
    delayed(watching, 100)
    (hit,) = watching.hits
    kept = Kept(tmp_path / "kept", hit.sealed.authorisation, watching.office.device_key.public)
    said = watching.desk.seen.deployment
    assert said is not None
    kept.expect(said)
    kept.add(hit.signed)
    reader = watching.office.reader.signer
    kept.log(hit.sealed, reader, Purpose(Why.ALERT, "on-arrival"), hit.opened.wall)
    kept.log(hit.sealed, reader, Purpose(Why.AUDIT, "case-1"), hit.opened.wall + timedelta(hours=1))
    arrival, later = (_viewed(signed, kept) for signed in kept.views())
    waited: timedelta = hit.opened.wall - hit.sealed.committed
    assert arrival.endswith(f" LATE by {waited.total_seconds():.0f} s")
    assert "LATE" not in later


def test_a_desk_whose_clock_is_behind_says_in_time_and_not_less(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    behind = type(hit)(hit.sealed, hit.content, hit.digest, type(hit.opened)(early(hit), hit.opened.boot), hit.signed)
    assert behind.lateness == timedelta(0)


def early(hit: object) -> datetime:
    moment: datetime = hit.content.captured - SECOND  # type: ignore[attr-defined]
    return moment


def test_a_hit_past_its_use_is_no_alert_whoever_delivers_it(watching: Site) -> None:
    """A broker that hands a hit out again three hours later opens no door."""
    watching.walk(7)
    watching.run(6)
    message = next(heard for heard in watching.broker.heard if heard.topic == watching.topics.hit)
    watching.desk.seen.hits.clear()
    shown: list[object] = []
    watching.desk._on_hit = shown.append
    for span, shows in ((timedelta(minutes=9), 1), (timedelta(minutes=1), 1), (timedelta(hours=3), 1)):
        watching.officer_on_scene = False
        watching.clock.advance(span)
        watching.broker.forge(Outgoing(message.topic, message.payload))
        while watching.desk.step(timedelta(0)):
            pass
        assert len(shown) == shows, span
        watching.desk.seen.hits.clear()
    assert sum("past its usefulness" in why for why in watching.desk.seen.refused) == 2
