"""Files that are no good pictures of anybody, made of a good one; and good ones that are unusual."""

from __future__ import annotations

import functools
import io
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from tests.control_room.stills import Image


def encoded(image: Image, suffix: str, *parameters: int) -> bytes:
    """An RGB picture as a file."""
    ok, packed = cv2.imencode(suffix, np.ascontiguousarray(image[..., ::-1]), list(parameters))
    assert ok
    return packed.tobytes()


def turned(image: Image, suffix: str = ".jpg") -> bytes:
    """Lying on its side, with an EXIF that says so (6: turn it clockwise to see it upright)."""
    raw = encoded(np.ascontiguousarray(np.rot90(image)), suffix)
    tags = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x112, 3, 1, 6, 0) + bytes(4)
    if suffix == ".jpg":
        return raw[:2] + b"\xff\xe1" + struct.pack(">H", len(tags) + 8) + b"Exif\0\0" + tags + raw[2:]
    return raw[:33] + chunk(b"eXIf", tags) + raw[33:]


def cmyk(image: Image) -> bytes:
    """In four inks, as presses want it."""
    out = io.BytesIO()
    Pillow.fromarray(image).convert("CMYK").save(out, "JPEG", quality=95)
    return out.getvalue()


def cmyk_of_unknown_polarity(image: Image) -> bytes:
    """The same without Adobe's marker."""
    raw = cmyk(image)
    place = raw.index(b"Adobe") - 4
    length = struct.unpack_from(">H", raw, place + 2)[0]
    return raw[:place] + raw[place + 2 + length :]


def deep(image: Image) -> bytes:
    """16 bits a channel."""
    ok, packed = cv2.imencode(".png", image[..., ::-1].astype(np.uint16) * 257)
    assert ok
    return packed.tobytes()


def animated(image: Image, suffix: str) -> bytes:
    """Two frames."""
    film = cv2.Animation()
    film.frames = [np.ascontiguousarray(image[..., ::-1]), np.ascontiguousarray(image[:, ::-1, ::-1])]
    film.durations = [100, 100]
    ok, packed = cv2.imencodeanimation(suffix, film)
    assert ok
    return np.asarray(packed).tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *parts: bytes, rows: bytes = b"\0" * 1000) -> bytes:
    """A PNG of that size, whatever its rows are."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def bomb_of_pixels() -> bytes:
    """60,000 x 60,000 pixels in a few kilobytes."""
    return png(60_000, 60_000, rows=bytes(4_000_000))


def bomb_in_a_text(image: Image) -> bytes:
    """A good PNG with 100 MB of compressed text in it."""
    raw, text = encoded(image, ".png"), _text()
    return raw[:33] + chunk(b"zTXt", b"Comment\0\0" + text) + chunk(b"iCCP", b"x\0\0" + text) + raw[33:]


@functools.cache
def _text() -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(10_000_000)) for _ in range(10)) + packer.flush()


def two_headers() -> bytes:
    """A PNG that says 20 x 20 first and 30,000 x 30,000 then."""
    return png(20, 20, chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)))


def two_frames(image: Image) -> bytes:
    """A JPEG with a second frame header that promises 65,000 x 65,000 pixels."""
    raw = encoded(image, ".jpg")
    place = raw.index(b"\xff\xc0")
    length = struct.unpack_from(">H", raw, place + 2)[0]
    again = bytearray(raw[place : place + 2 + length])
    again[5:9] = struct.pack(">HH", 65_000, 65_000)
    return raw[:place] + raw[place : place + 2 + length] + bytes(again) + raw[place + 2 + length :]


def zipped(size: int = 20_000_000) -> bytes:
    """A zip bomb."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.jpg", bytes(size))
    return out.getvalue()


def files(image: Image) -> dict[str, bytes]:
    """By a name that says what is wrong with them."""
    jpeg, ping = encoded(image, ".jpg"), encoded(image, ".png")
    harmed = bytearray(ping)
    harmed[len(ping) // 2 : len(ping) // 2 + 40] = b"\x55" * 40
    return {
        "empty.jpg": b"", "text.jpg": b"This is no picture.\n" * 20, "zip.jpg": zipped(),
        "pdf.png": b"%PDF-1.7\n" + bytes(99),
        "cut-early.jpg": jpeg[:40], "cut.jpg": jpeg[: len(jpeg) // 2], "cut.png": ping[: len(ping) // 2],
        "cut.webp": encoded(image, ".webp")[:-100], "cut.bmp": encoded(image, ".bmp")[:-100],
        "harmed.png": bytes(harmed),
        "gif.gif": animated(image, ".gif"), "animated.webp": animated(image, ".webp"),
        "animated.png": animated(image, ".png"), "tiff.jpg": encoded(image, ".tiff"), "bomb.png": bomb_of_pixels(),
        "wide.png": png(20_000, 20_000),
        "two-headers.png": two_headers(), "two-frames.jpg": two_frames(image), "narrow.png": png(40_000, 20),
        "tiny.png": png(3, 3), "inks.jpg": cmyk_of_unknown_polarity(image),
    }  # fmt: skip


def unusual(image: Image) -> dict[str, bytes]:
    """Good ones, once they are read as they should be."""
    return {
        "turned.jpg": turned(image), "turned.png": turned(image, ".png"), "cmyk.jpg": cmyk(image),
        "deep.png": deep(image),
        "text-bomb.png": bomb_in_a_text(image), "no-suffix": encoded(image, ".jpg"),
        "wrong-suffix.png": encoded(image, ".webp"),
    }  # fmt: skip


def write(folder: Path, named: dict[str, bytes]) -> None:
    """All of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in named.items():
        (folder / name).write_bytes(raw)
