"""Who is to be enrolled, as another system says it: the import contract of enrolment.

A case-management system or a matching service writes two files and the pictures beside them: the subjects, as JSON or
CSV, and an export, signed, which binds them by their digest. Every picture is bound by its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta

from edge.domain.authorisation import MAX_LIST_ENTRIES, Category, ImageSource
from edge.domain.authority import Count, Digest, Identifier, Moment, Name

MOST_PICTURES: Final = 50
"""Per subject: each is compared with each."""
SUBJECTS: Final = "lamppost-subjects/1"
EXPORT: Final = "lamppost-export/1"
RESULT: Final = "lamppost-enrolment-result/1"

FileName = Annotated[
    str,
    Meta(min_length=1, max_length=255, description="Relative to the folder of the subjects' file, with slashes."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a subject."""

    file: FileName
    digest: Digest | None
    """SHA-256 of the file; null only where the export is not signed."""
    source: ImageSource
    """Where it is lawfully held."""
    taken: date | None
    """When it was made; null where nobody knows."""

    def __post_init__(self) -> None:
        if self.source is ImageSource.NONE:
            raise ValueError("a picture has a source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person who is to be on a list, by an opaque id."""

    id: Identifier
    category: Category
    rationale: Identifier | None
    """Reference of the decision to list this person; null only where the export is not signed."""
    pictures: Annotated[tuple[Picture, ...], Meta(max_length=MOST_PICTURES)]

    def __post_init__(self) -> None:
        if self.category is Category.SYNTHETIC:
            raise ValueError("a synthetic entry is made of random numbers, not of pictures")
        if len({picture.file for picture in self.pictures}) != len(self.pictures):
            raise ValueError("a picture stands twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """All of them."""

    format: Literal["lamppost-subjects/1"]
    subjects: Annotated[tuple[Subject, ...], Meta(min_length=1, max_length=MAX_LIST_ENTRIES)]

    def __post_init__(self) -> None:
        if len({subject.id for subject in self.subjects}) != len(self.subjects):
            raise ValueError("an id stands twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What the exporting system signs."""

    format: Literal["lamppost-export/1"]
    system: Name
    """Which system made it."""
    made: Moment
    """When it looked: the list counts as built then, and is stale a day later."""
    form: Literal["json", "csv"]
    subjects: Digest
    """SHA-256 of the subjects' file."""
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    pictures: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentResult:
    """What became of an enrolment, for the system that asked for it."""

    format: Literal["lamppost-enrolment-result/1"]
    status: Literal["sealed", "spoilt", "refused", "failed"]
    """sealed: there is a list. spoilt: entries spoil it, as the report says. refused: the input was not believed or is
    not valid. failed: this machine could not."""
    exit: Annotated[int, Meta(ge=0, le=255)]
    what: str
    """What happened, in words; empty where a list was sealed."""
    remedy: str
    export: Digest | None
    """SHA-256 of the export's signed payload, where there was a signed one."""
    list: Digest | None
    """SHA-256 of the sealed list."""
    built: Moment | None
    entries: Count
    pictures: Count
    """That were looked at."""
    used: Count
    warnings: Count
    faults: tuple[str, ...]
    """Ids of the entries that spoil the list."""
