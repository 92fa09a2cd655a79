"""What hits are compared with: one picture of each entry, sealed to a deployment's recipients, gone with its hits.

    <keep>/<authorisation>/references/<SHA-256 of the entry>.ref

The list that a device is given holds no picture, and enrolment keeps none. Whoever decides about a hit has to see whom
the candidate would be; so, once an authorisation is signed and while the pictures that the list was built from are
still at hand, one picture of each entry *of that very list* is cut to its face and sealed to the recipients whom the
authorisation names. Whoever cannot open a deployment's hits cannot open these, and when its keys are destroyed both are
unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from numpy.typing import NDArray

from edge.adapters import pictures
from edge.control_room.deploy import SealedList
from edge.control_room.enrolling.acquisition import FindsFaces
from edge.domain.authorisation import Authorisation, Category
from edge.domain.authority import Identifier
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.face import Box
from edge.wire import sealed, watchlist
from edge.wire.sealed import HitBinding
from edge.wire.signed import canonical, digest, parse

SIDE: Final = 320
"""Pixels of a reference picture."""
AROUND: Final = 2.0
"""Its side, in heights of the face: with hair, ears and chin, and without whoever stands beside."""
_QUALITY: Final = 88

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Filed:
    """What was sealed, and for whom there is no picture."""

    sealed: int
    without: tuple[Identifier, ...]


def entries_of(listed: SealedList) -> list[Identifier]:
    """The entries of a list that have a picture. Raises Undecodable. The opened list is overwritten again."""
    buffer = bytearray(watchlist.header_of(listed.file).content_bytes())
    try:
        opened = watchlist.open_into(memoryview(buffer), listed.file, listed.key)
        found = [opened.entry(row) for row in range(len(opened.records))]
        return [one.id for one in found if one.category is not Category.SYNTHETIC]
    finally:
        np.frombuffer(buffer, np.uint8)[:] = 0


def file(
    folder: Path, document: Authorisation, listed: SealedList, found: Iterable[tuple[Identifier, bytes]]
) -> Filed:  # fmt: skip
    """Seal pictures (JPEG) of entries into a deployment's folder; those of nobody on the list are passed over.

    Raises Misconfigured where the list is not the authorisation's, or the folder cannot be written.
    """
    if digest(listed.file) != document.watchlist.digest:
        raise Misconfigured("The list is not the one that the authorisation names.", "Name the list that it names.")
    wanted = dict.fromkeys(entries_of(listed), False)
    place = folder / document.id / "references"
    keys = [recipient.seal for recipient in document.recipients]
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry, jpeg in found:
            if entry not in wanted:
                continue
            path = place / _name(entry)
            path.touch(mode=0o600)
            path.write_bytes(canonical(sealed.seal(jpeg, keys, _binding(document, entry))))
            wanted[entry] = True
    except OSError as error:
        raise Misconfigured(f"{place} cannot be written: {error.strerror}.", "Check the folder.") from error
    return Filed(sum(wanted.values()), tuple(entry for entry, there in wanted.items() if not there))


def opened(
    folder: Path, site: str, device: str, authorisation: Identifier, entry: Identifier, private: X25519PrivateKey
) -> bytes | None:  # fmt: skip
    """The JPEG of an entry; None where none is kept. Raises Undecodable where it is for another key, or changed."""
    path = folder / authorisation / "references" / _name(entry)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Check the folder.") from error
    binding = HitBinding(purpose=_PURPOSE, site=site, device=device, authorisation=authorisation, hit=entry)
    return sealed.unseal(parse(raw, sealed.Box), private, binding)


def cut(people: Path, detector: FindsFaces) -> Iterator[tuple[Identifier, bytes]]:
    """The best picture of each entry of a folder as enrolment reads it, cut to its face. Raises Misconfigured."""
    for entry, images in pictures.of_people(people):
        best = max((one for image in images if (one := _face(image, detector)) is not None), default=None, key=_height)
        if best is not None:
            yield entry, cut_to(*best)


def _face(image: Image, detector: FindsFaces) -> tuple[Image, Box] | None:
    found = sorted(detector.detect_rgb(image), key=lambda face: -face.box.height)
    return (image, found[0].box) if found else None


def _height(found: tuple[Image, Box]) -> float:
    return float(found[1].height)


def cut_to(image: Image, box: Box) -> bytes:
    """An (H, W, 3) uint8 RGB picture cut to a face and what is around it, as JPEG. Raises Undecodable."""
    side = AROUND * box.height
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    scale = SIDE / side
    onto = np.array([[scale, 0, SIDE / 2 - scale * across], [0, scale, SIDE / 2 - scale * down]])
    picture = cv2.warpAffine(
        image,
        onto,
        (SIDE, SIDE),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
    )
    done, coded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise Undecodable("The picture cannot be written as JPEG.", "Use another picture.")
    return coded.tobytes()


_PURPOSE: Final = "lamppost reference 1"


def _binding(document: Authorisation, entry: Identifier) -> HitBinding:
    return HitBinding(
        purpose=_PURPOSE, site=document.site, device=document.device, authorisation=document.id, hit=entry
    )


def _name(entry: Identifier) -> str:
    return f"{watchlist.entry_digest(entry).hex()}.ref"
