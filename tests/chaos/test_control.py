"""Figures of orders and hits: every order is timed to its effect, and a hit's stages make up the whole of its time."""

from __future__ import annotations

import json

import pytest

from hardware_sim import control


def test_every_order_is_timed_and_the_stages_of_a_hit_make_up_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    status = control.run(1, 2, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert {name.split()[0] for name in found["orders"]} == {"start", "presence", "stop"}
    assert len(found["orders"]) == 7
    assert found["hits"] >= 2 * control.HITS
    assert sum(stage["share"] for stage in found["stages"].values()) == pytest.approx(1, abs=0.01)
    assert all(spread["p50"] <= spread["p95"] <= spread["worst"] for spread in found["orders"].values())
    assert status == (0 if found["kept"] else 1)
