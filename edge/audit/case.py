"""What is examined, as every check gets it: the bundle, its story, the trust roots, and what was brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from edge.audit import trust
from edge.audit.bundle import Bundle
from edge.audit.history import Deployment, History, tell
from edge.audit.release import Release
from edge.audit.trust import Chain, Root
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Digest, Signed
from edge.domain.leaves.device import Booted, TrustRotated
from edge.steps.calibrate import Calibration
from edge.wire.notes import Note, Verifier
from edge.wire.signed import Kind


@dataclass(frozen=True, slots=True)
class Brought:
    """What an outsider brings, because a bundle cannot vouch for itself."""

    root: Digest | None = None
    """Digest of the first trust root."""
    witnesses: tuple[Verifier, ...] = ()
    """Witnesses that count; those of the trust roots where none is named."""
    heads: tuple[Note, ...] = ()
    """Heads of the journal that came from somewhere else: a witness, the broker, an earlier bundle."""
    releases: tuple[Release, ...] = ()
    assessments: tuple[Digest, ...] = ()
    """SHA-256 of published equality evidence."""


@dataclass(slots=True)
class Case:
    """Everything that a check may look at."""

    bundle: Bundle
    brought: Brought
    history: History
    chain: Chain
    in_force: Sequence[tuple[int, Digest]] = ()
    """From which leaf on which trust root was in force, as the journal says."""
    authorisations: Mapping[Digest, Authorisation] = field(default_factory=dict)
    calibrations: Mapping[Digest, Calibration] = field(default_factory=dict)

    def paper(self, name: Digest) -> Signed | None:
        """A signed document by its digest."""
        return self.bundle.papers.get(name)

    def root_at(self, index: int) -> Root | None:
        """The trust root that was in force when a leaf was written, where it is believed."""
        found = [name for start, name in self.in_force if start <= index]
        return self.chain.find(found[-1]) if found else None

    def up_from(self, moment: datetime) -> datetime | None:
        """The first that the device was up at or after a moment; None where it was not up any more."""
        for life in self.history.lives:
            if life.last >= moment:
                return max(moment, life.booted.at)
        return None

    def authorisation(self, deployment: Deployment) -> Authorisation | None:
        """What a deployment was authorised to do, where that is in the bundle."""
        return self.authorisations.get(deployment.began.event.digest)


def prepare(bundle: Bundle, brought: Brought) -> Case:
    """Tell the story and follow the chain. Nothing is judged yet."""
    authorisations, calibrations = {}, {}
    for name, signed in bundle.papers.items():
        kind = trust.kind_of(signed)
        if kind is Kind.AUTHORISATION and (document := trust.content(signed, Authorisation)) is not None:
            authorisations[name] = document
        elif kind is Kind.CALIBRATION and (table := trust.content(signed, Calibration)) is not None:
            calibrations[name] = table
    return Case(
        bundle=bundle,
        brought=brought,
        history=tell(bundle.entries),
        chain=trust.believe(bundle.papers, brought.root),
        in_force=_in_force(bundle),
        authorisations=authorisations,
        calibrations=calibrations,
    )


def _in_force(bundle: Bundle) -> list[tuple[int, Digest]]:
    found = []
    for entry in bundle.entries:
        event = entry.leaf.event
        if isinstance(event, Booted):
            found.append((entry.index, event.trust_root))
        elif isinstance(event, TrustRotated):
            found.append((entry.index, event.digest))
    return found
