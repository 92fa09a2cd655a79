"""The retention policy says what the code does: every period in it is the very constant or setting that ends things."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from edge import machine, settings
from edge.adapters.files import ChunkedFiles
from edge.adapters.store import SqliteStore
from edge.cli import main
from edge.control_room.delivery import announcement
from edge.daemon.watch import Watching
from edge.domain import authorisation
from edge.domain.authorisation import Retention, UseCase
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.jobs import JobState
from edge.domain.orders import Hold
from edge.domain.retention import RetentionPolicy
from edge.domain.transfers import Content
from edge.measure.people import UNSIGNED
from edge.safeguards import breaker, deployment, jobs, orders, reviews, transfers
from edge.safeguards.deployment import Deployment
from edge.safeguards.policy import policy
from edge.safeguards.verify import Believed
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following
from edge.wire.signed import canonical, digest
from hardware_sim.site import Site
from tests.doors.test_jobs import job
from tests.doors.test_reviews import order_of
from tests.doors.test_transfers import order as announced
from tests.vectors.generate import RETENTION

SECOND = timedelta(seconds=1)
NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


def here(following: Following | None = None, choosing: Choosing | None = None) -> RetentionPolicy:
    return policy(following or Following(), choosing or Choosing())


def begun(site: Site) -> Deployment:
    document = replace(site.authorisation(site.list_of(7)), not_after=NOW.wall + timedelta(days=365))
    made = Deployment.begun(Believed(document, "0" * 64, UNSIGNED), NOW)
    made.list_opened = NOW
    return made


def list_is_destroyed(site: Site, span: timedelta) -> bool:
    return begun(site).over(NOW.later(span)) is EndReason.LIST_TOO_OLD


def unused_list_is_destroyed(site: Site, span: timedelta) -> bool:
    made = begun(site)
    made.idle_since = NOW
    return made.over(NOW.later(span)) is EndReason.PAUSED_TOO_LONG


def undelivered_is_too_long(site: Site, span: timedelta) -> bool:
    return _refused(lambda: Retention(hit=timedelta(days=1), undelivered=span + SECOND))


def retention_is_too_long(site: Site, span: timedelta) -> bool:
    return _refused(lambda: Retention(hit=span + SECOND, undelivered=SECOND))


def _refused(make: Callable[[], Retention]) -> bool:
    try:
        make()
    except ValueError:
        return True
    return False


def hold_is_too_long(site: Site, span: timedelta) -> bool:
    until = site.clock.now().wall + span + SECOND
    order = order_of(site, Hold(hit="x", sequence=1, until=until, reference="case"), site.office.officer)
    return "lives-too-long" in str(site.device.daemon.tell._retention._reviews.hold(order, site.clock.now()))


def flood_is_over(site: Site, span: timedelta) -> bool:
    document = site.authorisation(site.list_of(7), use_case=UseCase.CRIME_HOTSPOT, max_fpir=Decimal("0.01"))
    believed, door = Believed(document, "0" * 64, UNSIGNED), breaker.Breaker()
    for number in range(breaker.FLOOD_SUSPECTED):
        door.told(believed, NOW if number == 0 else NOW.later(span + SECOND), suspected=True)
    return door._due(believed) is None


def result_is_forgotten(site: Site, span: timedelta) -> bool:
    from edge.control_room import deploy

    def results() -> set[str]:
        deploy.status(site.desk, site.office.operator)
        with site.device.store.transaction() as transaction:
            return set(transaction.names("orders/result/"))

    site.run(1)
    before = results()
    (new,) = results() - before
    site.clock.advance(span)
    return new not in results()


def transfer_is_given_up(site: Site, span: timedelta) -> bool:
    folder = Path(tempfile.mkdtemp(dir=site.folder))
    door = transfers.Transfers(SqliteStore(folder / "journal.sqlite"), ChunkedFiles(folder / "blobs"))
    door.announce(announced(announcement(Content.WATCHLIST, b"x"), at=NOW), NOW)
    return bool(door.overdue(NOW.later(span)))


def job_is_forgotten(site: Site, span: timedelta) -> bool:
    table = jobs.Jobs(SqliteStore(Path(tempfile.mkdtemp(dir=site.folder)) / "journal.sqlite"))
    table.begin(job("one", now=NOW))
    table.end("one", JobState.SUCCEEDED, NOW)
    table.begin(job("two", now=NOW.later(span)))
    return table.get("one") is None


CONSTANTS = [
    ("list", deployment, "LIST_LIFE", list_is_destroyed),
    ("list-sealed", transfers, "TRANSFER_LIFE", transfer_is_given_up),
    ("transfer", transfers, "TRANSFER_LIFE", transfer_is_given_up),
    ("job", jobs, "KEPT", job_is_forgotten),
    ("list-unused", deployment, "PAUSE_LIMIT", unused_list_is_destroyed),
    ("hit-waiting", authorisation, "MAX_UNDELIVERED", undelivered_is_too_long),
    ("hit", authorisation, "MAX_HIT_RETENTION", retention_is_too_long),
    ("hit-number", authorisation, "MAX_HIT_RETENTION", retention_is_too_long),
    ("hit-held", reviews, "MAX_HOLD", hold_is_too_long),
    ("hit-times", breaker, "FLOOD_SPAN", flood_is_over),
    ("order-result", orders, "REMEMBERED", result_is_forgotten),
]
IN_SETTINGS = {"sample", "track"}
"""They are shown to be used by tests/steps/test_best_shot.py and test_follow.py, and here to be the ones printed."""


@pytest.mark.parametrize(("name", "home", "constant", "is_over"), CONSTANTS, ids=[row[0] for row in CONSTANTS])
def test_a_period_is_the_very_constant_that_ends_things(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, home: object, constant: str,
    is_over: Callable[[Site, timedelta], bool],
) -> None:  # fmt: skip
    said = here().of(name).at_most
    assert said is not None
    assert is_over(site, said)
    shorter = said / 2
    assert not is_over(site, shorter)
    monkeypatch.setattr(home, constant, shorter)
    assert here().of(name).at_most == shorter
    assert is_over(site, shorter)


def test_every_period_with_an_end_in_time_is_one_of_these() -> None:
    timed = {period.name for period in here().periods if period.at_most is not None}
    assert timed == {row[0] for row in CONSTANTS} | IN_SETTINGS
    assert len({period.name for period in here().periods}) == len(here().periods)


def test_the_settings_of_the_frame_path_are_the_ones_printed() -> None:
    assert here().of("sample").at_most == Choosing().sample_life == timedelta(seconds=3)
    assert here().of("track").at_most == Following().searched_life == timedelta(seconds=30)
    longer = here(Following(searched_life=timedelta(seconds=31)), Choosing(sample_life=timedelta(seconds=4)))
    assert (longer.of("track").at_most, longer.of("sample").at_most) == (timedelta(seconds=31), timedelta(seconds=4))


def test_no_frame_and_no_features_have_a_time_in_which_they_may_lie_about() -> None:
    assert here().of("frame").at_most is None
    assert here().of("features").at_most is None


def test_it_is_word_for_word_the_one_that_is_published() -> None:
    """People sign for it, and authorisations bind its digest: no word of it changes unless somebody means it to.

    ``python -m tests.vectors.generate`` publishes it anew; authorisations in force then have to be signed anew.
    """
    assert msgspec.json.decode(RETENTION.read_bytes(), type=RetentionPolicy) == here()


CONFIGURATION = """\
[device]
site = "a"
name = "b"
epoch = "c"
[paths]
state = "s"
trust_root = "t"
models = "m"
calibration = "c"
key = "k"
[broker]
host = "h"
ca = "c"
certificate = "d"
key = "k"
"""


def test_authorisations_bind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its digest is part of the configuration's: a device that keeps something longer needs another authorisation."""
    (tmp_path / "c.toml").write_text(CONFIGURATION)
    configured = settings.load(tmp_path / "c.toml")
    before = machine.configuration(configured, Watching())
    monkeypatch.setattr(deployment, "PAUSE_LIMIT", timedelta(minutes=11))
    assert machine.configuration(configured, Watching()) != before


def test_it_is_printed_for_machines_and_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retention", "--json"]) == 0
    printed = capsys.readouterr().out.strip()
    assert digest(printed.encode()) == digest(canonical(machine.retention()))
    assert {period["name"]: period["at_most"] for period in json.loads(printed)["periods"]}["list-unused"] == "PT600S"
    assert main(["retention"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"digest {digest(printed.encode())}"
    assert any(line.split()[:3] == ["list-unused", "10", "min"] for line in lines)
    assert any(line.split()[:3] == ["sample", "3", "s"] for line in lines)
