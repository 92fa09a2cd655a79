"""Whether a view is still the one that a deployment began with: not turned away, not spotted, not out of focus.

Judged against the view's own reference, a few grids of numbers (see ``cells``): the *first*, as it was when the
deployment began, and the *usual*, which follows the day slowly for as long as nothing is wrong. What is judged is what
the last looks have in common, so that whoever walks through is not in it. Nobody is counted, and nothing is followed.

What this cannot tell: a move of less than a thirtieth of the picture, or a turn of less than some four degrees; a loss
of focus so slow that the usual follows it; anything of a wall on which there is nothing to see. And a camera that was
moved before the deployment began: its reference is taken then, under the eyes of the officer on scene. A view that is
full of people who walk is not learnt before they have become fewer (``steady``).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.steps import cells, displaced
from edge.steps.cells import Cells, Grid

_LEAST_FINE: Final = 0.3
_LEAST_EDGES: Final = 2.0
"""What an empty wall has of both: a ratio of less is of nothing."""


class Change(enum.Enum):
    """How a view differs from its reference."""

    DAZZLED = "dazzled"
    """Much more of it is washed out."""
    DEFOCUSED = "defocused"
    """All of it has lost its fine detail, and kept its edges."""
    MOVED = "moved"
    """It fits the reference much better elsewhere than where it is."""
    STRANGE = "strange"
    """It fits the reference nowhere: turned far away, or something large stands before it."""
    SPOTTED = "spotted"
    """Some of it has lost its detail, and the rest has not."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The bounds, chosen on simulated streets; ``hardware-sim lens`` measures what they are worth."""

    dazzled: float = 0.25
    """More of the zone is washed out than usual by so much."""
    defocused: float = 0.45
    """Fine detail over edges, or edges over what is broader, lies below so much of its usual value."""
    moved: float = 0.085
    """It fits better elsewhere by so much,"""
    there: float = 0.6
    """and at least so well."""
    strange: float = 0.4
    """It fits less than so well as it lies."""
    blurred: float = 0.55
    """A cell is spotted where its fine detail over its edges, of its usual value, lies below,"""
    beside: float = 0.65
    """and below so much of what the middle one of all cells has left,"""
    dulled: float = 0.95
    """and its edges have become weaker too, against the middle one's: a bus or a snowfall brings edges of its own."""
    spotted: float = 0.04
    """Of the cells with anything to see are spotted."""
    edges: float = 12.0
    """Mean squared gradient of a cell with something to see,"""
    broad: float = 3.0
    """and of what is broader in it, so much now."""
    restless: float = 3.0
    """A cell is steady where the upper quartile of its detail over edges is less than so many times the lower one."""
    follows: float = 1 / 300
    """Share of every new look in the usual: with one a second, it follows within five minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a view is held against. Coarse numbers, from which no picture can be made."""

    first: Cells = field(repr=False)
    usual: Cells = field(repr=False)


def steady(looks: Sequence[Cells], settings: Likeness) -> NDArray[np.bool_]:
    """(14, 24): which cells show the same in most looks. Raises ValueError for none.

    Light, rain, snow and wind leave three quarters of a simulated street's cells steady; a crowd, a sixth.
    """
    if not looks:
        raise ValueError("nothing was looked at")
    left = [(look.fine + _LEAST_FINE) / (_edges(look) + _LEAST_EDGES) for look in looks]
    lower, upper = np.percentile(left, (25, 75), axis=0)
    return np.asarray(upper < settings.restless * lower, np.bool_)


def learn(looks: Sequence[Cells], among: NDArray[np.bool_] | None = None) -> Reference:
    """A reference from the first looks, of the cells ``among`` (14, 24) alone if given. Raises ValueError for none."""
    typical = cells.typical(looks)
    if among is not None:
        typical = replace(typical, shown=typical.shown & among)
    return Reference(typical, typical)


def followed(reference: Reference, now: Cells, settings: Likeness) -> Reference:
    """The reference after another look at which nothing was wrong: the usual went a little towards it."""
    usual, share = reference.usual, np.float32(settings.follows)

    def nearer(before: Grid, after: Grid) -> Grid:
        return (before + share * (after - before)).astype(np.float32)

    return replace(
        reference,
        usual=Cells(
            nearer(usual.across, now.across),
            nearer(usual.down, now.down),
            nearer(usual.fine, now.fine),
            nearer(usual.broad, now.broad),
            usual.shown & now.shown,
            usual.bright + settings.follows * (now.bright - usual.bright),
        ),
    )


def change(reference: Reference, now: Cells, settings: Likeness) -> Change | None:
    """What is different, the plainest first. ``now`` is what the last looks have in common."""
    usual = reference.usual
    if now.bright > usual.bright + settings.dazzled:
        return Change.DAZZLED
    if _is_moved(reference.first, now, settings):
        return Change.MOVED
    lost, spotted = _detail(usual, now, settings)
    if lost:
        return Change.DEFOCUSED
    fits = displaced.as_it_lies(usual, now)
    if fits is not None and fits < settings.strange:
        return Change.STRANGE
    return Change.SPOTTED if spotted > settings.spotted else None


def _is_moved(first: Cells, now: Cells, settings: Likeness) -> bool:
    """Against the first, which does not follow: a camera that is turned bit by bit is turned all the same."""
    fit = displaced.fit(first, now)
    return fit is not None and fit.best >= settings.there and fit.best - fit.still >= settings.moved


def _detail(usual: Cells, now: Cells, settings: Likeness) -> tuple[bool, float]:
    """Whether fine detail is lost all over; and which share of the cells has lost it, where the others have not."""
    seen = usual.shown & now.shown & (_edges(usual) > settings.edges) & (now.broad > settings.broad)
    if not seen.any():
        return False, 0.0
    edges, fine, broad = (after[seen] / before[seen] for before, after in _pairs(usual, now))
    left = fine / edges
    middle = float(np.median(left))
    blurred = (left < settings.blurred) & (left < settings.beside * middle)
    spots = blurred & (edges < settings.dulled * float(np.median(edges)))
    # Where the view is another, cells say little one by one: all of them together have to have lost it too.
    (edges_before, edges_after), (fine_before, fine_after), (broad_before, broad_after) = (
        (float(before[seen].sum()), float(after[seen].sum())) for before, after in _pairs(usual, now)
    )
    finer = fine_after / edges_after * edges_before / fine_before
    softer = edges_after / broad_after * broad_before / edges_before
    lost = max(finer, middle) < settings.defocused
    return lost or max(softer, float(np.median(edges / broad))) < settings.defocused, float(spots.mean())


def _pairs(before: Cells, after: Cells) -> tuple[tuple[Grid, Grid], ...]:
    """Edges, fine detail and what is broader, before and after."""
    return (_edges(before), _edges(after)), (before.fine, after.fine), (before.broad, after.broad)


def _edges(view: Cells) -> Grid:
    # Where light has washed everything out there is none at all, and what is divided by it must stay a number.
    edges: Grid = np.maximum(view.across + view.down, np.float32(1e-6))
    return edges
