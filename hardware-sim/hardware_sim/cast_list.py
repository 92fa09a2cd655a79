"""The demonstration's watchlist: the listed volunteers, and decoys up to the length of a real list."""

from __future__ import annotations

from datetime import datetime

from edge.adapters.tflite import Detector, Extractor
from edge.control_room.deploy import SealedList
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.steps import align, fuse
from hardware_sim.office import sealed_list
from hardware_sim.portraits import Person
from hardware_sim.stage import Stage


def entry_of(person: Person) -> str:
    """The opaque id under which somebody is listed."""
    return f"volunteer-{person.id}"


def listed(stage: Stage, detector: Detector, extractor: Extractor, length: int, built: datetime) -> SealedList:
    """Enrol the listed people from their enrolment pictures and fill the list up with decoys."""
    volunteers = [(entry_of(person), reference(person, detector, extractor)) for person in stage.listed]
    return sealed_list(
        volunteers,
        decoys=length - len(volunteers),
        embedder=extractor.identity,
        built=built,
        seed=stage.seed,
    )


def reference(person: Person, detector: Detector, extractor: Extractor) -> Features:
    """Features of somebody's enrolment picture. Raises Misconfigured where no face is found on it."""
    still, wanted = person.enrolled_from.still, person.enrolled_from.face
    faces = detector.detect_rgb(still)
    if not faces:
        raise Misconfigured(f"No face was found on the enrolment picture of {person.id}.", "Use another picture.")
    face = max(faces, key=lambda found: found.box.overlap(wanted.box))
    return fuse.mean(extractor.extract([align.aligned_rgb(still, face.landmarks)]))
