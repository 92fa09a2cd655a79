"""Metrics are health, number by number."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.adapters.metrics import Endpoint
from edge.domain.health import BOUNDS_MS, Concern, Stage
from edge.domain.metric import MetricType
from edge.wire.health import Health
from edge.wire.metrics import families
from hardware_sim.site import Site

Labels = tuple[tuple[str, str], ...]


@pytest.fixture
def health(watching: Site) -> Health:
    """Of a device that has had a hit, with everything told that a machine may not tell."""
    watching.walk(7)
    watching.run(20)
    found = watching.device.daemon.report.observer.latest
    assert found is not None
    return replace(
        found,
        concerns=(Concern.HOT,),
        machine=replace(found.machine, celsius=81, disk_free_bytes=5_000_000_001, store_bytes=77_777),
        link=replace(found.link, certificate_expires=datetime(2027, 1, 2, 3, tzinfo=UTC), counters={"link-cut": 6}),
    )


def exposed(health: Health) -> dict[tuple[str, Labels], float]:
    """As a reader of the endpoint's text has it."""
    endpoint = Endpoint("127.0.0.1", 0, lambda: families(health))
    try:
        text = endpoint.answer(b"GET /metrics HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")[2].decode()
    finally:
        endpoint._server.server_close()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def numbers(found: Any) -> Iterator[float]:
    """Every number in a document, however deep."""
    if isinstance(found, bool | int):
        yield float(found)
    elif isinstance(found, dict):
        for part in found.values():
            yield from numbers(part)
    elif isinstance(found, list):
        for part in found:
            yield from numbers(part)


def test_every_number_that_health_says_is_exposed(health: Health) -> None:
    document = msgspec.to_builtins(health)
    values = set(exposed(health).values())
    scaled = {round(value * 1e6) for value in values}
    for number in numbers(document):
        # Microseconds and milliseconds are exposed in seconds.
        assert number in values or number in scaled or number * 1000 in scaled, number


def test_every_word_and_digest_that_health_says_is_exposed(health: Health) -> None:
    labels = {value for (_, found) in exposed(health) for _, value in found}
    for digest in ("detector", "embedder", "calibration", "trust_root", "version"):
        assert getattr(health.software, digest) in labels
    assert {health.zone, health.configuration, health.boot, health.site, health.device} <= labels


def test_states_are_one_or_nought(health: Health) -> None:
    found = exposed(health)
    assert found["lamppost_concern", (("concern", "hot"),)] == 1
    assert found["lamppost_concern", (("concern", "disk-low"),)] == 0
    assert [value for (name, _), value in found.items() if name == "lamppost_condition"].count(1) == 1
    assert found["lamppost_condition", (("condition", health.condition.value),)] == 1


def test_a_reason_that_is_over_is_shown_as_over(watching: Site) -> None:
    watching.run(12)
    health = watching.device.daemon.report.observer.latest
    assert health is not None
    assert health.reasons == ()
    assert exposed(health)["lamppost_reason", (("reason", "no-authorisation"),)] == 0


def test_histograms_are_what_prometheus_takes_for_one(health: Health) -> None:
    found = exposed(health)
    for stage in Stage:
        buckets = [
            value
            for (name, labels), value in found.items()
            if name == "lamppost_stage_duration_seconds_bucket" and ("stage", stage.value) in labels
        ]
        assert len(buckets) == len(BOUNDS_MS) + 1
        assert buckets == sorted(buckets)
        assert buckets[-1] == found["lamppost_stage_duration_seconds_count", (("stage", stage.value),)]


def test_what_is_not_told_is_left_out_and_not_nought(health: Health) -> None:
    silent = replace(health, machine=replace(health.machine, celsius=None, disk_free_bytes=None))
    names = {name for name, _ in exposed(silent)}
    assert "lamppost_temperature_celsius" not in names
    assert "lamppost_disk_free_bytes" not in names


def test_names_follow_the_conventions(health: Health) -> None:
    for family in families(health):
        assert family.name.startswith("lamppost_")
        assert family.help.endswith(".")
        ending = {MetricType.COUNTER: ("_total",), MetricType.HISTOGRAM: ("_bucket", "_sum", "_count")}
        for sample in family.samples:
            suffix = sample.name.removeprefix(family.name)
            assert suffix in ending.get(family.type, ("",))


def test_prometheus_itself_has_nothing_to_say_against_it(health: Health) -> None:
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if not promtool:
        pytest.skip("no promtool: apt-get install prometheus, or name it with PROMTOOL")
    endpoint = Endpoint("127.0.0.1", 0, lambda: families(health))
    text = endpoint.answer(b"GET /metrics HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")[2]
    endpoint._server.server_close()
    ran = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, b"")
