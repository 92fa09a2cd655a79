"""The dashboard and the alerts speak of metrics and labels that there are, and no metric goes unshown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.domain.condition import Condition
from edge.domain.health import Concern
from edge.wire.metrics import families
from hardware_sim.site import Site

DEPLOY = Path(__file__).parents[2] / "deploy"
BOARD = DEPLOY / "grafana" / "lamppost.json"
RULES = DEPLOY / "prometheus" / "lamppost.rules.yml"
NAME = re.compile(r"\blamppost_[a-z_]+")
OWN = {"up"}
"""What Prometheus itself measures of whoever it asks."""


@pytest.fixture
def exposed(site: Site) -> dict[str, set[str]]:
    """The names of samples that there are, by their family, those of a silent machine too."""
    site.run(1)
    health = site.device.daemon.report.observer.latest
    assert health is not None
    found = {}
    for family in families(health):
        ending = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type.value, ("",))
        found[family.name] = {family.name + suffix for suffix in ending}
        assert {sample.name for sample in family.samples} <= found[family.name]
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(BOARD.read_text())["panels"] if panel["type"] != "row"]


def of_board() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def of_rules() -> list[str]:
    found = re.findall(r"^ +expr: (.+)$", RULES.read_text(), re.MULTILINE)
    assert len(found) == RULES.read_text().count("- alert:") > 10
    return found


def names(expressions: list[str]) -> Iterator[tuple[str, str]]:
    for expression in expressions:
        for name in NAME.findall(expression):
            yield name, expression


def test_every_metric_that_is_asked_for_there_is(exposed: dict[str, set[str]]) -> None:
    there = set().union(*exposed.values())
    for name, expression in names(of_board() + of_rules()):
        assert name in there, expression


def test_every_expression_asks_for_a_metric() -> None:
    for expression in of_board() + of_rules():
        assert NAME.search(expression) or any(re.match(rf"{own}\b", expression) for own in OWN), expression


def test_every_metric_is_shown(exposed: dict[str, set[str]]) -> None:
    shown = {name for name, _ in names(of_board())}
    unshown = {family for family, samples in exposed.items() if not samples & shown}
    assert unshown == set()


def test_labels_that_are_compared_have_values_that_there_are() -> None:
    known = {"condition": {one.value for one in Condition}, "concern": {one.value for one in Concern}}
    compared = [pair for text in of_board() + of_rules() for pair in re.findall(r'(\w+)="([^"]*)"', text)]
    assert compared
    for label, value in compared:
        assert value in known.get(label, {value}), (label, value)


def test_alerts_are_there_for_what_must_wake_somebody() -> None:
    asked = {name for name, _ in names(of_rules())}
    assert {
        "lamppost_health_timestamp_seconds", "lamppost_condition", "lamppost_outbox_hits", "lamppost_clock_trusted",
        "lamppost_certificate_expires_timestamp_seconds", "lamppost_temperature_celsius", "lamppost_disk_free_bytes",
    } <= asked  # fmt: skip
    assert RULES.read_text().count("remedy:") == len(of_rules())


def test_panels_overlap_nowhere_and_have_titles_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(BOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    ids = [panel["id"] for panel in json.loads(BOARD.read_text())["panels"]]
    assert len(set(ids)) == len(ids)


def test_the_board_shows_nobody() -> None:
    assert not re.search(r"person|face_|entry|watchlist|hit\{", " ".join(of_board()))


@pytest.fixture
def promtool() -> str:
    found = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if not found:
        pytest.skip("no promtool: apt-get install prometheus, or name it with PROMTOOL")
    return found


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "lamppost.rules.yml"), ("check", "config", "prometheus.yml"),
     ("test", "rules", "lamppost.test.yml")],
)  # fmt: skip
def test_prometheus_itself_takes_the_rules_and_they_do_what_they_say(promtool: str, arguments: tuple[str, ...]) -> None:
    ran = subprocess.run([promtool, *arguments], cwd=RULES.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "SUCCESS" in ran.stdout


def test_prometheus_itself_takes_every_expression_of_the_board(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"board:{number}", "expr": expression.replace("$device", ".*")}
        for number, expression in enumerate(of_board())
    ]
    path = tmp_path / "board.yml"
    path.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    ran = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
