"""A bundle as a reader: whatever its files are, an examination of it ends with a report."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from edge.audit import bringing, release, transparency
from edge.audit.case import Brought
from edge.audit.report import examine
from edge.domain.errors import Misconfigured
from edge.wire.signed import canonical
from hardware_sim.site import CALIBRATION
from tests.audit.folders import put
from tests.audit.mornings import a_morning
from tests.audit.story import name_of, page_of
from tests.fuzz import file_samples
from tests.fuzz.examples import documents
from tests.fuzz.reader import Reader


class Examined:
    """A bundle of which one file is damaged, in turn; the first page knows of it, unless it is the first page."""

    def __init__(self, folder: Path) -> None:
        story = a_morning()
        self._folder = folder
        self._files = story.files()
        self._names = sorted(self._files)
        self._brought = Brought(root=name_of(story.signed_root))

    def seeds(self, _random: Random) -> list[bytes]:
        """A byte for the file, then its content."""
        return [bytes([number]) + self._files[name] for number, name in enumerate(self._names)]

    def records(self, _random: Random) -> list[bytes]:
        """Of the same story."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            found = transparency.records(examine(put(Path(folder), self._files), self._brought))
        return [*map(transparency.as_json, found), transparency.as_json(transparency.register(found))]

    def read(self, raw: bytes) -> object:
        name = self._names[(raw[0] if raw else 0) % len(self._names)]
        files = {**self._files, name: raw[1:]}
        if name != "bundle.json":
            files["bundle.json"] = page_of(files)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            return examine(put(Path(folder), files), self._brought).holds


def bundles(folder: Path) -> list[Reader]:
    """The auditor's readers."""
    room = folder / "audit"
    room.mkdir()
    table, root = room / "calibration.json", room / "root.json"
    manifest = room / "manifest.json"

    def installed(raw: bytes) -> object:
        """A byte says which of the two files it is; the other one is whole."""
        manifest.write_bytes(b'{"models":[{"file":"a","sha256":"' + b"0" * 64 + b'","precision":"int8"}]}')
        table.write_bytes(canonical(CALIBRATION))
        (table if raw[:1] == b"\0" else manifest).write_bytes(raw[1:])
        return release.of_installed(room, table)

    def named(raw: bytes) -> object:
        root.write_bytes(raw)
        return bringing._root(str(root))

    examined = Examined(room)
    fails = (Misconfigured,)
    return [
        Reader("bundle", examined.read, examined.seeds, (), ("edge.audit.bundle:read",), 0.05),
        Reader(
            "installed release",
            installed,
            lambda random: [
                *(b"\0" + raw for raw in file_samples.calibrations(random)),
                *(b"\1" + raw for raw in file_samples.manifests(random)),
            ],
            fails,
            ("edge.audit.release:of_installed", "edge.audit.release:of", "edge.audit.release:_calibration"),
            0.2,
        ),
        Reader(
            "release manifest",
            lambda raw: (manifest.write_bytes(raw), release.load(manifest)),
            lambda random: [one_release(), *documents(release.Release, random, 20)],
            fails,
            ("edge.audit.release:load",),
            0.2,
        ),
        Reader("trust root of an auditor", named, file_samples.roots, fails, ("edge.audit.bringing:_root",), 0.2),
        Reader(
            "transparency record",
            transparency.read,
            examined.records,
            covers=("edge.audit.transparency:read",),
            share=0.2,
        ),
    ]


def one_release() -> bytes:
    return canonical(release.Release(
        format=release.FORMAT, version="0.1.0", detector="a" * 64, embedder="b" * 64, calibration="c" * 64, files={}
    ))  # fmt: skip
