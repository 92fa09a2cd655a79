"""Still pictures on disk: folders and archives of people, one subfolder for each.

folder/<person>/*.jpg        or the same in a tar archive
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.errors import Misconfigured

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a picture file that is still read."""

Image = NDArray[np.uint8]


def decoded(raw: bytes) -> Image | None:
    """An (H, W, 3) uint8 RGB picture, upright; None where the bytes are none."""
    if not raw or len(raw) > LARGEST:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:  # a header that promises more pixels than OpenCV will allocate
        return None
    return None if image is None else image.astype(np.uint8, copy=False)


def read(path: Path) -> Image | None:
    """An (H, W, 3) uint8 RGB picture, upright; None where the file is none, too large or cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        return decoded(path.read_bytes())
    except OSError:
        return None


def of_people(source: Path) -> Iterator[tuple[str, Iterator[Image]]]:
    """Each person's folder name and readable pictures, one person after the other; nothing is held.

    The pictures of a person must be drawn before the next person is. Raises Misconfigured where ``source`` is neither
    a folder nor a tar archive.
    """
    for person, items in groupby(files(source), key=lambda item: item[0]):
        found = (decoded(raw) for _, _, raw in items)
        yield person, (image for image in found if image is not None)


def files(source: Path) -> Iterator[tuple[str, str, bytes]]:
    """Person, picture name and bytes of every picture of a folder or tar archive of people, in order.

    Raises Misconfigured where there is neither.
    """
    if source.is_dir():
        for path in sorted(source.glob("*/*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path.parent.name, f"{path.parent.name}/{path.name}", path.read_bytes()
    elif source.is_file() and tarfile.is_tarfile(source):
        with tarfile.open(source) as archive:
            members = [member for member in archive if member.isfile() and member.size <= LARGEST]
            for member in sorted(members, key=lambda member: member.name):
                name = PurePosixPath(member.name)
                content = archive.extractfile(member)
                if name.suffix.lower() in SUFFIXES and content is not None:
                    yield name.parent.name, f"{name.parent.name}/{name.name}", content.read()
    else:
        raise Misconfigured(f"{source} is neither a folder nor a tar archive.", "Name one with a subfolder per person.")
