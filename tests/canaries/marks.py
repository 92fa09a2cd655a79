"""Marked people: whoever they are, every copy of them can be told from anything else, wherever it lies.

*Features* are 128 numbers of about the same size and any sign, whose upper bits are a mark that survives scaling and
averaging. A *picture* of somebody has a colour that runs unbroken along every row of the face, and a line of text below
the chin, in the luma plane alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture
from edge.domain.face import Box, Features

PEOPLE: Final = 1 << 16
DIMENSION: Final = 128
FACE: Final = 72
SIZE: Final = np.uint32(0x3DB40000)
MARK: Final = np.uint32(0x7FFE0000)
"""Exponent and upper bits of 128 equal numbers whose squares add up to 1: the mark. Sign and lowest bits say who."""
LINE: Final = 28
"""Characters of the line below the chin. It stands nowhere in the program, which knows it as two halves alone."""
_ONE: Final = np.frombuffer(bytes(range(33, 33 + LINE)), np.uint8)
_OTHER: Final = np.frombuffer(bytes(61 * number % 256 for number in range(LINE)), np.uint8)
BLUE: Final = 170
RED: Final = 90
_PLACES: Final = np.arange(1, DIMENSION + 1, dtype=np.uint32)
_BLOCKS: Final = 4
_MARGIN: Final = FACE // 2


def write_features(person: int, out: Features) -> None:
    """A person's features, made where they are wanted: nothing else ever holds them."""
    words = out.view(np.uint32)
    np.multiply(_PLACES, np.uint32(2654435761), out=words)
    words ^= np.uint32((person + 1) * 40503 % 2**32)
    for shift in (16, 13, 16):
        words ^= words >> np.uint32(shift)
        words *= np.uint32(2246822519)
    words &= np.uint32(0x800007FF)
    words += SIZE + np.uint32(0x10100)


def features_of(person: int) -> Features:
    """The same in an array of its own."""
    made: Features = np.empty(DIMENSION, np.float32)
    write_features(person, made)
    return made


def paint(picture: Picture, box: Box, person: int) -> None:
    """A face of sixteen blocks, light or dark, on one colour, with fine stripes, and the line below it."""
    left, top, right, bottom = int(box.left), int(box.top), int(box.right), int(box.bottom)
    picture.y[top - _MARGIN : bottom + _MARGIN, left - _MARGIN : right + _MARGIN] = 96
    side = FACE // _BLOCKS
    for block in range(_BLOCKS**2):
        row, column = top + block // _BLOCKS * side, left + block % _BLOCKS * side
        picture.y[row : row + side, column : column + side] = 124 if person >> block & 1 else 76
    picture.y[top:bottom:4, left:right] += 14
    picture.y[top + 2 : bottom : 4, left:right] -= 14
    below = bottom + 8
    np.bitwise_xor(_ONE, _OTHER, out=picture.y[below, left : left + LINE])
    halves = np.s_[(top - _MARGIN) // 2 : (bottom + _MARGIN) // 2, (left - _MARGIN) // 2 : (right + _MARGIN) // 2]
    picture.u[halves], picture.v[halves] = BLUE, RED


def is_painted(picture: Picture, box: Box) -> bool:
    """Whether the line below somebody's chin is there."""
    below, left = int(box.bottom) + 8, int(box.left)
    return bool(((picture.y[below, left : left + LINE] ^ _OTHER) == _ONE).all())


def line() -> bytes:
    """The line itself, for whoever searches: a device never asks for it."""
    return bytes(_ONE ^ _OTHER)


def read(aligned: NDArray[np.uint8]) -> int:
    """Who is on an aligned sample."""
    side = aligned.shape[0] // _BLOCKS
    inner = slice(side // 4, -(side // 4))
    green = aligned[..., 1]
    person = 0
    for block in range(_BLOCKS**2):
        row, column = block // _BLOCKS * side, block % _BLOCKS * side
        mean = int(green[row : row + side, column : column + side][inner, inner].mean())
        person |= (mean > _GREEN) << block
    return person


_GREEN: Final = 113
"""Between the green of a dark block and that of a light one."""
