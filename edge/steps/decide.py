"""From a finding to a hit: at most one per passage."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.domain.authority import Identifier
from edge.domain.comparison import Finding, Hit, ScoreBand
from edge.domain.face import Probe
from edge.steps import presentation
from edge.steps.follow import Track
from edge.steps.presentation import Suspecting


@dataclass(frozen=True, slots=True)
class Banding:
    """Where the score bands end, above the threshold."""

    at_threshold: float = 0.05
    """Width of the lowest band: how a score is told, never whether."""
    above: float = 0.15


@dataclass(frozen=True, slots=True)
class Deciding:
    """Settings of a hit."""

    suspecting: Suspecting = field(default_factory=Suspecting)


def band(score: float, threshold: float, settings: Banding) -> ScoreBand:
    """The coarse band of a score at or above the threshold."""
    excess = score - threshold
    if excess < settings.at_threshold:
        return ScoreBand.AT_THRESHOLD
    return ScoreBand.ABOVE if excess < settings.above else ScoreBand.WELL_ABOVE


def hit(track: Track, probe: Probe, finding: Finding, identifier: Identifier, settings: Deciding) -> Hit | None:
    """The hit of a passage that was just searched, or None where nobody was found.

    Whether a picture was shown instead of a face is asked here and nowhere else, of candidates alone. The answer goes
    with the hit and changes nothing about it.
    """
    if finding.candidate is None:
        return None
    shown = max(track.samples, key=lambda sample: sample.quality)
    return Hit(
        id=identifier,
        permit=finding.permit,
        candidate=finding.candidate,
        captured=probe.last,
        searched=finding.searched,
        samples=probe.samples,
        seen_for=finding.searched.since(track.first_seen),
        box=shown.face.box,
        # A copy: the track's samples are wiped as soon as the passage has been searched.
        face=shown.context.copy(),
        cues=presentation.cues(track.samples, settings.suspecting),
    )
