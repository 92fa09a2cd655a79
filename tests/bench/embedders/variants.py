"""What is made of the features: as they are, averaged with the mirrored face's, and fused with another network's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.domain.face import Features
from tests.bench.embedders.catalogue import CANDIDATES, DEFAULT, Candidate, named

FUSED_WEIGHT: Final = 0.35
"""The second network's share of a fused score; 0.2 and 0.5 gave no lower FNIR beyond noise."""
PARTNERS: Final = ("faceplugin-float32", "capacitor-float32")


@dataclass(frozen=True, slots=True)
class Taken:
    """One network's unit features of every face, (n, D) float32, and of the faces mirrored where that was done."""

    plain: Features
    mirrored: Features | None


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to make templates and probes."""

    name: str
    title: str
    parts: tuple[Candidate, ...]
    """The networks that it runs."""
    runs: int
    """How often each of them runs for a face of a passage."""
    mirrored_references: bool = False

    def sides(self, taken: Mapping[str, Taken]) -> tuple[Features, Features]:
        """Features for templates, and for probes. They are the same object where both are made alike."""
        joined = [_averaged(taken[part.name]) if self.runs > 1 else taken[part.name].plain for part in self.parts]
        probes = _joined(joined)
        if self.mirrored_references:
            return _averaged(taken[self.parts[0].name]), probes
        return probes, probes


def variants(taken: Collection[str]) -> tuple[Variant, ...]:
    """All that can be made of these networks, the default first."""
    plain = [Variant(one.name, one.title, (one,), 1) for one in CANDIDATES]
    default = named(DEFAULT)
    made = [
        Variant(f"{DEFAULT}+mirrored-references", f"{default.title}, references mirrored too", (default,), 1, True),
        *(
            Variant(f"{one.name}+mirrored", f"{one.title}, mirrored too", (one,), 2)
            for one in CANDIDATES
            if one.mirrored
        ),
    ]
    for partner in (named(name) for name in PARTNERS if name in taken):
        both = f"{default.title} and {partner.title}"
        made.append(Variant(f"{DEFAULT}+{partner.name}", both, (default, partner), 1))
    partner = named(PARTNERS[0])
    both = f"{default.title} and {partner.title}, mirrored too"
    made.append(Variant(f"{DEFAULT}+{partner.name}+mirrored", both, (default, partner), 2))
    return tuple(one for one in (*plain, *made) if all(part.name in taken for part in one.parts))


def _averaged(taken: Taken) -> Features:
    assert taken.mirrored is not None
    return _unit(taken.plain + taken.mirrored)


def _joined(parts: list[Features]) -> Features:
    """Side by side, so that the inner product of two rows is the weighted sum of the networks' scores."""
    if len(parts) == 1:
        return parts[0]
    shares = (1 - FUSED_WEIGHT, FUSED_WEIGHT)
    weighted = [part * np.float32(np.sqrt(share)) for part, share in zip(parts, shares, strict=True)]
    return np.concatenate(weighted, axis=1)


def _unit(rows: Features) -> Features:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
