"""A whole deployment day: three devices, two operators, sixty hits; the broker dies, a device is lost, people err."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.control_room.console.cases import Case
from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.hits import HitReviewed
from edge.domain.orders import Verdict
from edge.wire.log import decode_leaf
from tests.browser.day import Day, day, entry
from tests.browser.operator import Operator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HITS = int(os.environ.get("LAMPPOST_HITS", "60"))
BETWEEN = timedelta(minutes=6)
WRONG = {4: Verdict.FALSE, 17: Verdict.FALSE, 33: Verdict.CONFIRMED}
"""What the first reviewer wrongly decides about which hits; the second puts it right."""
UNDECIDED = {9, 26, 48}
"""Hits about which both say that it cannot be told."""
BROKER_DIES, DEVICE_LOST = HITS // 3, 2 * HITS // 3
LIMIT = 1.0
"""Seconds from the capture until a hit is on the page."""
WORDS = {Verdict.CONFIRMED: "It is the person", Verdict.FALSE: "Not the person", Verdict.INCONCLUSIVE: "Cannot tell"}


class Shift:
    """The two of them, and what was measured."""

    def __init__(self, made: Day, browser: Any, pictures: Path) -> None:
        self.day = made
        self.first = Operator.at(browser, made.console("first"), pictures)
        self.second = Operator.at(browser, made.console("second"), pictures)
        self.shown: list[float] = []
        self.expected: Counter[Verdict] = Counter()
        self.known: set[str] = set()

    def case(self, number: int, *, to_the_other: bool = False) -> Case:
        """The hit of the next passage, once it has come to the first console, or lies in the folder."""

        def came() -> list[Case]:
            cases = self.first.console.room.cases.all()
            new = [case for case in cases if case.arrived.sealed.id not in self.known]
            return [case for case in new if case.arrived.came or to_the_other]

        self.day.until(came, f"hit {number}", 40)
        (case,) = came()
        self.known.add(case.arrived.sealed.id)
        return case

    def measure(self, case: Case) -> None:
        """How long it took from the capture until it was on the first operator's page."""
        content = case.arrived.content
        assert content is not None
        hit = case.arrived.sealed.id
        self.first.sees(hit)
        captured = (content.captured - self.day.clock.ahead).timestamp()
        self.shown.append(self.first.seen()[hit] - captured)

    def both_decide(self, case: Case, number: int) -> None:
        """Both look; they agree, or the second corrects the first."""
        hit = case.arrived.sealed.id
        right = Verdict.INCONCLUSIVE if number in UNDECIDED else Verdict.CONFIRMED
        if WRONG.get(number) is Verdict.CONFIRMED:
            right = Verdict.FALSE
        self.first.opens(hit)
        self.second.opens(hit)
        self.first.looks()
        self.second.looks()
        self.first.decides(WORDS[WRONG.get(number, right)])
        if number == 0:
            self.first.until("Waits for a second reviewer")
            self.second.until("You are the second reviewer")
            self.second.screen("second-reviewer")
        self.second.decides(WORDS[right])
        if number in WRONG:
            self.second.until("Two reviewers differ")
            if number == 4:
                self.second.screen("two-differ")
            self.second.looks()
            self.second.decides(WORDS[right])
        self.expected[right] += 1
        self.day.until(lambda: case.kept.is_told(case.sequence), f"the device knows of hit {number}", 40)


