"""Readers of what other systems export for enrolment, and of what processes say that decoded strangers' files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import cv2
import msgspec
import numpy as np

from edge.control_room.enrolling import answers, intake, stills
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import THUMBPRINT, Shot
from edge.domain.authority import Signed
from edge.domain.errors import Undecodable
from edge.domain.subjects import EXPORT, Export, Subjects
from edge.wire import subjects
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.office import MemoryKey
from tests.fuzz.examples import documents
from tests.fuzz.reader import Reader

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROWS = (
    b"id,category,rationale,picture,digest,source,taken\r\n"
    b"a-1,wanted-by-court,case-1,a/1.jpg," + b"1" * 64 + b",custody,2020-02-29\r\n"
    b'a-1,wanted-by-court,case-1,"a/2 ""b"".jpg",' + b"0" * 64 + b",court-or-prison,\r\n"
    b"b-2,missing-at-risk,case-2,,,,\r\n"
)


class Exported:
    """A signed export and its subjects, of which one or the other is damaged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = MemoryKey()

    def subjects(self, raw: bytes) -> object:
        """Signed as they are, so that it is their content that counts."""
        return subjects.believed(self._signed(raw), raw, [self._key.public], NOW)

    def envelopes(self, _: Random) -> list[bytes]:
        return [json.dumps(msgspec.to_builtins(self._signed(ROWS))).encode()]

    def envelope(self, raw: bytes) -> object:
        """An export as it lies in a file, over good subjects."""
        (self._folder / "subjects.csv").write_bytes(ROWS)
        (self._folder / "export.json").write_bytes(raw)
        return intake.of_export(self._folder / "subjects.csv", self._folder / "export.json", [self._key.public], NOW)

    def file(self, name: str) -> Callable[[bytes], object]:
        def read(raw: bytes) -> object:
            (self._folder / name).write_bytes(raw)
            return intake.of_subjects(self._folder / name)

        return read

    def _signed(self, raw: bytes) -> Signed:
        said = Export(
            format=EXPORT, system="cases", made=NOW, form="csv", subjects=digest(raw), entries=2, pictures=2
        )  # fmt: skip
        return sign(said, Kind.EXPORT, self._key)


def enrolling(folder: Path) -> list[Reader]:
    """All of them."""
    folder.mkdir()
    known = Exported(folder)
    no = (intake.Disbelieved,)
    return [
        Reader(
            "subjects in JSON",
            known.file("subjects.json"),
            lambda random: [canonical(subjects.read_csv(ROWS)), *documents(Subjects, random, 20)],
            no,
            ("edge.wire.subjects:read_json",),
        ),
        Reader("subjects in CSV", known.file("subjects.csv"), lambda _: [ROWS], no, ("edge.wire.subjects:read_csv",)),
        Reader(
            "subjects that were signed",
            known.subjects,
            lambda _: [ROWS],
            (Undecodable,),
            ("edge.wire.subjects:believed", "edge.wire.subjects:_of_csv"),
        ),
        Reader(
            "signed export",
            known.envelope,
            known.envelopes,
            no,
            ("edge.control_room.enrolling.intake:of_export",),
        ),
        Reader(
            "answer of a worker",
            lambda raw: answers.look_of(answers.read(raw)),
            _answers,
            (Undecodable,),
            ("edge.control_room.enrolling.answers:read",),
        ),
        Reader("picture", _picture, _pictures, (Undecodable,), share=0.5),
    ]


def _answers(_: Random) -> list[bytes]:
    unit = np.zeros(128, np.float32)
    unit[3] = 1
    shot = Shot(0.9, unit, np.zeros(THUMBPRINT, np.float32))
    return [answers.encoded(shot), answers.encoded(Rejected(Outcome.BLURRED, "blurred"))]


def _picture(raw: bytes) -> object:
    found = stills.decoded(raw)
    if isinstance(found, Rejected):
        raise Undecodable(found.why, "None.")
    return found.shape


def _pictures(_: Random) -> list[bytes]:
    image = cv2.resize(np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5, (48, 40))
    return [cv2.imencode(suffix, image)[1].tobytes() for suffix in (".jpg", ".png", ".webp", ".bmp")]
