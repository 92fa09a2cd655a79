"""The default cast: portraits from eight pictures that come with public packages.

``astronaut.png`` (scikit-image) and ``grace_hopper.jpg`` (matplotlib) are works of the United States government;
``sample1.jpg`` to ``sample6.jpg`` come with the npm package ``@vladmandic/face-api`` (MIT). The model build fetches
them by digest and leaves them in its cache. A face has a place in a picture and an opaque id, and no name.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from edge.domain.errors import Misconfigured
from hardware_sim.portraits import FaceFinder, Person, Portrait, faces, portrait, read


class Place(NamedTuple):
    """Where in a picture somebody's face is."""

    person: str
    x: int
    """Pixels, middle of the face."""
    y: int


PICTURES: Final[dict[str, tuple[str, tuple[Place, ...]]]] = {
    "astronaut.png": (
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        (Place("p01", 226, 117),),
    ),
    "grace_hopper.jpg": (
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
        (Place("p02", 264, 222),),
    ),
    "sample1.jpg": (
        "8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51",
        # p06 again, with closed eyes, at (934, 542) is left out: nobody would be enrolled from that picture.
        (Place("p10", 502, 477), Place("p04", 1585, 312)),
    ),
    "sample3.jpg": (
        "8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936",
        (Place("p03", 692, 468), Place("p04", 1186, 353), Place("p05", 1583, 440)),
    ),
    "sample4.jpg": (
        "729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc",
        (Place("p06", 337, 322), Place("p07", 748, 190), Place("p08", 1075, 302), Place("p09", 1349, 271)),
    ),
    # Two more faces here are left out: one in profile, one behind hair.
    "sample2.jpg": (
        "7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691",
        (Place("p11", 1547, 271),),
    ),
    "sample5.jpg": (
        "6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938",
        (
            Place("p12", 464, 1018),
            Place("p13", 686, 555),
            Place("p14", 869, 223),
            Place("p15", 1201, 320),
            Place("p16", 1512, 534),
        ),
    ),
    "sample6.jpg": (
        "9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87",
        (Place("p17", 364, 618), Place("p18", 765, 477), Place("p19", 1273, 443), Place("p20", 1590, 411)),
    ),
}
"""SHA-256 of each picture, and who is where. One person, p04, is on two, as eye and model agree."""


def gather_registry(folder: Path, find: FaceFinder) -> list[Person]:
    """The default cast of twenty people, by id; one of them, p04, has two different portraits.

    ``folder`` holds the pictures. Raises Misconfigured where one is missing, is another file, or where ``find`` does
    not see a face in its place.
    """
    portraits: dict[str, list[Portrait]] = defaultdict(list)
    for name, (digest, places) in PICTURES.items():
        path = folder / name
        image = read(path)
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise Misconfigured(
                f"{path} is not the picture that it should be.", "Delete it and build the models again."
            )
        found = faces(image, find)
        for place in places:
            away = [float(np.hypot(face.box.centre[0] - place.x, face.box.centre[1] - place.y)) for face in found]
            nearest = int(np.argmin(away)) if away else -1
            if nearest < 0 or away[nearest] > found[nearest].box.height / 2:
                raise Misconfigured(f"No face was found at ({place.x}, {place.y}) of {name}.", "Check the detector.")
            others = found[:nearest] + found[nearest + 1 :]
            portraits[place.person].append(portrait(image, found[nearest], others))
    return [Person(person, tuple(portraits[person])) for person in sorted(portraits)]
