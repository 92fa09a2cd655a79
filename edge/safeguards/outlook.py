"""What the sight knows of a deployment's view: its reference, and the last few looks. Coarse numbers, never a picture.

The reference is taken from the first looks of a deployment at which nothing is wrong, while the officer who confirmed
presence stands there. While most of the view is people who walk, it waits: what is learnt of a crowd is missed when it
is gone. Not for ever: then it is taken of whatever is steady. It lives in memory, through every pause, and goes with
the deployment.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from edge.domain.authority import Identifier
from edge.steps import cells, outlook
from edge.steps.cells import Cells
from edge.steps.glance import Glance
from edge.steps.outlook import Change, Likeness, Reference

LEARNT: Final = 20
"""Looks of which a reference is made, one a second."""
PATIENCE: Final = 60
"""Looks, all in all, for which a view that is not steady is waited for."""
STEADY: Final = 0.6
"""So much of the zone has to be."""
LAST: Final = 11
"""Looks that are judged together. Somebody who stands in a cell for less than half of them is not in it."""
LEAST: Final = 3


class Outlook:
    """One thread uses it."""

    def __init__(self, settings: Likeness | None = None) -> None:
        self._settings = settings or Likeness()
        self._deployment: Identifier | None = None
        self._first: deque[Cells] = deque(maxlen=LEARNT)
        self._waited = 0
        self._last: deque[Cells] = deque(maxlen=LAST)
        self._reference: Reference | None = None

    @property
    def learnt(self) -> bool:
        """Whether there is a reference yet."""
        return self._reference is not None

    def watch_for(self, deployment: Identifier) -> None:
        """The capture device is about to be opened for this one. What is known of another's view is forgotten."""
        if deployment != self._deployment:
            self._deployment, self._reference = deployment, None
            self._forget_first()
        self._last.clear()

    def look(self, glance: Glance, *, plain: bool) -> Change | None:
        """What differs from the reference. ``plain`` says that nothing else is wrong: only then is anything learnt."""
        seen = cells.measure(glance)
        reference = self._reference
        if reference is None:
            if plain:
                self._learn(seen)
            return None
        self._last.append(seen)
        if len(self._last) < LEAST:
            return None
        common = cells.typical(self._last)
        change = outlook.change(reference, common, self._settings)
        if plain and change is None:
            self._reference = outlook.followed(reference, common, self._settings)
        return change

    def _learn(self, seen: Cells) -> None:
        """One more of the first looks."""
        self._first.append(seen)
        self._waited += 1
        if len(self._first) < LEARNT:
            return
        steady = outlook.steady(self._first, self._settings)
        if (steady & seen.shown).sum() >= STEADY * seen.shown.sum():
            self._reference = outlook.learn(self._first)
        elif self._waited >= PATIENCE:
            self._reference = outlook.learn(self._first, steady)
        if self.learnt:
            self._forget_first()

    def _forget_first(self) -> None:
        self._first.clear()
        self._waited = 0
