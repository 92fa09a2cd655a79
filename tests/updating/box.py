"""A machine whose power can be cut at every step, and a shelf that survives it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.domain.outcomes import UpdateFault
from edge.updating.course import Package, Stage, State
from edge.updating.shelf import decoded, encoded

TORN = ""
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class PowerCut(BaseException):
    """Nothing of the program goes on."""


@dataclass
class Box:
    """What survives: the disk. ``cut_in`` is how many steps there are until the power goes."""

    version: str
    verdicts: dict[str, UpdateFault | None] = field(default_factory=dict)
    """Of versions: None is a good one. One that is not named cannot even be installed."""
    cut_in: int | None = None
    dpkg_fails: int = 0
    """So often putting back fails."""
    deployed: bool = False
    instances: tuple[str, ...] = ("lamppost@cam0.service",)
    up: bool = True
    locked: bool = False
    booting: bool = False
    disk: dict[str, str] = field(default_factory=dict)
    """Packages by digest."""
    raw: bytes = field(default_factory=lambda: encoded(State()))
    looked: list[tuple[str, bool]] = field(default_factory=list)
    """Every version that an instance was started with, and whether a deployment could begin then."""
    at: datetime = NOW

    def step(self) -> None:
        """Time for the power to go."""
        if self.cut_in is not None:
            self.cut_in -= 1
            if self.cut_in < 0:
                self.cut_in, self.up, self.locked = None, False, False
                raise PowerCut

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def installed(self) -> str:
        return self.version

    def compares(self, first: str, second: str) -> int:
        one, other = ([int(part) for part in version.split(".")] for version in (first, second))
        return (one > other) - (one < other)

    def running(self) -> tuple[str, ...]:
        return self.instances if self.up else ()

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[bool]:
        self.locked = not self.deployed
        try:
            yield self.locked
        finally:
            self.locked = False

    def stop(self, instances: tuple[str, ...]) -> None:
        assert not self.booting, "the start that waits for this to end would be called off"
        self.step()
        self.up = self.up and not instances
        self.step()

    def install(self, package: Path) -> bool:
        version = self.disk[package.name]
        assert self.compares(version, self.version or "0") > 0, "an ordinary installation never goes back"
        self.step()
        self.version = TORN
        self.step()
        if version not in self.verdicts:
            return False
        self.version = version
        self.step()
        return True

    def put_back(self, package: Path, *, new: str, old: str) -> bool:
        assert self.disk[package.name] == old
        assert self.compares(new, old) > 0
        self.step()
        self.version = TORN
        self.step()
        if self.dpkg_fails:
            self.dpkg_fails -= 1
            return False
        self.version = old
        self.step()
        return True

    def clear(self, new: Path, old: Path) -> None:
        assert self.disk[old.name] == self.version
        assert new.name in self.disk
        self.step()

    def start(self, instances: tuple[str, ...]) -> None:
        self.step()
        if instances:
            confirmed = self.state().confirmed
            assert confirmed is not None
            is_new = confirmed.version != self.version
            assert self.state().stage is (Stage.TRYING if is_new else Stage.STILL), "it would not know to test itself"
            self.up = True
            self.looked.append((self.version, not self.locked))
        self.step()

    def judge(self, instances: tuple[str, ...]) -> UpdateFault | None:
        assert instances
        self.step()
        return self.verdicts[self.version]

    def state(self) -> State:
        return decoded(self.raw)

    def save(self, state: State) -> None:
        """Whole or not at all: the disk's own promise, which the shelf's own test sees to."""
        self.step()
        self.raw = encoded(state)
        self.step()

    def package(self, digest: str) -> Path:
        return Path("/packages") / digest

    def whole(self, digest: str) -> bool:
        return digest in self.disk

    def tidy(self, state: State) -> None:
        self.step()
        wanted = {one.digest for one in (state.confirmed, state.pending) if one is not None}
        self.disk = {digest: version for digest, version in self.disk.items() if digest in wanted}
        self.step()

    def brought(self, version: str) -> Package:
        """A package is on the shelf."""
        package = Package(version=version, digest=f"digest-of-{version}")
        self.disk[package.digest] = version
        return package
