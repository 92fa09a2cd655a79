"""``lamppost witness``: a witness of one device's journal, for anybody whom the broker lets in."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from edge import connection
from edge.adapters.host import SystemClock
from edge.adapters.mqtt import MqttLink
from edge.audit.memory import Memory
from edge.audit.witness import Witness
from edge.connection import Connection
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.message import Outgoing
from edge.ports import Link
from edge.wire.checkpoints import CONTENT_TYPE, Verdict
from edge.wire.notes import Algorithm, Verifier, check_name
from edge.wire.topics import Topics

WAIT: Final = timedelta(milliseconds=500)
ANSWER_LIFE: Final = timedelta(minutes=5)

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
log = logging.getLogger("lamppost.witness")


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("witness", help="cosign a device's journal, and never forget what was cosigned")
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    parser.add_argument("--name", required=True, help="the witness's name, such as witness.example.org/lamppost")
    parser.add_argument("--state", type=Path, required=True, help="folder of the witness's key and memory")
    parser.add_argument("--new", action="store_true", help="make key and memory; print the key to be pinned, and end")
    parser.set_defaults(run=_run)


def serve(witness: Witness, link: Link, topics: Topics, until: Callable[[], bool]) -> None:
    """Answer every request until ``until`` says so."""
    name = witness.verifier.id.hex()
    while not until():
        message = link.receive(WAIT)
        if message is None:
            continue
        answer = witness.answer(message.payload)
        log.log(logging.INFO if answer.verdict is Verdict.COSIGNED else logging.WARNING, "%s", answer.verdict.name)
        said = answer.encode()
        link.publish(Outgoing(topics.cosignature(name), said, expires=ANSWER_LIFE, content_type=CONTENT_TYPE))


def opened(known: Connection, name: str, memory: Memory) -> tuple[Witness, MqttLink]:
    """The witness of a connection's device, and its end of the wire."""
    origins = f"lamppost/{known.topics.site}/{known.topics.device}/"
    witness = Witness(name, memory, SystemClock(), log_key=known.device_key, origins=origins)
    identity = witness.verifier.id.hex()
    return witness, MqttLink(known.broker, f"witness-{identity}", (known.topics.add_checkpoint(identity),))


def _run(options: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        check_name(options.name)
    except Undecodable as error:
        raise Misconfigured(f"{options.name!r} cannot be a witness's name: {error.what}", error.remedy) from error
    with contextlib.closing(Memory(options.state, new=options.new)) as memory:
        print(Verifier(options.name, memory.signer.public, Algorithm.COSIGNATURE).line, flush=True)
        if options.new:
            return
        known = connection.load(options.connection)
        witness, link = opened(known, options.name, memory)
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts what runs in the background deaf to the latter
            signal.signal(number, lambda *_: over.set())
        link.connect()
        with contextlib.closing(link):
            serve(witness, link, known.topics, over.is_set)
