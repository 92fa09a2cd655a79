"""A set of pictures as large as one wants, of the benchmark's and of variants of them; and bad ones among them."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from edge.adapters import pictures
from tests.control_room.enrolling import bad
from tests.control_room.stills import Image, portrait

MOST = 16
"""Pictures of one person as they are; twice as many variants fit into an entry."""


def shelves(archive: Path) -> dict[str, list[bytes]]:
    """Pictures by person."""
    found: dict[str, list[bytes]] = defaultdict(list)
    with tarfile.open(archive) as everything:
        for member in sorted((one for one in everything if one.isfile()), key=lambda one: one.name):
            content = everything.extractfile(member)
            person = PurePosixPath(member.name).parent.name
            if content is not None and len(found[person]) < MOST:
                found[person].append(content.read())
    return dict(found)


def make(archive: Path, folder: Path, count: int, seed: int) -> int:
    """``count`` pictures into a folder, one subfolder for each person; and an entry with bad ones. Returns all."""
    rng, known = np.random.default_rng(seed), shelves(archive)
    planned = [(person, place) for person, shelf in known.items() for place in range(len(shelf))]
    whole = planned[: min(count, len(planned))]
    for person, place in whole:
        _put(folder / _entry(known, person) / f"{place:02}.jpg", known[person][place])
    for number in range(min(count - len(whole), 2 * len(planned))):
        person, place = planned[number % len(planned)]
        image = pictures.decoded(known[person][place])
        assert image is not None
        suffix = (".jpg", ".png", ".jpg", ".webp", ".jpg")[number % 5]
        _put(
            folder / _entry(known, person) / f"v{number // len(planned)}-{place:02}{suffix}",
            bad.encoded(_varied(image, rng), suffix),
        )
    face = portrait("astronaut.png")
    harmful = {"good.png": bad.encoded(face, ".png"), **bad.files(face)}
    bad.write(folder / "x-bad", harmful)
    return sum(len(list(entry.iterdir())) for entry in folder.iterdir())


def _entry(known: dict[str, list[bytes]], person: str) -> str:
    return f"p-{list(known).index(person):04}"


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def _varied(image: Image, rng: np.random.Generator) -> Image:
    """A crop about the middle, rescaled and brightened: between 140 and 420 pixels wide."""
    high, wide = image.shape[:2]
    keep = rng.uniform(0.62, 0.95)
    top, left = int(high * (1 - keep) / 2), int(wide * (1 - keep) / 2)
    part = image[top : high - top, left : wide - left]
    size = int(rng.uniform(140, 420))
    scaled = cv2.resize(part, (size, size), interpolation=cv2.INTER_CUBIC)
    bright: Image = np.clip(scaled.astype(np.float32) * rng.uniform(0.85, 1.15), 0, 255).astype(np.uint8)
    return bright
