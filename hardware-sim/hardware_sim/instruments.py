"""Presentation attack instruments, and faces without one: what somebody shows to the camera.

A printed sheet has the whole photograph, a border or none, the grain of paper, a raster, less contrast than what it
shows, and gloss that moves as it is tilted; some are bent, some are cut out along the head, as an attacker would. A
screen has a bezel, a lifted black, a blue cast, a grid of pixels and a band of its refresh. A raster finer than the
camera's pixels is mostly lost in lens and pixel: it is weakened by their transfer functions, not drawn at will, so that
moire appears where physics has it (coarse posters, panels of light-emitting diodes) and hardly anywhere else.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.face import Box, Landmarks
from hardware_sim.planes import Image
from hardware_sim.portraits import Portrait
from hardware_sim.surface import Attitude, Field, Looked, Surface, flat, relief

LIFE_SIZE: Final = 0.2
"""Height of a face, metres."""


class Species(enum.Enum):
    """Kinds of instruments (ISO/IEC 30107-1), and the person themselves."""

    BONA_FIDE = "bona fide"
    PRINT = "print"
    CUT_OUT = "print cut out"
    SCREEN = "screen"
    PANEL = "coarse panel"


@dataclass(frozen=True, slots=True)
class Raster:
    """A grid of dots or pixels."""

    pitch: float
    """Metres."""
    contrast: float
    """Of its first harmonic, 0..1."""
    turn: float
    """Radians."""


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """A surface and what is special about its look."""

    species: Species
    surface: Surface = field(repr=False)
    face: Box
    """The face, in texels."""
    landmarks: Landmarks
    """(5, 2) float32, in texels."""
    raster: Raster | None = None
    gloss: float = 0.0
    """Grey levels."""
    band: float = 0.0
    """Strength of the refresh band, share of the light."""


def person(portrait: Portrait, rng: Generator) -> Instrument:
    """A face with its relief."""
    head = portrait.head
    depth, metre = relief(head.image.shape[:2], head.landmarks, float(rng.uniform(0.8, 1.2)))
    middle = head.landmarks.mean(axis=0)
    surface = Surface(head.image, head.alpha, metre, (float(middle[0]), float(middle[1])), depth)
    return Instrument(Species.BONA_FIDE, surface, head.box, head.landmarks)


def moved_features(instrument: Instrument, landmarks: Landmarks, mouth: float, brow: float) -> Instrument:
    """The same face a moment later: the mouth opened and the brows raised by so many eye distances."""
    surface = instrument.surface
    high, wide = surface.image.shape[:2]
    rows, columns = np.mgrid[:high, :wide].astype(np.float32)
    apart = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    chin, eyes = landmarks[3:].mean(axis=0), landmarks[:2].mean(axis=0)
    moved = rows.copy()
    for (x, y), down, reach in ((chin, mouth, 0.45), (eyes - (0, 0.35 * apart), -brow, 0.4)):
        away = ((columns - x) ** 2 + (rows - y) ** 2) / (2 * (reach * apart) ** 2)
        moved -= np.float32(down * apart) * np.exp(-away)
    image = cv2.remap(surface.image, columns, moved, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return replace(instrument, surface=replace(surface, image=image.astype(np.uint8, copy=False)))


def printed(portrait: Portrait, rng: Generator, *, cut_out: bool = False) -> Instrument:
    """A photograph on paper."""
    image, landmarks, alpha, face = _shown(portrait, rng, cut_out=cut_out)
    metre = _metre(landmarks, float(rng.uniform(0.8, 1.25)))
    contrast, paper = float(rng.uniform(0.7, 0.95)), float(rng.uniform(8, 30))
    grain = rng.standard_normal(image.shape[:2], np.float32)[..., None] * np.float32(rng.uniform(0.5, 3))
    look = np.clip(image * contrast + paper + grain, 0, 255).astype(np.uint8)
    border = 0 if cut_out else round(metre * float(rng.choice([0.0, 0.006, 0.015])))
    look = _bordered(look, border, (228, 228, 224))
    alpha = _bordered(alpha, border, (255,))
    middle = landmarks.mean(axis=0) + border
    bend = float(rng.choice([0.0, 0.0, rng.uniform(0.5, 3)]))
    surface = Surface(
        look, alpha, metre, (float(middle[0]), float(middle[1])), flat(look.shape[:2], bend, metre)
    )  # fmt: skip
    raster = Raster(float(rng.choice([0.00015, 0.0003, 0.0006])), 0.12, math.radians(45))
    species = Species.CUT_OUT if cut_out else Species.PRINT
    return Instrument(
        species,
        surface,
        face.moved(border, border),
        landmarks + np.float32(border),
        raster,
        gloss=float(rng.choice([0.0, rng.uniform(10, 50)])),
    )


def screened(portrait: Portrait, rng: Generator, *, coarse: bool = False) -> Instrument:
    """A photograph on a tablet, a monitor or, coarse, a panel of light-emitting diodes."""
    image, landmarks, _, face = _shown(portrait, rng)
    metre = _metre(landmarks, float(rng.uniform(0.6, 1.3)))
    black, gamma = float(rng.uniform(5, 25)), float(rng.uniform(0.8, 1.3))
    cast = np.array([rng.uniform(0.86, 1.0), rng.uniform(0.94, 1.0), 1.0], np.float32)
    light = float(rng.uniform(0.7, 1.15))
    lit = (image.astype(np.float32) / 255) ** np.float32(gamma) * (255 - black) * cast * light + black
    look = np.clip(lit, 0, 255).astype(np.uint8)
    bezel, shade = round(metre * float(rng.uniform(0.003, 0.02))), float(rng.choice([18.0, 30.0, 190.0]))
    look = _bordered(look, bezel, (shade, shade, shade))
    alpha = np.full(look.shape[:2], 255, np.uint8)
    middle = landmarks.mean(axis=0) + bezel
    surface = Surface(look, alpha, metre, (float(middle[0]), float(middle[1])), flat(look.shape[:2]))
    pitch = float(rng.uniform(0.0009, 0.0026)) if coarse else float(rng.choice([0.0001, 0.00025, 0.0003]))
    raster = Raster(pitch, 0.5 if coarse else 0.3, float(rng.normal(0, 0.03)))
    band = float(rng.choice([0.0, rng.uniform(0.02, 0.2)]))
    species = Species.PANEL if coarse else Species.SCREEN
    return Instrument(species, surface, face.moved(bezel, bezel), landmarks + np.float32(bezel), raster, band=band)


def made(species: Species, portrait: Portrait, rng: Generator) -> Instrument:
    """What somebody with this portrait shows."""
    if species is Species.BONA_FIDE:
        return person(portrait, rng)
    if species in (Species.PRINT, Species.CUT_OUT):
        return printed(portrait, rng, cut_out=species is Species.CUT_OUT)
    return screened(portrait, rng, coarse=species is Species.PANEL)


def lit(instrument: Instrument, seen: Looked, attitude: Attitude, sharp: float, phase: float) -> Looked:
    """Add what depends on camera and attitude: raster, gloss, band.

    ``sharp`` is the lens's blur (standard deviation, pixels); ``phase`` is where the refresh band stands, 0..1.
    """
    colour = seen.colour
    if instrument.raster is not None:
        colour = colour * _raster(instrument, instrument.raster, seen.texel, attitude.scale, sharp)[..., None]
    high, wide = instrument.surface.image.shape[:2]
    if instrument.gloss:
        x = seen.texel[..., 0] / wide - (0.5 + 1.5 * math.sin(2 * attitude.yaw))
        y = seen.texel[..., 1] / high - (0.3 + 1.5 * math.sin(2 * attitude.pitch))
        colour = colour + instrument.gloss * np.exp(-(x**2 + y**2) / 0.08)[..., None]
    if instrument.band:
        away = np.abs((seen.texel[..., 1] / high - phase + 0.5) % 1.0 - 0.5)
        colour = colour * (1 - instrument.band * np.clip(1 - away / 0.18, 0, 1))[..., None]
    return seen._replace(colour=colour.astype(np.float32))


def _raster(instrument: Instrument, raster: Raster, texel: Field, scale: float, sharp: float) -> Field:
    """What is left of a raster's first harmonic behind lens and pixel, sampled where the pixels are: (h, w)."""
    cycles = 1 / (raster.pitch * scale)
    left = raster.contrast * math.exp(-2 * (math.pi * sharp * cycles) ** 2) * abs(float(np.sinc(cycles)))
    if left < 1e-3:
        return np.ones(texel.shape[:2], np.float32)
    metres = texel / np.float32(instrument.surface.metre)
    cos, sin = math.cos(raster.turn), math.sin(raster.turn)
    across, along = metres[..., 0] * cos + metres[..., 1] * sin, metres[..., 1] * cos - metres[..., 0] * sin
    waves = np.cos(math.tau / raster.pitch * across) + np.cos(math.tau / raster.pitch * along)
    whole: Field = (1 + left / 2 * waves).astype(np.float32)
    return whole


