"""What became of hits, in shares with intervals and in times: of stories in which everybody can count along."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.audit.course import Share, Spread
from edge.audit.figures import Figures
from edge.audit.publish import as_html
from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Ended, Suspended
from edge.domain.orders import Verdict
from edge.steps.interval import clopper_pearson
from tests.audit.cast import at
from tests.audit.folders import examined
from tests.audit.mornings import a_morning, acknowledged, committed, review
from tests.audit.story import Story


def a_morning_of_four() -> Story:
    """Four hits: confirmed, not the person and then confirmed after all, could not tell, and one that nobody saw."""
    story = a_morning()
    for sequence, when, late in ((2, 1310, 3), (3, 1312, 11)):
        story.add(when, committed(sequence))
        story.add(when + late, acknowledged(sequence))
    story.add(1313, committed(4))
    story.add(1446, review(story, 1446, 2, Verdict.FALSE))
    story.add(1450, review(story, 1450, 2, Verdict.CONFIRMED))
    story.add(1447, review(story, 1447, 3, Verdict.INCONCLUSIVE))
    return story


@pytest.fixture
def figures(tmp_path: Path) -> Figures:
    (found,) = examined(a_morning_of_four(), tmp_path / "bundle").deployments
    return found


def test_every_decision_has_its_share_and_an_exact_interval(figures: Figures) -> None:
    said = figures.decisions
    shares = said.confirmed, said.not_the_person, said.cannot_tell, said.unreviewed
    assert [(one.count, one.of) for one in shares] == [(2, 4), (0, 4), (1, 4), (1, 4)]
    assert sum(one.count for one in shares) == figures.hits.committed
    for one in shares:
        assert (one.low, one.high) == clopper_pearson(one.count, one.of)
        assert one.low <= one.count / one.of <= one.high
    assert said.revised == 1


def test_times_begin_when_a_hit_was_recorded_and_the_first_when_the_camera_was_opened(figures: Figures) -> None:
    times = figures.times
    assert times.to_first_hit == 80
    assert times.to_delivery == Spread(of=3, median=11, nine_in_ten=20, longest=20)
    assert times.to_decision == Spread(of=3, median=136, nine_in_ten=140, longest=140)
    assert times.looked_at == Spread(of=3, median=20, nine_in_ten=20, longest=20)
    assert (times.late, times.expired) == (2, 0)


def test_where_nothing_happened_nothing_took_any_time() -> None:
    assert Spread.across([]) is None
    assert Share.among(0, 0) == Share(count=0, of=0, low=0.0, high=1.0)
    nine = Spread.across(timedelta(seconds=second) for second in range(1, 11))
    assert nine == Spread(of=10, median=5.5, nine_in_ten=9, longest=10)


def test_a_suspension_is_said_with_its_time_and_reason(tmp_path: Path) -> None:
    story = a_morning()
    story.add(1508, Suspended(authorisation="operation-1", searches=70, false=2))
    story.change(Ended, why=EndReason.SUSPENDED)
    report = examined(story, tmp_path / "bundle")
    suspended = [figures for figures in report.deployments if figures.suspended]
    assert suspended
    when = suspended[0].ended_early
    assert when is not None
    assert report.totals is not None
    assert report.totals.suspended == len(suspended)
    assert "too many false alerts" in as_html(report)
    assert "Deployments ended by the breaker" in as_html(report)
    assert not suspended[0].flooded
    assert when == at(1508)


def test_nothing_ended_a_quiet_morning_early(tmp_path: Path) -> None:
    (figures,) = examined(a_morning(), tmp_path / "bundle").deployments
    assert (figures.ended_early, figures.suspended, figures.flooded) == (None, False, False)
    assert figures.times.to_first_hit == (at(1300) - at(1220)).total_seconds()
    assert figures.references["impact_assessment"]
