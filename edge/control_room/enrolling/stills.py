"""Bytes of a picture from anywhere to an upright picture, or to the reason why not.

OpenCV decodes: it turns pictures upright by their EXIF, and reads CMYK and 16 bits; a second library (Pillow) would be
a second set of decoders for strangers' bytes to try. What OpenCV does not say is found out here, from the headers
alone: how many pixels a few bytes promise, whether there is more than one frame, whether the end is missing. A header
that lies to this module and not to the decoder meets OpenCV's own limit (:data:`ENVIRONMENT`) and that of the worker's
memory. Parts of a PNG that are not the picture, such as compressed texts and profiles, are not handed on at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edge.control_room.enrolling.acquisition import Image
from edge.control_room.enrolling.findings import Outcome, Rejected

MOST_PIXELS: Final = 50_000_000
"""A picture of 50 megapixels has been any telephone's best for years."""
PLENTY: Final = 12_500_000
"""Pixels beyond which a JPEG is decoded at half its size: a face of a reference has enough of them then."""
LONGEST: Final = 30_000
"""Pixels of a side: OpenCV's geometry ends at 32,767."""
SMALLEST: Final = 16
ENVIRONMENT: Final = {"OPENCV_IO_MAX_IMAGE_PIXELS": str(MOST_PIXELS), "OPENCV_LOG_LEVEL": "SILENT"}
"""What a process must be started with, so that OpenCV holds the same limit by itself."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND"})
_OTHERS: Final = (
    (b"GIF8", 0, "a GIF, which may move"),
    (b"II*\0", 0, "a TIFF"),
    (b"MM\0*", 0, "a TIFF"),
    (b"ftyp", 4, "a HEIC, AVIF or video"),
    (b"\0\0\0\x0cjP  ", 0, "a JPEG 2000"),
    (b"\xff\x0a", 0, "a JPEG XL"),
    (b"8BPS", 0, "a Photoshop file"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture's bytes promise."""

    width: int
    height: int
    raw: bytes
    """What of them is decoded."""
    shrinks: bool = False
    """Whether it can be decoded at half its size."""


def decoded(raw: bytes) -> Image | Rejected:
    """An (H, W, 3) uint8 RGB picture, upright, or why there is none. Raises MemoryError."""
    try:
        header = promised(raw)
    except (struct.error, IndexError):
        return _cut_short()
    if isinstance(header, Rejected):
        return header
    if min(header.width, header.height) < SMALLEST:
        return Rejected(Outcome.SMALL, f"the picture has {header.width} x {header.height} pixels")
    if header.width * header.height > MOST_PIXELS or max(header.width, header.height) > LONGEST:
        pixels = f"{header.width} x {header.height} pixels"
        return Rejected(Outcome.TOO_MANY_PIXELS, f"it has {pixels}; at most {MOST_PIXELS / 1e6:.0f} million are read")
    half = header.shrinks and header.width * header.height > PLENTY
    try:
        flags = cv2.IMREAD_REDUCED_COLOR_2 if half else cv2.IMREAD_COLOR
        image = cv2.imdecode(np.frombuffer(header.raw, np.uint8), flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        image = None
    if image is None or image.ndim != 3 or image.dtype != np.uint8:
        return Rejected(Outcome.DAMAGED, "it cannot be decoded: it is damaged")
    cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return image.astype(np.uint8, copy=False)


def promised(raw: bytes) -> Header | Rejected:
    """What the header says. Raises struct.error or IndexError where it is cut short."""
    if raw.startswith(b"\xff\xd8"):
        return _jpeg(raw)
    if raw.startswith(_PNG):
        return _png(raw)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return _webp(raw)
    if raw.startswith(b"BM") and len(raw) > 54 and raw[14:18] in (b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return _bmp(raw)
    for magic, place, name in _OTHERS:
        if raw[place : place + len(magic)] == magic:
            return Rejected(Outcome.OTHER_FORMAT, f"it is {name}")
    return Rejected(Outcome.NOT_A_PICTURE, "it is no picture" if raw else "the file is empty")


def _jpeg(raw: bytes) -> Header | Rejected:
    """ITU-T T.81, annex B: markers up to the first scan."""
    place, frame, adobe = 2, None, False
    while True:
        if raw[place] != 0xFF:
            return Rejected(Outcome.DAMAGED, "its markers are damaged")
        marker = raw[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        length: int = struct.unpack_from(">H", raw, place + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if frame is not None:
                return Rejected(Outcome.DAMAGED, "it has two frames")
            frame = struct.unpack_from(">HHB", raw, place + 5)
        adobe = adobe or (marker == 0xEE and raw[place + 4 : place + 9] == b"Adobe")
        place += 2 + length
        if marker == 0xDA:
            break
    if frame is None or raw.find(b"\xff\xd9", place) < 0:
        return _cut_short()
    height, width, components = frame
    if components == 4 and not adobe:
        return Rejected(Outcome.OTHER_FORMAT, "it is a CMYK picture that does not say how its inks are counted")
    return Header(width, height, raw, shrinks=True)


def _png(raw: bytes) -> Header | Rejected:
    kept = [_PNG]
    size: tuple[int, int] | None = None
    for kind, part in _png_parts(raw):
        if kind == b"acTL":
            return Rejected(Outcome.ANIMATED, "it is animated")
        if kind == b"IHDR":
            if size is not None:
                return Rejected(Outcome.DAMAGED, "it has two headers")
            size = struct.unpack_from(">II", part, 8)
        if kind in _PNG_PARTS:
            kept.append(part)
        if kind == b"IEND":
            return _cut_short() if size is None else Header(size[0], size[1], b"".join(kept))
    return _cut_short()


def _png_parts(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk (ISO/IEC 15948, clause 5.3)."""
    place = len(_PNG)
    while place < len(raw):
        length, kind = struct.unpack_from(">I4s", raw, place)
        if place + 12 + length > len(raw):
            return
        yield kind, raw[place : place + 12 + length]
        place += 12 + length


def _webp(raw: bytes) -> Header | Rejected:
    """RFC 9649, section 2."""
    (length,) = struct.unpack_from("<I", raw, 4)
    if length + 8 > len(raw):
        return _cut_short()
    kind = raw[12:16]
    if kind == b"VP8X":
        if raw[20] & 0x02:
            return Rejected(Outcome.ANIMATED, "it is animated")
        width, height = (int.from_bytes(raw[place : place + 3], "little") + 1 for place in (24, 27))
    elif kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", raw, 21)
        width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", raw, 26))
    else:
        return Rejected(Outcome.DAMAGED, "it is a WebP without a picture")
    return Header(width, height, raw)


def _bmp(raw: bytes) -> Header | Rejected:
    begin, _, width, height, _, bits, packing = struct.unpack_from("<IIiiHHI", raw, 10)
    row = (abs(width) * bits + 31) // 32 * 4
    if packing == 0 and begin + row * abs(height) > len(raw):
        return _cut_short()
    return Header(abs(width), abs(height), raw)


def _cut_short() -> Rejected:
    return Rejected(Outcome.DAMAGED, "it is cut short")
