"""The surface, walked: no message, order, leaf, topic, command or port can carry a frame, features, track or query.

Every field that a device can say or record is listed by its type here, so that a new one has to be thought about.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import re
import typing
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType, NoneType, UnionType

import msgspec
import numpy as np
import pytest

import edge
from edge import cli, ports
from edge.domain import health as domain_health
from edge.domain import jobs, orders, record, transfers
from edge.domain import models as domain_models
from edge.domain.authority import Count, Signed
from edge.domain.capture import Frame, Picture
from edge.domain.face import Face, Probe
from edge.domain.leaves import deployment, device, hits
from edge.domain.orders import Verb
from edge.wire import events, health, parcels, public
from edge.wire.sealed import Box
from hardware_sim.site import Site

SOURCE = Path(edge.__file__).parent
SPOKEN: tuple[ModuleType, ...] = (
    events, health, domain_health, public, orders, record, deployment, device, hits, jobs, transfers, domain_models,
    parcels,
)  # fmt: skip
PLAIN = {str, int, bool, NoneType, datetime, timedelta, Decimal}
PERSONAL = {
    "face", "entry", "category", "band", "box", "samples", "seen_for_ms", "presentation", "captured", "searched",
}  # fmt: skip
"""What a hit says of a person: inside the seal, to the recipients alone."""
TELLING = {
    "frame", "picture", "image", "video", "pixel", "template", "feature", "embedding", "probe", "vector", "track",
    "score", "distance", "query", "similar", "age", "sex", "gender", "ethnic", "race", "emotion", "face", "person",
    "name", "position",
}  # fmt: skip
FREE_TEXT = {
    "State.reasons", "State.version", "Booted.version", "Refused.reason", "CaptureClosed.why", "SightChanged.why",
    "Reply.reason", "Reply.remedy", "Reply.facts", "HitContent.statement", "HitContent.face",
    "HitContent.salt", "EpochOpened.previous_origin", "Checkpoint.origin", "CloudEvent.specversion", "CloudEvent.id",
    "CloudEvent.source", "CloudEvent.type", "CloudEvent.datacontenttype", "ListedTensor.name", "Piece.content",
}  # fmt: skip
"""Text that no pattern bounds. All of it is written by this program from closed vocabularies, or lies inside a seal; a
tensor's name is an evaluator's, and a piece's content a file of the evidence that this page walks where it is read."""


def nouns() -> list[type]:
    """Everything that is spoken or recorded."""
    return [
        kind
        for module in SPOKEN
        for kind in vars(module).values()
        if inspect.isclass(kind) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
        if not kind.__name__.startswith("_")
        if kind not in (record.OutboxRow, domain_health.Concerning, jobs.Job)  # which never leave the device
    ]


