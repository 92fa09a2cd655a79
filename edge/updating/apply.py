"""An update from its beginning to its end; and what is made of one that was cut off.

Whatever happens between two lines here, the next start finds a state that says what to do: go on from a confirmed
version, or go back to it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.updating import course
from edge.updating.course import Package, Stage, State
from edge.updating.refusals import No, Refusal
from edge.updating.shelf import Stranded

TRIES = 3
"""To put the confirmed package back, before a person is asked."""


class Box(Protocol):
    """The machine, as far as an update touches it."""

    def installed(self) -> str:
        """The version that is installed; empty where there is none, or only half of one."""

    def compares(self, first: str, second: str) -> int:
        """Debian's order of versions."""

    def running(self) -> tuple[str, ...]:
        """The instances that run."""

    def undisturbed(self) -> AbstractContextManager[bool]:
        """Whether no instance has an authorisation in force; and none begins one while this lasts."""

    def stop(self, instances: tuple[str, ...]) -> None:
        """Stop them."""

    def install(self, package: Path) -> bool:
        """Put a higher version in the installed one's place. False where that failed, perhaps half-way."""

    def put_back(self, package: Path, *, new: str, old: str) -> bool:
        """Put the old version in the new one's place, whatever is left of that."""

    def clear(self, new: Path, old: Path) -> None:
        """Delete what is left of the new package's files, where the old one is installed again."""

    def start(self, instances: tuple[str, ...]) -> None:
        """Start them, and wait until they are ready or have failed."""

    def judge(self, instances: tuple[str, ...]) -> UpdateFault | None:
        """Why they will not do: not ready, self-test failed, or ended before they had stood for a while."""


class Keeps(Protocol):
    """Where state and packages are kept."""

    def state(self) -> State:
        """What is remembered."""

    def save(self, state: State) -> None:
        """Remember a state, durably."""

    def package(self, digest: str) -> Path:
        """Where a package lies."""

    def whole(self, digest: str) -> bool:
        """Whether it lies there as it was signed."""

    def tidy(self, state: State) -> None:
        """Delete every package that is not needed any more."""


class Update:
    """Holds nothing between two calls: everything is in the state. The caller is alone at work."""

    def __init__(self, box: Box, shelf: Keeps, now: Callable[[], datetime]) -> None:
        self._box = box
        self._shelf = shelf
        self._now = now

    def refuses(self, offer: Package, *, again: bool = False) -> Refusal | None:
        """Why a package would not be installed, asked before it is copied."""
        state, installed = self._shelf.state(), self._box.installed()
        refusal = course.refuses(state, offer, installed, self._now(), self._box.compares, again=again)
        if refusal is not None:
            return refusal
        if state.confirmed is None or not self._shelf.whole(state.confirmed.digest):
            return Refusal(No.NOTHING_TO_GO_BACK_TO, installed)
        if not self._box.running():
            return Refusal(No.NO_INSTANCE)
        return None

    def run(self, offer: Package, *, again: bool = False) -> UpdateOutcome | Refusal:
        """Install, try, and confirm or go back. The package lies on the shelf. Raises Stranded."""
        with self._box.undisturbed() as alone:
            if not alone:
                return Refusal(No.IN_DEPLOYMENT)
            refusal = self.refuses(offer, again=again)
            if refusal is not None:
                return refusal
            if not self._shelf.whole(offer.digest):
                return Refusal(No.NOT_WHAT_WAS_SIGNED, offer.version)
            return self._replace(offer)

    def settle(self, *, booting: bool = False) -> UpdateOutcome | None:
        """Go back, where an update was cut off. ``booting``: the instances start by themselves afterwards.

        Raises Stranded.
        """
        state = course.woken(self._shelf.state())
        if state.stage is not Stage.GOING_BACK:
            return None
        self._shelf.save(state)
        return self._go_back(state, booting=booting)

    def _replace(self, offer: Package) -> UpdateOutcome:
        state = course.begun(self._shelf.state(), offer, self._box.running(), self._now())
        self._shelf.save(state)
        self._box.stop(state.instances)
        if not self._box.install(self._shelf.package(offer.digest)):
            return self._fail(state, UpdateFault.NOT_INSTALLED)
        state = course.installed(state)
        self._shelf.save(state)
        self._box.start(state.instances)
        why = self._box.judge(state.instances)
        if why is not None:
            return self._fail(state, why)
        state = course.confirmed(state, self._now())
        self._shelf.save(state)
        self._shelf.tidy(state)
        return UpdateOutcome.CONFIRMED

    def _fail(self, state: State, why: UpdateFault) -> UpdateOutcome:
        state = course.failing(state, why)
        self._shelf.save(state)
        return self._go_back(state)

    def _go_back(self, state: State, *, booting: bool = False) -> UpdateOutcome:
        old, new = state.confirmed, state.pending
        if old is None or new is None or not self._shelf.whole(old.digest):
            raise Stranded(
                "The package to go back to is not what it was.", "Install the last good version with dpkg --install."
            )
        if not booting:  # they wait for this to end, and stopping them would call their start off
            self._box.stop(state.instances)
        package = self._shelf.package(old.digest)
        if not any(self._box.put_back(package, new=new.version, old=old.version) for _ in range(TRIES)):
            raise Stranded(
                f"Version {old.version} cannot be put back.",
                "See what dpkg says, mend it, and run: lamppost-update settle",
            )
        if self._shelf.whole(new.digest):
            self._box.clear(self._shelf.package(new.digest), package)
        instances = state.instances
        state = course.went_back(state, self._now())
        self._shelf.save(state)
        self._shelf.tidy(state)
        if not booting:
            self._box.start(instances)
        return UpdateOutcome.ROLLED_BACK