@pytest.fixture(scope="module")
def shift(browser: Browser, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    with day(tmp_path_factory.mktemp("day"), second="always") as made:
        yield Shift(made, browser, pictures)


def test_the_day(shift: Shift, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, first, second = shift.day, shift.first, shift.second
    first.screen("nothing-in-force")
    _start_everything(shift)
    for number in range(HITS):
        name = made.founded.names[number % 3]
        if number == BROKER_DIES:
            case = _broker_dies(shift, name, number)
        else:
            if number == DEVICE_LOST:
                _device_lost(shift, made.founded.names[(number + 1) % 3])
            made.walk(name, 1 + number % 20)
            case = shift.case(number)
            shift.measure(case)
        if number == 1:
            first.screen("hit")
        shift.both_decide(case, number)
        made.pass_time(BETWEEN)
    _afterwards(shift)
    _stop_everything(shift)

    reviews = _reviews(made)
    assert Counter(review.verdict for review in reviews) == shift.expected
    assert len(reviews) == HITS
    for operator in (first, second):
        assert operator.violations() == []
        assert [one for one in operator.troubles if "ERR_" not in one and "409" not in one] == []
    worst, median = max(shift.shown), statistics.median(shift.shown)
    with capsys.disabled():
        print(f"\nhits {HITS} reviewed {len(reviews)} corrected {sum(number < HITS for number in WRONG)}")
        print(f"capture to page, as a share of the limit of {LIMIT:.0f} s: median {median / LIMIT:.2f}, "
              f"worst {worst / LIMIT:.2f} of {len(shift.shown)} hits")  # fmt: skip
        print(f"screens judged, each in light and dark, desktop and tablet: {len(first.screens | second.screens)}")
    assert worst <= LIMIT


def _start_everything(shift: Shift) -> None:
    made, page = shift.day, shift.first.page
    for number, name in enumerate(made.founded.names):
        page.locator(f"[data-device='fleet.{name}']").get_by_role("button", name="Start…").click()
        page.get_by_text("TEST Authorisation").wait_for()
        if number == 0:
            shift.first.screen("start")
        page.get_by_role("button", name="Start it").click()
        page.locator(f"[data-device='fleet.{name}']").get_by_role("button", name="Stop…").wait_for()
    made.on_scene.update(made.founded.names)
    for name in made.founded.names:
        made.until(partial(made.looks, name), f"{name} looks")
    page.keyboard.press("F8")
    shift.first.until("Sound on")
    shift.first.screen("looking")


def _broker_dies(shift: Shift, name: str, number: int) -> Case:
    """Nobody is heard; somebody walks by meanwhile, and the hit comes late and says so."""
    made = shift.day
    made.brokers.site.kill()
    shift.first.until("Broker away")
    shift.first.screen("broker-away")
    made.walk(name, 1 + number % 20)
    made.until(lambda: made.posts[name].store.waits(), "the hit waits on its device", 20)
    made.clock.move_on(timedelta(seconds=30))
    made.brokers.site.start()
    both = (shift.first, shift.second)
    late = 'article[data-late="true"]'
    shift.first.wait(lambda: any(one.page.locator(late).count() for one in both), 180)
    next(one for one in both if one.page.locator(late).count()).screen("late-hit")
    for one in both:
        one.until("Connected", 180)
    return shift.case(number, to_the_other=True)


def _device_lost(shift: Shift, name: str) -> None:
    """A device loses power; when it is back, its deployment is begun again, and the officer confirms anew."""
    made = shift.day
    made.lose(name)
    shift.first.until("connection lost", 60)
    shift.first.screen("device-lost")
    made.switch_on(name)
    made.until(lambda: made.looks(name), f"{name} looks again", 90)


def _afterwards(shift: Shift) -> None:
    """A settled hit is sealed; opening it, or a copy of it, takes a reason."""
    first = shift.first
    page = first.page
    page.locator("summary").click()
    page.locator(".done .hit-row").first.click()
    first.until("Its pictures are sealed")
    first.screen("sealed")
    page.get_by_role("button", name="Take a marked copy…").click()
    assert page.get_by_role("button", name="Take the copy").is_disabled()
    first.screen("copy")
    page.get_by_label("Case, complaint or audit number").fill("court-7")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the copy").click()
    assert download.value.suggested_filename == "hit.png"
    page.get_by_role("button", name="Withdraw this entry…").or_(
        page.get_by_role("button", name="Withdraw an entry…")
    ).first.click()
    first.screen("withdraw")
    page.get_by_role("textbox", name="Entry").fill(entry(20))
    page.get_by_role("button", name="Withdraw it").click()
    page.keyboard.press("F1")
    first.screen("keys")
    page.get_by_role("button", name="Close").click()


def _stop_everything(shift: Shift) -> None:
    page, made = shift.first.page, shift.day
    made.on_scene.clear()
    for number in range(len(made.founded.names)):
        page.locator("button:enabled", has_text="Stop…").first.click()
        if number == 0:
            shift.first.screen("stop")
        page.get_by_role("button", name="Stop it for good").click()
        made.until(lambda number=number: len(_ended(made)) > number, "it has ended")  # type: ignore[misc]
        page.wait_for_timeout(500)


def _events(made: Day) -> list[Any]:
    stores = [post.store for post in made.posts.values()]
    return [decode_leaf(raw).event for store in stores for raw in store.leaves(0, store.size())]


def _reviews(made: Day) -> list[HitReviewed]:
    return [event for event in _events(made) if isinstance(event, HitReviewed)]


def _ended(made: Day) -> list[Ended]:
    return [event for event in _events(made) if isinstance(event, Ended) and event.why is EndReason.STOPPED]
