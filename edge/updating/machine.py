"""dpkg and systemctl, and what an instance says of its own self-test."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError
from edge.domain.outcomes import UpdateFault
from edge.updating import leftovers
from edge.updating.locks import undisturbed
from edge.updating.repository import NAME

STATE: Final = Path("/var/lib/lamppost")
RUN: Final = Path("/run/lamppost-update")
ROLL_BACK: Final = "roll-back"
"""Names the one step back that the package lets happen: from which version, to which."""
STANDS: Final = timedelta(seconds=60)
"""So long a new version has to run before it is confirmed."""
LOOKS: Final = timedelta(seconds=1)
STANDING: Final = "standing.json"
"""What an instance writes when it is ready: which run it is, and what of its self-test failed."""
NOT_ITS_FAULT: Final = frozenset({"clock", "disk", "certificate"})
"""Parts of the self-test that say nothing about the program."""
_LARGEST: Final = 4096
_INSTALLS: Final = timedelta(minutes=15)
_STARTS: Final = timedelta(minutes=5)


class Machine:
    """This box."""

    def __init__(
        self, state: Path = STATE, stands: timedelta = STANDS, waits: Callable[[float], None] = time.sleep,
        environment: Mapping[str, str] = os.environ, run: Path = RUN, says: Callable[[str], None] = lambda _: None,
        release: Path = Path("/etc/os-release"), root: Path = Path("/"),
    ) -> None:  # fmt: skip
        """``run`` is where the package's own refusal to go back looks for an exception."""
        self._root = root
        self._run_folder = run
        self._says = says
        self._release = release
        self._state = state
        self._stands = stands
        self._waits = waits
        self._environment = environment

    def channel(self) -> str:
        """Which of a release's packages is this machine's: ``deb12_arm64`` is Debian 12 on a 64-bit ARM.

        Raises LamppostError where this is no Debian.
        """
        release = self._release.read_text("utf-8") if self._release.exists() else ""
        number = re.search(r'^VERSION_ID="?([0-9]{1,3})"?$', release, re.MULTILINE)
        if number is None:
            raise LamppostError(f"{self._release} names no number of Debian.", "Updates are for Debian 12 and later.")
        return f"deb{number[1]}_{self.architecture()}"

    def architecture(self) -> str:
        """As Debian calls it."""
        return self._asked("dpkg", "--print-architecture")

    def installed(self) -> str:
        """The version that is installed; empty where there is none, or only half of one."""
        said = self._run(["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", NAME]).stdout.split()
        return said[1] if len(said) == 2 and said[0] == "installed" else ""

    def compares(self, first: str, second: str) -> int:
        """Debian's order of versions."""
        if self._run(["dpkg", "--compare-versions", first, "eq", second]).returncode == 0:
            return 0
        return -1 if self._run(["dpkg", "--compare-versions", first, "lt", second]).returncode == 0 else 1

    def described(self, package: Path) -> tuple[str, str, str]:
        """Name, version and architecture that a package's file says of itself; empty where it is none."""
        form = "--showformat=${Package} ${Version} ${Architecture}"
        said = self._run(["dpkg-deb", "--show", form, str(package)])
        words = said.stdout.split() if said.returncode == 0 else []
        return (words[0], words[1], words[2]) if len(words) == 3 else ("", "", "")

    def running(self) -> tuple[str, ...]:
        """The instances that run."""
        said = self._asked(
            "systemctl", "list-units", "--type=service", "--state=active", "--plain", "--no-legend", "--no-pager",
            f"{NAME}@*.service",
        )  # fmt: skip
        return tuple(sorted(line.split()[0] for line in said.splitlines() if line.strip()))

    def undisturbed(self) -> AbstractContextManager[bool]:
        """Whether no instance has an authorisation in force; and none begins one while this lasts."""
        return undisturbed(self._state)

    def stop(self, instances: tuple[str, ...]) -> None:
        """Stop them."""
        if instances:
            self._run(["systemctl", "stop", *instances], _STARTS)

    def install(self, package: Path) -> bool:
        """Put a higher version in the installed one's place."""
        return self._dpkg("--refuse-downgrade", str(package))

    def put_back(self, package: Path, *, new: str, old: str) -> bool:
        """Put the old version in the new one's place, whatever is left of that.

        The package itself refuses to follow a higher version, unless it is told here that this very step is one back.
        """
        self._run_folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        told = self._run_folder / ROLL_BACK
        told.write_text(f"{new} {old}\n")
        try:
            return self._dpkg(str(package)) and self.compares(self.installed() or "0~", old) == 0
        finally:
            told.unlink()

    def clear(self, new: Path, old: Path) -> None:
        """Delete what is left of the new package's files, where the old one is installed again."""
        left = leftovers.clear(self._root, new, old, self._owned)
        if left:
            self._says(f"{len(left)} files were left of a version that was not unpacked whole, and are deleted")
            os.sync()

    def _owned(self, paths: Sequence[str]) -> frozenset[str]:
        said = self._run(["dpkg-query", "--search", *paths]).stdout
        return frozenset(line.partition(": ")[2] for line in said.splitlines())

    def _dpkg(self, *arguments: str) -> bool:
        """Without asking anybody anything.

        The package's scripts start and stop nothing (systemctl believes to be offline): that is this program's, in its
        own order.
        """
        command = ["dpkg", "--force-confdef", "--force-confold", "--install", *arguments]
        quiet = {**self._environment, "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_OFFLINE": "1"}
        done = self._run(command, _INSTALLS, quiet)
        if done.returncode != 0:
            self._says(f"dpkg: {done.stderr.strip()}")
        self._run(["systemctl", "daemon-reload"])
        os.sync()
        return done.returncode == 0 and self.installed() != ""

    def start(self, instances: tuple[str, ...]) -> None:
        """Start them, and wait until they are ready or have failed."""
        if instances:
            self._run(["systemctl", "reset-failed", *instances])
            self._run(["systemctl", "start", *instances], _STARTS)

    def judge(self, instances: tuple[str, ...]) -> UpdateFault | None:
        """Why they will not do."""
        runs = {one: self._run_of(one) for one in instances}
        if not all(runs.values()):
            return UpdateFault.NOT_READY
        if any(failures(self._state / _instance(one), run) for one, run in runs.items()):
            return UpdateFault.SELF_TEST
        for _ in range(self._stands // LOOKS):
            self._waits(LOOKS.total_seconds())
            if {one: self._run_of(one) for one in instances} != runs:
                return UpdateFault.DID_NOT_STAND
        return None

    def _run_of(self, unit: str) -> str:
        """The id of the run of a unit that is active; empty where it is not."""
        said = self._asked("systemctl", "show", "--property=ActiveState,InvocationID", unit)
        found = dict(line.partition("=")[::2] for line in said.splitlines())
        return found.get("InvocationID", "") if found.get("ActiveState") == "active" else ""

    def _asked(self, *command: str) -> str:
        done = self._run(command)
        if done.returncode != 0:
            raise LamppostError(
                f"{command[0]} says no: {done.stderr.strip()}.", "This needs root, Debian's dpkg, and systemd."
            )
        return done.stdout.strip()

    def _run(
        self, command: Sequence[str], patience: timedelta = timedelta(minutes=1),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Whatever it says, in the language of no place. One that does not end in time has failed."""
        chosen = {**(environment or self._environment), "LC_ALL": "C.UTF-8"}
        try:
            return subprocess.run(  # noqa: S603
                list(command), capture_output=True, text=True, errors="replace", check=False, env=chosen,
                timeout=patience.total_seconds(), stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(list(command), 124, "", "it did not end in time")
        except OSError as error:
            return subprocess.CompletedProcess(list(command), 127, "", str(error.strerror))


def failures(folder: Path, run: str) -> tuple[str, ...]:
    """What of its self-test failed, by what an instance wrote when it was ready.

    An instance that wrote nothing, or for another run, or what no instance writes, has not passed one.
    """
    said = _standing(folder)
    failed = said.get("failed")
    if said.get("run") != run or not isinstance(failed, list) or not all(isinstance(one, str) for one in failed):
        return ("self-test",)
    return tuple(one for one in failed if one not in NOT_ITS_FAULT)


def _standing(folder: Path) -> dict[str, object]:
    """The file is the instance's own: no link is followed, and only so much is read."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        opened = os.open(folder / STANDING, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                found = json.loads(file.read(_LARGEST))
                return found if isinstance(found, dict) else {}
    return {}


def _instance(unit: str) -> str:
    return unit.removeprefix(f"{NAME}@").removesuffix(".service")
