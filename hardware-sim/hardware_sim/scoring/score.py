"""The figures of one run."""

from __future__ import annotations

import statistics
from pathlib import Path

import msgspec

from edge.domain.errors import Misconfigured
from edge.domain.leaves.hits import HitWithheld
from hardware_sim.rates import Rate
from hardware_sim.timeline.play import Outcome
from hardware_sim.timeline.samples import Sample
from hardware_sim.timeline.truth import Passage

FORMAT = "hardware-sim-report/1"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many of so many, with the exact 95 % interval of Clopper and Pearson."""

    count: int
    of: int
    share: float | None
    """None where there was nothing to count."""
    low: float
    high: float

    @classmethod
    def that(cls, count: int, of: int) -> Share:
        """Compute it."""
        rate = Rate(count, of)
        low, high = rate.interval() if of else (0.0, 1.0)
        return cls(count=count, of=of, share=rate.share if of else None, low=low, high=high)

    def __str__(self) -> str:
        if self.share is None:
            return "nothing to count"
        return f"{self.share:.1%} ({self.count} of {self.of}; {self.low:.1%} to {self.high:.1%})"


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Something that did not hold."""

    second: float
    what: str
    sentence: str


class Score(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    format: str
    grade: str
    scenario: str
    says: str
    seed: int
    lasts: float
    """Device-seconds."""
    speed: float
    """Device-seconds in a second of the processor."""
    held: bool
    broken: tuple[Broken, ...]
    passages: int
    """That were in view while the device was looking."""
    fnir: Share
    """Passages of listed people that gave no hit."""
    fpir: Share
    """Passages of unlisted people that gave a hit."""
    seconds_to_hit: tuple[float, ...]
    """From the begin of each found passage to its hit's commit, rising."""
    hits: int
    acknowledged: int
    expired: int
    withheld: int
    survived: tuple[str, ...]
    """Faults, in the order in which they began."""
    starts: int
    leaves: int
    evidence_verified: bool
    samples: tuple[Sample, ...]

    @property
    def to_hit(self) -> float | None:
        """Median seconds to a hit."""
        return statistics.median(self.seconds_to_hit) if self.seconds_to_hit else None


def of(outcome: Outcome) -> Score:
    """The score of a run."""
    story, record = outcome.story, outcome.story.record
    watched = [one for one in story.stand.truth.passages if one.was_seen and one.watched]
    listed = [one for one in watched if one.listed]
    others = [one for one in watched if not one.listed]
    counts = record.counts
    found = sorted(one.hit_after.total_seconds() for one in listed if one.hit_after is not None)
    return Score(
        format=FORMAT,
        grade="scripted",
        scenario=outcome.scenario.name,
        says=outcome.scenario.says,
        seed=outcome.scenario.seed,
        lasts=outcome.scenario.lasts,
        speed=round(outcome.scenario.lasts / max(outcome.took, 1e-9), 1),
        held=outcome.held,
        broken=tuple(Broken(second=one.second, what=one.what, sentence=one.sentence) for one in outcome.breaches),
        passages=len(watched),
        fnir=Share.that(sum(not one.found for one in listed), len(listed)),
        fpir=Share.that(sum(_is_false(one) for one in others), len(others)),
        seconds_to_hit=tuple(round(one, 2) for one in found),
        hits=counts["hit-committed"],
        acknowledged=counts["hit-acknowledged"],
        expired=counts["hit-expired"],
        withheld=sum(isinstance(one.leaf.event, HitWithheld) for one in record.leaves),
        survived=tuple(story.survived),
        starts=story.stand.starts,
        leaves=len(record.leaves),
        evidence_verified=not any(one.what == "the-evidence-verifies" for one in outcome.breaches),
        samples=tuple(outcome.samples.all) if outcome.samples is not None else (),
    )


def read(path: Path) -> Score:
    """A score that was written before. Raises Misconfigured."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Score)
    except OSError as error:
        raise Misconfigured(f"The report {path} cannot be read: {error.strerror}.", "Name a report.json.") from error
    except msgspec.MsgspecError as error:
        raise Misconfigured(f"{path} is no report of a run: {error}.", "Name a report.json.") from error


def _is_false(passage: Passage) -> bool:
    return passage.found > 0
