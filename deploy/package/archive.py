"""Close a tree up as a Debian package: fixed modes, owners, times and order, so that the bytes are always the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import textwrap
from pathlib import Path
from typing import Final

from deploy.models.faults import BuildFailed
from deploy.package.recipe import HERE, MAINTAINER, Package, Suite

SCRIPTS: Final = ("preinst", "postinst", "prerm", "postrm")
EXECUTABLE: Final = ("usr/bin/", "usr/share/python3/runtime.d/", "usr/lib/lamppost/bin/")


def close(root: Path, package: Package, suite: Suite, architecture: str, *, version: str, epoch: int) -> bytes:
    """Add the control files and have ``dpkg-deb`` build it. ``epoch``: every file's time, in seconds.

    Raises BuildFailed.
    """
    control = root / "DEBIAN"
    control.mkdir()
    full = f"{version}+deb{suite.number}"
    (control / "md5sums").write_text("".join(_sums(root)))
    (control / "control").write_text(_control(root, package, suite, architecture, full))
    for name in SCRIPTS:
        source = HERE / "debian" / f"{package.name}.{name}"
        if source.exists():
            text = source.read_text().replace("@VERSION@", full).replace("@PYTHON@", suite.python)
            (control / name).write_text(text)
    _fix(root, epoch)
    target = root.with_suffix(".deb")
    # zstd: a fifth more bytes than xz for a twentieth of the time, here and on the pole. One thread: the bytes may
    # depend on how many there are.
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--threads-max=1", "--build", str(root), str(target)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
    )
    if done.returncode:
        raise BuildFailed(f"dpkg-deb failed: {done.stderr.strip()}", "It is in the package dpkg of any Debian from 12.")
    built = target.read_bytes()
    target.unlink()
    return built


def _control(root: Path, package: Package, suite: Suite, architecture: str, version: str) -> str:
    kilobytes = sum(-(-path.lstat().st_size // 1024) for path in root.rglob("*"))
    python = f"python3 (>= {suite.python}), python3 (<< {suite.next_python})"
    depends = f"{python}, libc6 (>= 2.{suite.glibc}), libstdc++6, libgcc-s1"
    fields = {
        "Package": package.name,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(kilobytes),
        "Depends": depends,
        "Conflicts": package.rival,
        "Section": "net",
        "Priority": "optional",
    }
    if package.is_pole:
        fields["Depends"] += ", init-system-helpers (>= 1.54), systemd"
        # systemd loads it when it is there, and without it SocketBindDeny= of the unit does nothing.
        fields["Recommends"] = "libbpf1"
        fields["Suggests"] = "python3-picamera2, python3-systemd, tpm2-tools"
    paragraphs = ("\n".join(f" {line}" for line in textwrap.wrap(text, 76)) for text in package.description)
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([*lines, f"Description: {package.summary}", "\n .\n".join(paragraphs)]) + "\n"


def _sums(root: Path) -> list[str]:
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    inside = ((path, path.relative_to(root).as_posix()) for path in files)
    return [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"
        for path, name in inside
        if not name.startswith("DEBIAN/")
    ]


def _fix(root: Path, epoch: int) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_run(root, path) else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _is_run(root: Path, path: Path) -> bool:
    name = path.relative_to(root).as_posix()
    return name.startswith(EXECUTABLE) or (name.startswith("DEBIAN/") and path.name in SCRIPTS)
