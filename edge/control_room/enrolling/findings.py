"""What enrolment finds: an outcome for every picture, remarks on entries, and the report. No features and no scores."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from edge.domain.authorisation import Category, ImageSource
from edge.domain.authority import Digest

FORMAT: Final = "lamppost-quality-report/1"
KEPT: Final = timedelta(days=31)
"""After the list was built the report is deleted: as long as a hit can be questioned, and no longer."""
MARKING: Final = (
    "Personal data of the people listed, biometric in origin. For those who build, authorise and review this list; "
    "not to be copied elsewhere."
)


class Outcome(enum.Enum):
    """What became of a picture. Closed: each has words that the person who enrols can act on."""

    USED = "used"

    MISSING = "missing"
    OUTSIDE = "outside"
    LINK = "link"
    NOT_A_FILE = "not-a-file"
    NOT_READABLE = "not-readable"
    OTHER_CONTENT = "other-content"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"

    NOT_A_PICTURE = "not-a-picture"
    OTHER_FORMAT = "other-format"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too-many-pixels"
    DAMAGED = "damaged"
    DECODER_FAILED = "decoder-failed"

    NO_FACE = "no-face"
    SEVERAL = "several-faces"
    SMALL = "small"
    TURNED = "turned"
    CUT = "cut"
    BLURRED = "blurred"
    NOISY = "noisy"
    FLAT = "flat-light"
    CLIPPED = "badly-exposed"
    HIDDEN = "hidden"
    UNSTEADY = "unsteady"

    COPY = "same-picture"
    STRANGE = "another-person"
    DISAGREE = "disagree"


ADVICE: Final = {
    Outcome.USED: "Part of the entry's template.",
    Outcome.MISSING: "Put the file where the subjects say it is.",
    Outcome.OUTSIDE: "Name a file below the folder, without '..' and without a leading slash.",
    Outcome.LINK: "Put the file itself there: links are not followed.",
    Outcome.NOT_A_FILE: "Put picture files there, and nothing else.",
    Outcome.NOT_READABLE: "Let the account that enrols read it.",
    Outcome.OTHER_CONTENT: "Export again: this file is not the one that was signed for.",
    Outcome.TOO_LARGE: "Scale it down, or save it as a JPEG.",
    Outcome.TOO_MANY: "Leave the best pictures, and take the others away.",
    Outcome.NOT_A_PICTURE: "Take it away, or export the picture again.",
    Outcome.OTHER_FORMAT: "Save it as a JPEG, PNG, WebP or BMP.",
    Outcome.ANIMATED: "Save the one frame that shows the person.",
    Outcome.TOO_MANY_PIXELS: "Crop it to the person, or scale it down.",
    Outcome.DAMAGED: "Copy or export it again.",
    Outcome.DECODER_FAILED: "Do not open it elsewhere before somebody has looked into it: it ended a process.",
    Outcome.NO_FACE: "Use a picture in which the face is seen.",
    Outcome.SEVERAL: "Crop it to the one person.",
    Outcome.SMALL: "Use a larger picture, not an enlarged one.",
    Outcome.TURNED: "Use one that looks straight ahead.",
    Outcome.CUT: "Use one that shows the whole face.",
    Outcome.BLURRED: "Use a sharper picture.",
    Outcome.NOISY: "Use one with more light, or less compressed.",
    Outcome.FLAT: "Use one with more, and more even, light.",
    Outcome.CLIPPED: "Use one that is neither over- nor underexposed.",
    Outcome.HIDDEN: "Use one without glasses, mask, hand or hair before the face.",
    Outcome.UNSTEADY: "Use another picture: the model's answer to this one is not to be relied on.",
    Outcome.COPY: "Nothing to do: it counts once.",
    Outcome.STRANGE: "Find out whose picture it is, and take it away.",
    Outcome.DISAGREE: "Find out which of the pictures are of this person.",
}
"""What to do about it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why something is no part of any template."""

    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one picture."""

    entry: str
    picture: str
    """Its file, relative to the folder, with odd characters written out."""
    outcome: Outcome
    why: str
    quality: int | None
    """0..100, of the sample as such: how well it can be compared. None where there is no sample."""

    @property
    def used(self) -> bool:
        """Whether it is part of a template."""
        return self.outcome is Outcome.USED


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about one or two entries: a fault spoils the list, a warning is for a person to judge."""

    entries: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of the list."""

    entry: str
    category: Category
    rationale: str | None
    sources: tuple[ImageSource, ...]
    """Of the pictures that are used."""
    newest: date | None
    """When the newest of them was made; None where nobody says."""
    pictures: int
    used: int
    quality: int
    """0..100, of the best of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What enrolment found."""

    format: Literal["lamppost-quality-report/1"]
    marking: str
    built: datetime
    delete: datetime
    """By then this report is deleted."""
    origin: str
    """What it was made from, and who vouches for that."""
    export: Digest | None
    """SHA-256 of the export's signed payload, where it is signed."""
    detector: Digest
    embedder: Digest
    cohort: int
    """People of the cohort that every reference was compared with."""
    carried: str
    """What the calibration carries with so many entries."""
    entries: tuple[Listed, ...]
    """That have a template."""
    left_out: tuple[str, ...]
    pictures: tuple[Found, ...]
    faults: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