def _bordered(plane: NDArray[np.uint8], wide: int, colour: tuple[float, ...]) -> NDArray[np.uint8]:
    framed = cv2.copyMakeBorder(plane, wide, wide, wide, wide, cv2.BORDER_CONSTANT, value=colour)
    return framed.astype(np.uint8, copy=False)


def _metre(landmarks: Landmarks, size: float) -> float:
    """Texels per metre of a picture that shows a face ``size`` times as large as life."""
    return float(np.linalg.norm(landmarks[1] - landmarks[0])) / (0.063 * size)


def _shown(
    portrait: Portrait, rng: Generator, *, cut_out: bool = False
) -> tuple[Image, Landmarks, NDArray[np.uint8], Box]:
    """The part of the photograph that is shown, the landmarks in it, its outline, and the face."""
    if cut_out:
        return portrait.head.image, portrait.head.landmarks, portrait.head.alpha, portrait.head.box
    still, box = portrait.still, portrait.face.box
    high, wide = still.shape[:2]
    left = max(0, int(box.left - float(rng.uniform(0.15, 0.9)) * box.width))
    right = min(wide, int(box.right + float(rng.uniform(0.15, 0.9)) * box.width))
    top = max(0, int(box.top - float(rng.uniform(0.2, 0.7)) * box.height))
    bottom = min(high, int(box.bottom + float(rng.uniform(0.15, 0.7)) * box.height))
    part = np.ascontiguousarray(still[top:bottom, left:right])
    marks = (portrait.face.landmarks - np.array([left, top], np.float32)).astype(np.float32)
    return part, marks, np.full(part.shape[:2], 255, np.uint8), box.moved(-left, -top)
