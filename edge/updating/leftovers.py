"""What a version leaves behind that was cut off while dpkg unpacked it, and was taken back then.

dpkg knows what belongs to a package once all of it was unpacked. Files that only the new version has, and what carries
the name that a file has meanwhile, would stay for good: no package owns them, and the old program's folder would not be
what was released.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError

PROGRAM: Final = "usr/"
"""Where a package's own files lie: what lies elsewhere may be a person's."""
MEANWHILE: Final = (".dpkg-new", ".dpkg-tmp")
_PATTERN: Final = frozenset("*?[\\")
Owned = Callable[[Sequence[str]], frozenset[str]]
"""Which of these paths, each from the root, belong to a package that is installed."""


def clear(root: Path, new: Path, old: Path, owned: Owned) -> list[str]:
    """Delete what only the package ``new`` can have left, now that ``old`` is installed. Returns what that was.

    Raises LamppostError where a package cannot be read, OSError where something cannot be deleted.
    """
    came, stays = contents(new), contents(old)
    files, folders = ({name for name, is_folder in came if is_folder is wanted} for wanted in (False, True))
    kept = {name for name, _ in stays}
    unsure = sorted(files - kept) + sorted(name + ending for name in files for ending in MEANWHILE)
    unsure = [name for name in unsure if os.path.lexists(root / name)]
    owns = owned([f"/{name}" for name in unsure]) if unsure else frozenset()
    left = [name for name in unsure if f"/{name}" not in owns]
    for name in left:
        (root / name).unlink()
    for name in sorted(folders - kept, reverse=True):
        with contextlib.suppress(OSError):  # not there, or something else is in it
            (root / name).rmdir()
    return left


def contents(package: Path) -> frozenset[tuple[str, bool]]:
    """Name from the root, and whether it is a folder, of all that a package has below ``usr``. Raises LamppostError."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacking:  # noqa: S603, S607
        try:
            with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
                members = [(one.name.removeprefix("./"), one.isdir()) for one in archive]
        except tarfile.TarError as error:
            raise LamppostError(f"{package} cannot be read: {error}.", "See what dpkg-deb --contents says.") from error
    named = [(name, is_folder) for name, is_folder in members if name.startswith(PROGRAM)]
    return frozenset(one for one in named if ".." not in one[0].split("/") and not _PATTERN & set(one[0]))
