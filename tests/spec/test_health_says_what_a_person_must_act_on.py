"""Health: every ten seconds and on change, whole numbers and closed words, and no finer about passers-by than that."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from edge.domain.condition import Condition
from edge.domain.errors import Reason
from edge.domain.health import ADVICE, Concern, Stage
from edge.domain.host import Heat, Vitals
from edge.ports import Store
from edge.wire.events import disclose, read
from edge.wire.health import Health
from edge.wire.signed import Kind
from hardware_sim.disk import SlowStore
from hardware_sim.site import Site


def said(site: Site) -> list[Health]:
    """All that was said, as anybody at the broker has it."""
    return [
        read(disclose(heard.payload, Kind.HEALTH), Health)
        for heard in site.broker.heard
        if heard.topic == site.topics.health
    ]


def last(site: Site) -> Health:
    assert site.desk.seen.health is not None
    return site.desk.seen.health


def latency(health: Health, stage: Stage) -> tuple[int, int]:
    """How many, and milliseconds in all."""
    (one,) = (one for one in health.latencies if one.stage is stage)
    return one.counts[-1], one.sum_ms


def test_where_nothing_changes_it_is_said_every_ten_seconds(site: Site) -> None:
    site.run(5)
    before = len(said(site))
    site.run(60)
    assert len(said(site)) - before == 6


def test_a_change_that_a_person_must_act_on_is_said_within_a_second_or_so(watching: Site) -> None:
    watching.run(12)
    before = len(said(watching))
    watching.device.host.weather = Heat(70.0, throttled=True)
    watching.run(1.2)
    (health,) = said(watching)[before:]
    assert health.concerns == (Concern.THROTTLED,)
    assert health.machine.throttled
    assert ADVICE[Concern.THROTTLED]


def test_a_device_that_stops_looking_says_why_in_its_health_too(watching: Site) -> None:
    watching.run(12)
    watching.officer_on_scene = False
    watching.run(185)
    assert last(watching).condition is Condition.PAUSED
    assert last(watching).reasons == (Reason.NO_PRESENCE,)
    watching.run(20)
    looks = {one.reason: one.looks for one in last(watching).gate}
    assert looks[Reason.NO_PRESENCE] >= 15


def test_what_flickers_is_said_at_most_once_a_second(watching: Site) -> None:
    watching.run(12)
    before = len(said(watching))
    for flick in range(100):
        watching.device.host.weather = Heat(40.0, throttled=bool(flick % 2))
        watching.run(0.1)
    assert len(said(watching)) - before <= 11


def test_counts_are_read_every_ten_seconds_even_where_it_is_said_oftener(watching: Site) -> None:
    watching.walk(7)
    for flick in range(40):
        watching.device.host.weather = Heat(40.0, throttled=bool(flick % 2))
        watching.run(1)
    told = said(watching)
    assert len(told) > 30
    by_reading: dict[object, set[str]] = {}
    for health in told:
        numbers = (
            f"{sorted(health.counters.items())} {health.latencies} {health.outbox} {sorted(health.gauges.items())}"
        )
        by_reading.setdefault(health.counted, set()).add(numbers)
    assert all(len(numbers) == 1 for numbers in by_reading.values())
    readings = sorted(health.counted for health in told)
    assert all(b - a >= timedelta(seconds=10) for a, b in pairwise(readings) if a != b)


def test_every_stage_of_a_hit_is_timed(watching: Site) -> None:
    watching.walk(7)
    watching.run(20)
    health = last(watching)
    frames, hits = health.counters["frames"], health.counters["hits"]
    assert hits == 1
    assert latency(health, Stage.DETECT)[0] == latency(health, Stage.SAMPLE)[0] == frames
    assert latency(health, Stage.CAPTURE_TO_DETECT)[0] == frames
    assert latency(health, Stage.SEARCH)[0] == health.counters["searches"]
    for stage in (Stage.SEAL, Stage.COMMIT, Stage.CAPTURE_TO_COMMIT, Stage.PUBLISH_TO_ACK):
        assert latency(health, stage)[0] == 1, stage


def test_a_slow_detector_shows_where_the_time_goes(watching: Site) -> None:
    watching.run(11)
    before = latency(last(watching), Stage.DETECT)
    watching.senses.detector.takes = timedelta(milliseconds=30)  # type: ignore[attr-defined]
    watching.run(10)
    frames, spent = (b - a for a, b in zip(before, latency(last(watching), Stage.DETECT), strict=True))
    assert 0 < spent <= 30 * frames
    assert spent % 30 == 0


def test_hits_that_nobody_signs_for_are_a_concern(watching: Site) -> None:
    watching.officer_on_scene = False  # whose answers would be eaten too; the lease lasts
    watching.device.link.eats_publishes = True
    watching.walk(7)
    watching.run(45)
    watching.device.link.eats_publishes = False
    health = watching.device.daemon.report.observer.latest
    assert health is not None
    assert health.outbox.hits == 1
    assert health.outbox.bytes > 1_000
    assert 30 <= health.outbox.oldest_seconds <= 45
    assert Concern.OUTBOX_WAITS in health.concerns


def test_it_names_what_runs_and_what_it_was_set_up_with(watching: Site) -> None:
    watching.run(12)
    health, deployment = last(watching), watching.desk.seen.deployment
    assert deployment is not None
    same = ("detector", "embedder", "calibration")
    assert [getattr(health.software, one) for one in same] == [getattr(deployment, one) for one in same]
    assert (health.zone, health.configuration) == (deployment.zone, deployment.configuration)
    assert health.software.trust_root_version == 1
    assert health.up_seconds >= 10


def test_the_machine_tells_its_memory_and_its_clock(watching: Site) -> None:
    watching.run(12)
    health = last(watching)
    told = watching.device.host.numbers
    assert health.machine.memory_bytes == told.memory_bytes
    assert health.machine.store_bytes == told.store_bytes
    assert (health.clock.offset_us, health.clock.error_us) == (told.clock_offset_us, told.clock_error_us)
    assert health.clock.trusted
    assert health.clock.synchronised
    watching.clock.trusted = False
    watching.run(2)
    assert Concern.CLOCK_UNTRUSTED in last(watching).concerns


class Small(SlowStore):
    """A store on a disk of any size."""

    def __init__(self, store: Store, left: list[int]) -> None:
        super().__init__(store, lambda: None)
        self._left = left

    def survey(self) -> int:
        return self._left[-1]


def test_a_disk_that_fills_up_is_a_concern(tmp_path: Path) -> None:
    left = [200 << 20]
    site = Site(tmp_path, disk=lambda store: Small(store, left))
    site.run(12)
    assert (last(site).concerns, last(site).machine.disk_free_bytes) == ((), 200 << 20)
    left.append((200 << 20) - 1)
    site.device.host.numbers = Vitals()
    site.run(3)
    assert last(site).concerns == (Concern.DISK_LOW,)
    assert last(site).machine.disk_free_bytes == (200 << 20) - 1
    assert last(site).machine.memory_bytes is None


def test_a_certificate_that_ends_soon_is_a_concern_of_the_one_in_use(watching: Site) -> None:
    watching.run(12)
    assert last(watching).link.certificate_expires is None
    ends = watching.clock.now().wall + timedelta(days=13)
    watching.device.link.certificate_ends = ends
    watching.run(2)
    assert last(watching).link.certificate_expires == ends
    assert last(watching).concerns == (Concern.CERTIFICATE_EXPIRES,)


def test_after_a_new_connection_it_is_said_at_once(watching: Site) -> None:
    watching.run(12)
    watching.device.link.cut()
    watching.run(3)
    before = len(said(watching))
    watching.device.link.connect()
    watching.run(0.2)
    assert len(said(watching)) > before
    watching.run(2)
    assert last(watching).link.connections == 2
