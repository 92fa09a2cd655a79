"""The subcommands about hits: keep, list, view, hold, destroy; and what people decide: review, withdraw."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from edge import connection
from edge.adapters.host import SystemClock
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MqttLink
from edge.control_room import decisions, keeping, onvif, show
from edge.control_room.authority.keys import signer
from edge.control_room.desk import Opened, Reader
from edge.control_room.keeping import Kept, Purpose
from edge.control_room.keyring import recipient, sealing_key, write_new
from edge.control_room.marking import marked
from edge.control_room.onvif import Emitter
from edge.control_room.session import Session
from edge.domain.access import View, Why
from edge.domain.authority import Identifier, Key, KeyId, Signed
from edge.domain.errors import Misconfigured
from edge.domain.orders import MAX_REPLAY, Verdict
from edge.wire.events import HitContent, read
from edge.wire.signed import Kind, Signs, claimed_signers, from_base64url, holds, key_id

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them all."""
    watch = commands.add_parser("watch", help="show state and hits as they come, sign for hits, and keep them sealed")
    _connected(watch)
    watch.add_argument("--key", type=Path, required=True, help="the recipient's key; its .seal lies beside it")
    watch.add_argument("--keep", type=Path, required=True, help="folder for the sealed hits and the log of views")
    watch.add_argument("--onvif", type=Path, metavar="CONNECTION", help="also emit ONVIF-shaped events, to this broker")
    watch.set_defaults(run=_watch)

    review = commands.add_parser("review", help="say what became of a hit that you have viewed")
    _one_hit(review)
    review.add_argument("--key", type=Path, required=True, help="the reviewer's key, with which the hit was viewed")
    review.add_argument("--verdict", choices=[verdict.value for verdict in Verdict], required=True)
    review.set_defaults(run=_review)

    withdraw = commands.add_parser("withdraw", help="stop alerts for an entry of the list that is loaded")
    _connected(withdraw)
    withdraw.add_argument("--key", type=Path, required=True, help="the operator's or an authorising person's key")
    withdraw.add_argument("--entry", required=True)
    withdraw.set_defaults(run=_withdraw)

    replay = commands.add_parser("resend", help="have hits sent again that still wait, and hear what became of others")
    _connected(replay)
    replay.add_argument(
        "--key", type=Path, required=True, help="the operator's key, or a recipient's who is waited for"
    )
    replay.add_argument("--first", type=int, required=True, help="number of the first hit")
    replay.add_argument("--last", type=int, required=True, help="number of the last, at most 999 later")
    replay.set_defaults(run=_replay)

    hits = commands.add_parser("hits", help="hits at rest: list, view, hold, destroy")
    _kept(hits.add_subparsers(required=True, metavar="what"))


def _kept(commands: Commands) -> None:
    listed = commands.add_parser("list", help="which hits are kept, until when, and who opened them; opens nothing")
    _in_folder(listed)
    listed.set_defaults(run=_list)

    view = commands.add_parser("view", help="open a hit, for a reason that is written down first")
    _one_hit(view)
    view.add_argument("--key", type=Path, required=True, help="the recipient's, or the evidence, key")
    view.add_argument("--viewer", type=Path, required=True, help="the viewer's own signing key")
    view.add_argument("--why", choices=[why.value for why in Why if why is not Why.ALERT], required=True)
    view.add_argument("--ticket", required=True, help="of the case, complaint or audit; opaque")
    view.add_argument("--held", action="store_true", help="open what a hold keeps, with the evidence key")
    view.add_argument("--copy", type=Path, help="write a marked copy of the picture; the log says so")
    view.set_defaults(run=_view)

    hold = commands.add_parser("hold", help="keep a hit as evidence past its retention")
    _one_hit(hold)
    hold.add_argument("--key", type=Path, required=True, help="the recipient's key")
    hold.add_argument("--officer", type=Path, required=True, help="the authorising or countersigning officer's key")
    hold.add_argument("--evidence", type=Path, required=True, help="the pair of keys that is to keep it")
    hold.add_argument("--days", type=int, required=True)
    hold.add_argument("--reference", required=True, help="of the case, opaque")
    hold.set_defaults(run=_hold)

    destroy = commands.add_parser("destroy", help="destroy hits whose time is over, and keys that nothing is left for")
    _in_folder(destroy)
    destroy.add_argument("--key", type=Path, required=True, help="the recipient's key; its .seal lies beside it")
    destroy.add_argument(
        "--everything", action="store_true", help="whatever its time: the authorisation was not ratified, or is void"
    )
    destroy.set_defaults(run=_destroy)


def _connected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")


def _in_folder(parser: argparse.ArgumentParser) -> None:
    _connected(parser)
    parser.add_argument("--keep", type=Path, required=True, help="folder of the sealed hits")


def _one_hit(parser: argparse.ArgumentParser) -> None:
    _in_folder(parser)
    parser.add_argument("--deployment", required=True, help="the authorisation's id")
    parser.add_argument("--sequence", type=int, required=True)


def keeper(folder: Path, device_key: Key, reader: Reader) -> show.OnHit:
    """Keep every hit as it came, write down that it is shown, and show it."""

    def show_it(opened: Opened) -> None:
        kept = Kept(folder, opened.sealed.authorisation, device_key)
        kept.add(opened.signed)
        kept.log(opened.sealed, reader.signer, Purpose(Why.ALERT, "on-arrival"), opened.opened.wall)
        print(show.hit_line(opened), flush=True)

    return show_it