def fields(kind: type) -> dict[str, object]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def leaves_of(hint: object) -> Iterator[tuple[object, tuple[object, ...]]]:
    """The plain types that a hint is made of, each with what bounds it."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        inner, *bounds = typing.get_args(hint)
        for kind, more in leaves_of(inner):
            yield kind, (*bounds, *more)
    elif origin in (typing.Union, UnionType, tuple, dict):
        for part in typing.get_args(hint):
            if part is not Ellipsis:
                yield from leaves_of(part)
    elif hint in (Signed, Box):
        return  # a signature or a seal around what is walked where it is read
    elif inspect.isclass(hint) and dataclasses.is_dataclass(hint):
        if hint not in nouns():
            for part in fields(hint).values():
                yield from leaves_of(part)
    else:
        yield hint, ()


ALL = [(f"{kind.__name__}.{name}", hint) for kind in nouns() for name, hint in fields(kind).items()]


def test_there_is_something_to_walk() -> None:
    assert len(ALL) > 100


def test_every_field_is_text_a_number_an_instant_or_one_of_a_closed_list() -> None:
    for where, hint in ALL:
        for kind, _ in leaves_of(hint):
            closed = typing.get_origin(kind) is typing.Literal or (
                inspect.isclass(kind) and issubclass(kind, enum.Enum)
            )
            assert kind in PLAIN or closed, f"{where} carries {kind}"


def test_text_has_a_pattern_or_is_on_the_short_list() -> None:
    loose = {
        where
        for where, hint in ALL
        for kind, bounds in leaves_of(hint)
        if kind is str and not any(isinstance(bound, msgspec.Meta) and bound.pattern for bound in bounds)
    }
    assert loose == FREE_TEXT


def test_no_field_is_called_what_may_not_be_said() -> None:
    told = {
        where
        for where, hint in ALL
        for word in where.split(".")[1].removesuffix("_ms").split("_")
        if word in TELLING or word.removesuffix("s") in TELLING
    }
    # Numbers of frames and of searches, and the one picture inside the seal.
    counts = {"CaptureClosed.frames", "PastHour.faces", "PastDeployment.faces"}
    # What a file of the evidence, and a tensor of a model, is called.
    assert told == counts | {"HitContent.face", "Piece.name", "ListedTensor.name"}
    assert all(hint == Count for where, hint in ALL if where in counts)


def test_what_a_hit_says_of_a_person_is_said_inside_the_seal_and_nowhere_else() -> None:
    content = set(fields(events.HitContent))
    assert content > PERSONAL
    for kind in nouns():
        if kind not in (events.HitContent, events.PreviewContent, orders.WithdrawEntry):
            assert not (PERSONAL - {"box"}) & set(fields(kind)), kind
    # Inside a seal too, and of a view in which nobody can be told.
    assert PERSONAL & set(fields(events.PreviewContent)) == {"captured"}
    # On the sealed hit «box» is the seal itself.
    assert dataclasses.is_dataclass(fields(events.SealedHit)["box"])


def test_the_orders_that_there_are_neither_search_nor_enrol_nor_loosen_nor_look() -> None:
    assert {verb.value for verb in Verb} == {
        "start", "load", "stop", "presence", "ack", "status", "trust", "ratify", "review", "hold", "withdraw-entry",
        "accuracy", "reset-clock", "replay", "announce", "self-test", "support", "export",
    }  # fmt: skip


def test_the_topics_that_a_device_speaks_on_are_few_and_known(watching: Site) -> None:
    watching.walk(7)
    watching.walk(30, after=2)
    watching.run(70)
    watching.stop()
    topics, base = watching.topics, watching.topics.base
    incoming = (f"{base}/cmd/", f"{base}/blob/")
    spoken = {heard.topic for heard in watching.broker.heard if not heard.topic.startswith(incoming)}
    known = {
        topics.state,
        topics.health,
        topics.deployment,
        topics.hit,
        topics.checkpoint,
        topics.public,
        f"{topics.replies}desk",
    }
    assert spoken == known


def test_only_camera_and_models_are_given_or_give_pixels_and_features() -> None:
    seeing = set()
    for name, port in vars(ports).items():
        if not inspect.isclass(port) or port.__module__ != ports.__name__ or not getattr(port, "_is_protocol", False):
            continue
        for method in vars(port).values():
            called = method.fget if isinstance(method, property) else method
            if not inspect.isfunction(called):
                continue
            hints = typing.get_type_hints(called).values()
            if any(_sees(hint) for hint in hints):
                seeing.add(f"{name}.{called.__name__}")
    assert seeing == {"Camera.next", "Detector.detect", "Detector.refine", "Extractor.extract"}


def _sees(hint: object) -> bool:
    origin = typing.get_origin(hint)
    if origin is np.ndarray or hint is np.ndarray or hint in (Frame, Picture, Face, Probe):
        return True
    return any(_sees(part) for part in typing.get_args(hint))


ON_THE_POLE = [
    path
    for folder in ("domain", "steps", "wire", "safeguards", "daemon", "adapters", "assemble")
    for path in sorted((SOURCE / folder).rglob("*.py"))
] + [SOURCE / name for name in ("machine.py", "ports.py", "settings.py")]


def test_nothing_on_the_pole_writes_shows_or_streams_a_picture() -> None:
    """In the source: what would do it is never called, and a picture is encoded in one place, for the seal."""
    forbidden = {"imwrite", "imshow", "VideoWriter", "tofile", "savez", "memmap", "pickle", "print"}
    found, encoded = [], []
    for path in ON_THE_POLE:
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in forbidden:
                found.append(f"{path.relative_to(SOURCE)}:{name}")
            if name == "imencode":
                encoded.append(path.relative_to(SOURCE).as_posix())
    assert found == []
    assert len(encoded) == 1


def test_no_command_searches_shows_records_or_replays(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    commands = set(re.findall(r"^ {4}([a-z][a-z-]*)", capsys.readouterr().out, re.MULTILINE))
    words = {word for command in commands for word in command.split("-")}
    looking = {"search", "find", "query", "preview", "view", "live", "stream", "record", "replay", "snapshot"}
    assert {"run", "authority", "enrol"} <= commands
    assert not words & (looking | {"track", "trace", "threshold", "face", "frame"})
