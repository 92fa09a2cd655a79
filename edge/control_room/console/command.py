"""``lamppost console`` and ``lamppost references``."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from edge.adapters.host import SystemClock
from edge.adapters.mqtt import MqttLink
from edge.adapters.tflite import Detector
from edge.control_room import deploy, onvif, references
from edge.control_room.console import place
from edge.control_room.console.place import Post
from edge.control_room.console.room import Hands, Room
from edge.control_room.onvif import Emitter
from edge.domain.errors import Misconfigured
from edge.settings import shared

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add both."""
    console = commands.add_parser("console", help="the control room's page: devices, hits, decisions; on loopback")
    console.add_argument("--place", type=Path, required=True, help="the plan and its devices (TOML)")
    console.add_argument("--keys", type=Path, required=True, help="folder of one operator's keys")
    console.add_argument("--port", type=int, default=0, help="of the page; any that is free, where it is not named")
    console.add_argument("--address", help="of the page, in 127.0.0.0/8; one of its own, where it is not named")
    console.set_defaults(run=_console)

    filed = commands.add_parser("references", help="seal the pictures that hits will be compared with")
    filed.add_argument("--place", type=Path, required=True, help="the plan and its devices (TOML)")
    filed.add_argument("--images", type=Path, required=True, help="the folder that the lists were enrolled from")
    filed.add_argument("--models", type=Path, default=shared("models"))
    filed.set_defaults(run=_references)


def _say(words: str) -> None:
    print(words, flush=True)


def _link(post: Post, subscriptions: tuple[str, ...]) -> MqttLink:
    return MqttLink(post.known.broker, f"console-{uuid.uuid4().hex}", subscriptions)


def _console(options: argparse.Namespace) -> None:
    try:
        from edge.control_room.console.app import App
        from edge.control_room.web.server import Server, stay
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{error.name} is not installed.", "Install lamppost[control-room].") from error
    clock, found = SystemClock(), place.load(options.place)
    with _emitters(found, clock) as emitters:
        room = Room(found, Hands.of(options.keys), clock, _link, emitters)
        server = Server(App(room, clock).asgi, clock, address=options.address, port=options.port)
        try:
            room.start()
            server.start()
            stay(server, _say)
        finally:
            room.live.end()
            server.close()
            room.close()


@contextmanager
def _emitters(found: place.Place, clock: SystemClock) -> Iterator[dict[str, Emitter]]:
    """Where events of each device go, if they go anywhere."""
    made, links = {}, []
    for post in found.posts:
        if post.onvif is None:
            continue
        mirror = onvif.load(post.onvif, post.known.broker)
        links.append(MqttLink(mirror.broker, f"onvif-{uuid.uuid4().hex}", ()))
        made[post.name] = Emitter(mirror, links[-1], clock)
    for link in links:
        link.connect()
    try:
        yield made
    finally:
        for link in links:
            link.close()


def _references(options: argparse.Namespace) -> None:
    found, detector = place.load(options.place), Detector(options.models)
    pictures = dict(references.cut(options.images, detector))
    for post in found.posts:
        if post.authorisation is None or post.watchlist is None:
            continue
        document = deploy.authorisation_of(deploy.read_signed(post.authorisation))
        filed = references.file(found.kept(post), document, deploy.read_list(post.watchlist), pictures.items())
        lacking = f"; without a picture: {', '.join(filed.without)}" if filed.without else ""
        _say(f"{post.label}: {filed.sealed} pictures sealed for {document.id}{lacking}")