def looked_for(views: Iterable[Signed], reviewer: Signs, hit: Identifier, now: datetime) -> int:
    """Whole seconds since a reviewer first opened a hit. Raises Misconfigured where they never did."""
    for signed in views:
        if holds(signed, Kind.VIEW, reviewer.public) and (view := read(signed, View)).hit == hit:
            return max(0, int((now - view.at) / timedelta(seconds=1)))
    raise Misconfigured("This key has not opened the hit.", "View it first: lamppost hits view.")


def _watch(options: argparse.Namespace) -> None:
    reader = Reader(FileSigner(options.key), sealing_key(options.key))
    known = connection.load(options.connection)
    show_it = keeper(options.keep, known.device_key, reader)
    with _events(options.onvif, known) as emitter:

        def take(opened: Opened) -> None:
            show_it(opened)
            if emitter is not None:
                emitter.offer(opened)

        with Session(options, reader, take) as desk:
            for said in show.follow(desk, show.nothing if emitter is None else emitter.step):
                Kept(options.keep, said.authorisation, known.device_key).expect(said)


@contextmanager
def _events(path: Path | None, known: connection.Connection) -> Iterator[Emitter | None]:
    """Where events go, if they go anywhere."""
    if path is None:
        yield None
        return
    mirror = onvif.load(path, known.broker)
    link = MqttLink(mirror.broker, f"onvif-{uuid.uuid4().hex}", ())
    link.connect()
    try:
        yield Emitter(mirror, link, SystemClock())
    finally:
        link.close()


def _review(options: argparse.Namespace) -> None:
    kept, reviewer = _of(options), signer(options.key)
    sealed = kept.sealed(options.sequence)
    seconds = looked_for(kept.views(), reviewer, sealed.id, datetime.now(UTC))
    with Session(options) as desk:
        decisions.review(desk, sealed.id, options.sequence, Verdict(options.verdict), seconds, reviewer)
    print(f"hit {options.sequence} {options.verdict}, decided in {seconds} s")


def _withdraw(options: argparse.Namespace) -> None:
    with Session(options) as desk:
        desk.until(lambda: desk.seen.deployment is not None, timedelta(seconds=10), "deployment of the device")
        assert desk.seen.deployment is not None
        left = decisions.withdraw(desk, desk.seen.deployment, options.entry, signer(options.key))
    print(f"withdrawn; {left} entries are left, the threshold is unchanged")


def _replay(options: argparse.Namespace) -> None:
    if not 1 <= options.first <= options.last < options.first + MAX_REPLAY:
        raise Misconfigured(
            f"{options.first} to {options.last} are no numbers of hits.", f"Name at most {MAX_REPLAY}, from 1 on."
        )
    with Session(options) as desk:
        facts = decisions.replay(desk, options.first, options.last, signer(options.key))
    for what, runs in facts.items():
        print(f"last number given: {runs}" if what == "last" else f"{what}: {runs}")


def _list(options: argparse.Namespace) -> None:
    device_key = connection.load(options.connection).device_key
    for folder in sorted(path for path in options.keep.iterdir() if path.is_dir()):
        kept = Kept(options.keep, folder.name, device_key)
        for sequence in kept.sequences():
            print(f"{folder.name} hit {sequence} to be destroyed by {kept.sealed(sequence).destroy_by:%Y-%m-%d %H:%M}Z")
        for signed in kept.views():
            print(f"{folder.name} {_viewed(signed, kept)}")


def _view(options: argparse.Namespace) -> None:
    kept, viewer, now = _of(options), signer(options.viewer), datetime.now(UTC)
    purpose = Purpose(Why(options.why), options.ticket, options.copy is not None)
    opens = kept.open_held if options.held else kept.open
    content = opens(options.sequence, sealing_key(options.key), viewer, purpose, now)
    print(show.content_line(options.sequence, content))
    if options.copy is not None:
        write_new(options.copy, _copy(content, key_id(viewer.public), purpose, now), 0o600)


def _hold(options: argparse.Namespace) -> None:
    kept, now = _of(options), datetime.now(UTC).replace(microsecond=0)
    sealed = kept.sealed(options.sequence)
    with Session(options) as desk:
        until = now + timedelta(days=options.days)
        officer = signer(options.officer)
        answer = decisions.hold(desk, sealed.id, options.sequence, until, options.reference, officer)
    kept.hold(options.sequence, sealing_key(options.key), recipient(options.evidence).seal, answer, now)
    print(f"hit {options.sequence} is held until {until:%Y-%m-%d}")


def _destroy(options: argparse.Namespace) -> None:
    device_key = connection.load(options.connection).device_key
    now = datetime.max.replace(tzinfo=UTC) if options.everything else datetime.now(UTC)
    gone = keeping.destroy(options.keep, options.key, device_key, now)
    print("\n".join(f"destroyed: {name}" for name in gone) or "nothing is over yet")


def _of(options: argparse.Namespace) -> Kept:
    return Kept(options.keep, options.deployment, connection.load(options.connection).device_key)


def _viewed(signed: Signed, kept: Kept) -> str:
    view, (key,) = read(signed, View), claimed_signers(signed, Kind.VIEW)
    arrived = view.why is Why.ALERT and view.sequence in kept.sequences()
    late = show.late(view.at - kept.sealed(view.sequence).committed) if arrived else ""
    copied = ", a copy was taken" if view.copied else ""
    when = f"{view.at:%Y-%m-%d %H:%M:%S}Z"
    return f"hit {view.sequence} opened {when} by {key}: {view.why.value}, {view.ticket}{copied}{late}"


def _copy(content: HitContent, viewer: KeyId, purpose: Purpose, now: datetime) -> bytes:
    words = (content.statement, f"{viewer[:16]} {now:%Y-%m-%d %H:%M}Z", f"{purpose.why.value} {purpose.ticket}")
    return marked(from_base64url(content.face), words)
