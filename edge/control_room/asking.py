"""The subcommands that send something large to a device, or ask it for something."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TypeAlias

import msgspec

from edge.adapters.tflite.model import FORMAT, MANIFEST, PRECISION, listed
from edge.control_room import collecting, delivery, deploy
from edge.control_room.authority.keys import signer
from edge.control_room.session import Session
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.models import ModelList
from edge.domain.orders import SelfTest, Verb
from edge.domain.transfers import CHUNK_BYTES, LEAST_CHUNK_BYTES, Content
from edge.wire.events import State
from edge.wire.signed import Kind, Signs, canonical, parse, sign

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
SENT = (Content.CALIBRATION, Content.MODELS, Content.MODEL, Content.TRUST_ROOT)


def add_to(commands: Commands) -> None:
    """Add them all."""
    send = commands.add_parser("send", help="send a calibration, models or a trust root; it goes on where it stopped")
    _connected(send)
    send.add_argument("what", choices=[content.value for content in SENT])
    send.add_argument("file", type=Path)
    send.add_argument("--chunk-bytes", type=int, default=CHUNK_BYTES, help="smaller on a bad link")
    send.set_defaults(run=_send)

    models = commands.add_parser(
        "sign-models", help="sign the list of a folder of models, so that devices may be sent them"
    )
    models.add_argument("models", type=Path, help="folder with a manifest.json")
    models.add_argument("--key", type=Path, required=True, help="the evaluator's key")
    models.add_argument("--out", type=Path, required=True)
    models.set_defaults(run=_sign_models)

    test = commands.add_parser("self-test", help="have a device try its parts; the camera stays shut")
    _connected(test)
    test.set_defaults(run=_self_test)

    support = commands.add_parser("support", help="what helps whoever mends a device, as JSON; it tells of nobody")
    _connected(support)
    support.set_defaults(run=_support)


def _connected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    parser.add_argument("--key", type=Path, required=True, help="the operator's key")


def _send(options: argparse.Namespace) -> None:
    content = Content(options.what)
    if not LEAST_CHUNK_BYTES <= options.chunk_bytes <= CHUNK_BYTES:
        raise Misconfigured(f"Chunks of {options.chunk_bytes} bytes.", f"Choose {LEAST_CHUNK_BYTES} to {CHUNK_BYTES}.")
    raw = _contents(options.file) if content is Content.MODEL else canonical(deploy.read_signed(options.file))

    def shows(there: int, of: int) -> None:
        print(f"{there} of {of} chunks are there", flush=True)

    with Session(options) as desk:
        reply = delivery.deliver(
            desk, content, raw, signer(options.key), chunk_bytes=options.chunk_bytes, shows=shows
        )  # fmt: skip
    effective = (reply.facts or {}).get("effective")
    print(f"{options.file} was taken in" + ("; it counts from the device's next start on" if effective else ""))


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise Misconfigured(f"The file {path} cannot be read: {error}.", "Name another.") from error


def sign_models(folder: Path, key: Signs) -> Signed:
    """The list of a folder, what a device runs of it, signed. Raises Misconfigured."""
    models = [msgspec.to_builtins(model) for model in listed(folder) if model.precision == PRECISION]
    try:
        document = msgspec.json.encode({"format": FORMAT, "models": models}, order="sorted")
        found = parse(document, ModelList)
    except (ValueError, Undecodable) as error:
        what = f"{folder / MANIFEST} lists no models that a device could run: {error}."
        raise Misconfigured(what, "Build them with this product's tools.") from error
    return sign(found, Kind.MODELS, key)


def _sign_models(options: argparse.Namespace) -> None:
    deploy.write_signed(options.out, sign_models(options.models, signer(options.key)))
    print(f"signed: {options.out}")


def _self_test(options: argparse.Namespace) -> int:
    with Session(options) as desk:
        facts = desk.order(Verb.SELF_TEST, SelfTest(), signer(options.key)).facts or {}
    for name, value in facts.items():
        print(f"{name:16} {value}")
    return 1 if facts.get("failed") else 0


def _support(options: argparse.Namespace) -> None:
    with Session(options, parcels=True) as desk:
        found = collecting.support(desk, signer(options.key))
    print(json.dumps(msgspec.to_builtins(found), indent=2))


def fetch(options: argparse.Namespace) -> State:
    """Bring the copy of a device's evidence up to date. Returns the device's state, which names its epoch."""
    with Session(options, parcels=True) as desk:
        collecting.collect(desk, signer(options.key), options.keep, lambda pieces: print(f"{pieces} pieces came"))
        state = desk.seen.state
        assert state is not None
        return state
