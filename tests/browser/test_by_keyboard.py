"""Nothing on the page needs a pointer, a large screen or colours; and no single letter does anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.domain.orders import Verdict
from tests.browser.day import Day, day
from tests.browser.operator import DESKTOP, Operator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "post-0001"
BETWEEN = timedelta(minutes=2)
"""After which somebody who comes to the same place is another passage."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    pytest.importorskip("playwright.sync_api", reason="no Playwright here: make test-browser")
    with day(tmp_path_factory.mktemp("day"), devices=1, second="never") as made:
        console = made.console("first")
        line = console.room.lines[f"fleet.{NAME}"]
        line.ask(line.begin).result(60)
        made.on_scene.add(NAME)
        made.until(lambda: made.looks(NAME), "it looks")
        yield made


@pytest.fixture
def operator(running: Day, browser: Browser, pictures: Path) -> Iterator[Operator]:
    made = Operator.at(browser, running.consoles["first"], pictures)
    yield made
    assert made.violations() == []
    made.close()


def focused(operator: Operator) -> str:
    found: str = operator.page.evaluate("document.activeElement.innerText || document.activeElement.value")
    return found.strip()


def test_a_hit_is_decided_by_the_keyboard_alone(running: Day, operator: Operator) -> None:
    keys = operator.page.keyboard
    running.walk(NAME, 4)
    operator.page.locator("article").wait_for()
    assert "High Street, north" in focused(operator), "the hit that opened has the focus"
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        keys.press(letter)
    assert operator.page.locator("#look").inner_text().startswith("Look")
    operator.looks()
    operator.wait(lambda: operator.page.evaluate("document.activeElement.type") == "radio")
    keys.press("ArrowDown")
    assert focused(operator) == Verdict.FALSE.value
    keys.press("ArrowUp")
    keys.press("Tab")
    assert focused(operator) == "Sign the decision"
    keys.press("Enter")
    operator.until("Its pictures are sealed")
    (case,) = running.consoles["first"].room.cases.all()
    assert [said.verdict for said in case.arrived.said] == [Verdict.CONFIRMED]


def test_a_second_hit_takes_nothing_away_from_whoever_is_deciding(running: Day, operator: Operator) -> None:
    running.pass_time(BETWEEN)
    operator.page.keyboard.press("F8")
    operator.until("Sound on")
    running.walk(NAME, 5)
    operator.page.locator("article").wait_for()
    shown = operator.page.locator("article").get_attribute("data-hit")
    operator.looks()
    cases = running.consoles["first"].room.cases
    before = len(cases.all())
    running.pass_time(BETWEEN)
    running.walk(NAME, 6)
    running.until(lambda: len(cases.all()) > before, "another hit")
    operator.until("2 waiting for a decision")
    assert operator.page.locator("article").get_attribute("data-hit") == shown
    operator.page.keyboard.press("F2")
    operator.wait(lambda: operator.page.locator("article").get_attribute("data-hit") != shown)


def test_it_fits_a_narrow_window_and_one_that_is_enlarged(operator: Operator) -> None:
    for width in (320, 412, 768):
        operator.page.set_viewport_size({"width": width, "height": 900})
        wide = operator.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels in a window of {width}"
        assert operator.judge() == []
    operator.page.set_viewport_size(DESKTOP)


def test_who_sees_no_colours_is_told_by_shapes_and_words(operator: Operator) -> None:
    operator.page.emulate_media(forced_colors="active")
    assert operator.page.locator(".device .state").first.inner_text().strip() == "looking"
    assert operator.page.locator(".device .mark circle").count() >= 1
    assert operator.judge() == []
