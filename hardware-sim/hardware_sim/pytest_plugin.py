"""A plug-in of pytest: the verbs of the scripted grade for integrators' own promises, and their scenarios as tests.

``scenario`` is a fixture: a device, its street and its office, on which a test does and breaks what it likes::

    def test_our_post_is_idle_by_night(scenario):
        scenario.do("deploy", people=[7], minutes=60)
        scenario.do("officer", on_scene=True)
        scenario.wait(3600)
        scenario.expect(condition="idle", camera="shut")

Whatever a test does, every promise of the product is held against it; one that is broken fails the test, with its name.
Files called ``*.scenario.toml`` below the folders that pytest is given are tests too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hardware_sim.timeline.play import Breach, Outcome, Player, checked, play
from hardware_sim.timeline.scenario import Row, Scenario, Set, read

SUFFIX = ".scenario.toml"
MARKER = "scenario_set"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", f"{MARKER}(**facts): what stands there before the scenario begins, as in [set]")


class Playing:
    """The verbs, one call each."""

    def __init__(self, folder: Path, chosen: Set, seed: int) -> None:
        self._made = Scenario("test", "a test of its own", seed, 0.0, chosen, ())
        self._player = Player(self._made, folder)
        self._player.until(timedelta(seconds=1))

    @property
    def outcome(self) -> Outcome:
        """What it has come to: its breaches, and its event log."""
        return self._player.outcome

    @property
    def seconds(self) -> float:
        """Since the scenario began."""
        return self._player.story.stand.clock.seconds

    def do(self, act: str, *, refused: str = "", unanswered: bool = False, **facts: object) -> None:
        """Have somebody do something; ``refused`` is the reason for which the device must not."""
        self._play(Row(self.seconds, do=act, facts=facts, refused=refused, unanswered=unanswered))

    def breaks(self, fault: str, *, lasts: float | None = None, **facts: object) -> None:
        """Have something break, for so many seconds or for good."""
        self._play(Row(self.seconds, fault=fault, facts=facts, lasts=lasts))

    def expect(self, **wanted: object) -> None:
        """Have it be so now; dashes in names are written as underscores."""
        before = len(self.outcome.breaches)
        self._play(Row(self.seconds, expect={name.replace("_", "-"): value for name, value in wanted.items()}))
        fresh = [one for one in self.outcome.breaches[before:] if one.what == "expected"]
        if fresh:
            pytest.fail(said(fresh), pytrace=False)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._player.until(timedelta(seconds=self.seconds + seconds))

    def over(self) -> list[Breach]:
        """What was broken, when everything is over."""
        self._player.judge()
        self._player.story.stand.close()
        return self.outcome.breaches

    def _play(self, row: Row) -> None:
        checked(Scenario("test", "", self._made.seed, 0.0, self._made.set, (row,)))
        self._player.row(row)


@pytest.fixture
def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Playing]:
    """A site to play on. The test fails where a promise is broken, whatever the test itself says."""
    marker = request.node.get_closest_marker(MARKER)
    facts = dict(marker.kwargs) if marker is not None else {}
    playing = Playing(tmp_path / "scenario", Set(**facts), seed=1)
    yield playing
    breaches = playing.over()
    if breaches:
        pytest.fail(said(breaches), pytrace=False)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Scenarios that lie among the tests."""
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A file with one scenario."""

    def collect(self) -> Iterable[pytest.Item]:
        """That one."""
        yield ScenarioItem.from_parent(self, name=self.path.name.removesuffix(SUFFIX))


class BrokenScenario(Exception):
    """It did not hold."""


class ScenarioItem(pytest.Item):
    """One scenario, as a test."""

    def runtest(self) -> None:
        """Play it."""
        outcome = play(read(self.path))
        if not outcome.held:
            raise BrokenScenario(said(outcome.breaches))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """What did not hold, and nothing of how it was found out."""
        if isinstance(excinfo.value, BrokenScenario):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, 0, f"scenario {self.name}"


def said(breaches: Iterable[Breach]) -> str:
    """A line for each."""
    return "\n".join(f"second {one.second:g}: {one.what}: {one.sentence}" for one in breaches)
