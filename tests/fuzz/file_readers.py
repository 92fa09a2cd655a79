"""Readers of files that people write, copy or carry about."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from edge import assemble, chosen, connection, settings
from edge.adapters.host import ring
from edge.adapters.installed import InstalledFiles
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import Broker
from edge.adapters.tflite.model import listed
from edge.audit import memory
from edge.control_room import accuracy, asking, deploy, evidence, own_broker, roots
from edge.control_room.home_assistant import HomeFile
from edge.domain.authority import TrustRoot
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.models import ModelList
from edge.measure import errata, groups
from hardware_sim.office import MemoryKey
from tests.fuzz import authority_readers, console_readers, file_samples, samples
from tests.fuzz.examples import documents
from tests.fuzz.reader import Read, Reader


def files(folder: Path) -> list[Reader]:
    """Files of a device's and a control room's people."""
    fails = (Misconfigured,)
    room = folder / "room"
    room.mkdir()
    file_samples.put_away(room)

    devices = Broker(host="broker", port=8883, ca=room / "ca", certificate=room / "certificate", key=room / "key")

    def file(name: str, read: Callable[[Path], object]) -> Read:
        def written(raw: bytes) -> object:
            (room / name).write_bytes(raw)
            return read(room / name)

        return written

    return [
        Reader(
            "signed file of a device",
            file("device.json", lambda path: chosen.signed(path, "a", "b")),
            samples.signed,
            fails,
            ("edge.chosen:signed",),
            0.5,
        ),
        Reader(
            "configuration",
            file("device.toml", _configuration),
            file_samples.configurations,
            fails,
            (
                "edge.settings:load",
                "edge.settings:zone",
                "edge.settings:window",
                "edge.settings:faces",
            ),
            2.0,
        ),
        Reader(
            "connection",
            file("connection.toml", connection.load),
            file_samples.connections(room),
            fails,
            ("edge.connection:load",),
        ),
        Reader(
            "the control room's own broker",
            file("own.toml", lambda path: own_broker.load(path, HomeFile, devices)),
            file_samples.own_brokers,
            fails,
            ("edge.control_room.own_broker:load",),
        ),
        *authority_readers.readers(folder),
        *console_readers.readers(folder),
        Reader(
            "form of a trust root",
            file("root.toml", lambda path: roots.write(roots.read_form(path), room, None)),
            file_samples.root_forms,
            fails,
            ("edge.control_room.roots:read_form",),
        ),
        Reader(
            "trust root of a device",
            file("trusted.json", file_samples.trusted),
            file_samples.signed_roots,
            fails,
            ("edge.chosen:signed", "edge.wire.custodians:first"),
        ),
        Reader(
            "passages",
            file("passages.csv", accuracy.read_passages),
            file_samples.passages,
            fails,
            ("edge.control_room.accuracy:_rows", "edge.control_room.accuracy:_instant"),
            0.5,
        ),
        Reader(
            "errata", file("errata.json", errata.load), file_samples.errata, fails, ("edge.measure.errata:load",), 0.5
        ),
        Reader(
            "groups", file("groups.csv", groups._rows), file_samples.groups, fails, ("edge.measure.groups:_rows",), 0.5
        ),
        Reader(
            "calibration file",
            file("calibration.json", evidence.read),
            file_samples.calibrations,
            fails,
            ("edge.control_room.evidence:read",),
        ),
        Reader(
            "calibration of a device",
            file("calibration.json", file_samples.evidence),
            file_samples.calibrations,
            fails,
            ("edge.chosen:_evidence",),
        ),
        Reader(
            "calibration that was sent",
            file("calibration.json", lambda path: chosen.table(path) or _no(path)),
            file_samples.calibrations,
            fails,
            ("edge.chosen:table",),
            0.5,
        ),
        Reader(
            "list of models that was sent",
            file("manifest.json", _sent_models),
            _manifests,
            fails,
            ("edge.adapters.installed:_named",),
        ),
        Reader(
            "list of models to sign",
            file("manifest.json", lambda path: asking.sign_models(path.parent, MemoryKey())),
            _manifests,
            fails,
            ("edge.control_room.asking:sign_models",),
        ),
        Reader(
            "signed file",
            file("signed.json", deploy.read_signed),
            samples.signed,
            fails,
            ("edge.control_room.deploy:read_signed",),
            0.5,
        ),
        Reader(
            "document file",
            file("root.json", partial(assemble.document, kind=TrustRoot, name="trust root")),
            file_samples.roots,
            fails,
            ("edge.assemble:document",),
        ),
        Reader(
            "manifest of models",
            file("manifest.json", lambda path: listed(path.parent)),
            file_samples.manifests,
            fails,
            ("edge.adapters.tflite.model:listed",),
            0.5,
        ),
        Reader(
            "memory of a witness",
            file("memory.json", memory._read),
            file_samples.memories,
            (Undecodable,),
            ("edge.audit.memory:_read",),
            0.5,
        ),
        Reader(
            "remarks of earlier lives",
            file(ring.NAME, _remarks),
            file_samples.remarks,
            covers=("edge.domain.remark:read",),
            share=0.5,
        ),
        Reader("key file", file("key.pem", _key), file_samples.keys, fails, ("edge.adapters.keys:FileSigner",), 0.2),
    ]


def _configuration(path: Path) -> object:
    found = settings.load(path)
    return settings.zone(found), settings.window(found), settings.faces(found)


def _key(path: Path) -> object:
    path.chmod(0o600)
    return FileSigner(path)


def _remarks(path: Path) -> object:
    """The whole file: a line of it that is none is left out."""
    kept = ring.Ring()
    kept.keep_in(path.parent)
    if not kept.said():
        raise Undecodable("No remark.", "None.")
    return [said.line() for said in kept.said()]


def _no(path: Path) -> object:
    raise Misconfigured(f"{path} is no calibration.", "Send another.")


def _sent_models(path: Path) -> object:
    return InstalledFiles(path.parent / "nothing", path.parent).listed() or _no(path)


def _manifests(random: Random) -> list[bytes]:
    return documents(ModelList, random, 20)
