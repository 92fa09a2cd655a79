"""A fresh Debian in a folder, with nothing around it but /proc: no network, no mounts that outlive a command."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.package.recipe import CHECKOUT

NODES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}


class Failed(Exception):
    """A command in the root said no."""


class Root:
    """The folder, from its unpacking to its removal. Asks for root."""

    def __init__(self, suite: str, architecture: str) -> None:
        script = str(CHECKOUT / "deploy" / "setup" / "root.sh")
        made = subprocess.run([script, suite, architecture], stdout=subprocess.PIPE, text=True, check=True)
        self.folder = Path(tempfile.mkdtemp(prefix="lamppost-root-", dir="/var/tmp"))
        subprocess.run(["tar", "-xf", made.stdout.strip(), "-C", str(self.folder), "--exclude", "./dev/*"], check=True)
        (self.folder / "dev").mkdir(exist_ok=True)
        for name, (major, minor) in NODES.items():
            os.mknod(self.folder / "dev" / name, 0o020666, os.makedev(major, minor))
            (self.folder / "dev" / name).chmod(0o666)

    def __enter__(self) -> Root:
        return self

    def __exit__(self, *failed: object) -> None:
        shutil.rmtree(self.folder)

    def run(self, *command: str, cpu: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it. ``cpu``: which processor the emulator is to be. Raises Failed with what it said."""
        around = ["unshare", "--net", "--mount", "--pid", "--fork", f"--mount-proc={self.folder}/proc"]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        done = subprocess.run(
            [*around, "chroot", str(self.folder), *command],
            env=environment | ({"QEMU_CPU": cpu} if cpu else {}), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise Failed(f"{' '.join(command[:3])}: {done.stdout[-600:]}{done.stderr[-1200:]}")
        return done

    def put(self, source: Path, inside: str) -> str:
        """Copy a file or a folder into it. Returns its path there."""
        target = self.folder / inside.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
        return inside

    def write(self, inside: str, text: str) -> None:
        """Write a file there."""
        target = self.folder / inside.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def has(self, inside: str) -> bool:
        """Whether it is there."""
        return (self.folder / inside.lstrip("/")).exists()

    def megabytes(self, inside: str) -> int:
        """Of a folder."""
        return int(self.run("du", "-sm", inside).stdout.split()[0])
