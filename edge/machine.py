"""The world of this machine: every port's real adapter, chosen by the settings."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path

import msgspec

from edge import camera as capture
from edge import chosen
from edge.adapters.camera import SteadyCamera
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import SystemClock, SystemHost, confine
from edge.adapters.installed import InstalledFiles
from edge.adapters.keys import FileSigner
from edge.adapters.metrics import Endpoint, is_loopback
from edge.adapters.mqtt import Broker, MqttLink
from edge.adapters.store import BrokenStore, SqliteStore
from edge.adapters.switches import FileSwitch
from edge.adapters.tflite import Detector, Extractor, digests, sizes
from edge.adapters.updates import UpdaterFiles
from edge.daemon.watch import Watching
from edge.domain.authority import Digest, Identifier, Name, Signed
from edge.domain.errors import Misconfigured, Refusal, Undecodable, Unsafe
from edge.domain.metric import Family
from edge.domain.remark import Exposed
from edge.domain.retention import RetentionPolicy
from edge.ports import Camera, Clock, Host, Link, Store
from edge.safeguards import epochs
from edge.safeguards.policy import policy
from edge.safeguards.trust import Trust
from edge.settings import Settings, SwitchSettings, faces, window, zone
from edge.steps import sizing
from edge.steps.sizing import Sizing
from edge.wire.health import Health
from edge.wire.metrics import families
from edge.wire.signed import canonical, digest, payload_of
from edge.wire.topics import LOST, Topics
from edge.world import Seen, World

JOURNAL = "journal.sqlite"


def configuration(settings: Settings, watching: Watching) -> Digest:
    """Of everything but zone and calibration that decides how the device looks, and how long it keeps what.

    Models have an identity of their own, which names sources and recipe; here each built file is pinned as it is.
    """
    return digest(
        canonical(
            {
                "camera": settings.camera,
                "nearest_face": settings.zone.nearest_face,
                "farthest_face": settings.zone.farthest_face,
                "threads": settings.threads,
                "power": _named(settings.switches.power),
                "lamp": _named(settings.switches.lamp),
                "ir_cut": _named(settings.switches.ir_cut),
                "watching": watching,
                "models": digests(chosen.models(settings)),
                "retention": policy(watching.following, watching.choosing),
            }
        )
    )


def retention() -> RetentionPolicy:
    """What this program keeps, as it is installed: there is no setting for it."""
    watching = Watching()
    return policy(watching.following, watching.choosing)


def retention_lines(kept: RetentionPolicy) -> list[str]:
    """The same for people: a line for each thing, and the digest."""
    lines = [f"{'kept':14} {'at most':>10}  where, until, and then"]
    for period in kept.periods:
        longest = "-" if period.at_most is None else _span(period.at_most)
        lines.append(f"{period.name:14} {longest:>10}  {period.what}")
        lines.append(f"{'':27}{period.where.value}; until {period.until}; {period.fate.value}")
    return [*lines, f"digest {digest(canonical(kept))}"]


def _span(span: timedelta) -> str:
    units = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
    name, unit = next(((name, unit) for name, unit in units if span >= 2 * unit), ("s", timedelta(seconds=1)))
    return f"{span / unit:g} {name}"


def _named(chosen: SwitchSettings | None) -> tuple[str, ...]:
    """All that decides what a switch switches, and when: words that are swapped would keep a lamp dark."""
    return () if chosen is None else (str(chosen.path), chosen.on, chosen.off, str(chosen.settles))


def facts(settings: Settings) -> dict[str, str]:
    """What an authorisation for this device must name. Raises Misconfigured."""
    models = chosen.models(settings)
    detector, embedder = Detector(models).identity, Extractor(models).identity
    path = chosen.calibration(settings, detector, embedder)
    try:
        payload = payload_of(msgspec.json.decode(path.read_bytes(), type=Signed))
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError, Undecodable) as error:
        raise Misconfigured(f"The calibration {path} cannot be used: {error}", "Install a signed one.") from error
    return {
        "site": settings.device.site,
        "device": settings.device.name,
        "zone": digest(canonical(zone(settings))),
        "configuration": configuration(settings, Watching()),
        "detector": detector,
        "embedder": embedder,
        "calibration": digest(payload),
    }


def sized(settings: Settings) -> Sizing:
    """The detector input and the low-resolution stream that the zone needs. Raises Misconfigured where none will do."""
    main = settings.camera.width, settings.camera.height
    return sizing.choose(window(settings), main, faces(settings), sizes(chosen.models(settings)))


def real_world(
    settings: Settings, *, camera: Camera | None = None, clock: Clock | None = None, host: Host | None = None
) -> World:
    """The world of this machine. A simulator brings a camera, and perhaps a clock, of its own.

    From here on the process keeps what it sees to itself. Raises Misconfigured where a real camera's pictures could be
    swapped out to disk.
    """
    kept = confine()
    if not kept and camera is None:
        raise Misconfigured(
            "Memory of this process may be swapped out to disk.",
            "Turn swap off, give the service MemorySwapMax=0, or let it lock its memory with LimitMEMLOCK=infinity.",
        )
    return equipped(settings, kept=kept, camera=camera, clock=clock, host=host)


def equipped(
    settings: Settings, *, kept: bool, camera: Camera | None = None, clock: Clock | None = None,
    host: Host | None = None,
) -> World:  # fmt: skip
    """The same in a process that was confined before, or never sees anybody. ``kept``: nothing of it is swapped out."""
    settings.paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    sent = InstalledFiles(chosen.place(settings), settings.paths.models, chosen.identities)
    sent.settle()
    clock, size, models = clock or SystemClock(), sized(settings), chosen.models(settings)
    sent.try_out(models)
    width, height = size.input
    camera = camera or capture.chosen(settings.camera, size, clock, switch(settings.switches.ir_cut))
    steady = camera if isinstance(camera, SteadyCamera) else None
    return World(
        clock=clock,
        camera=camera,
        sees=Seen() if steady is None else Seen(steady.live, steady.counters, steady.gauges),
        detector=Detector(models, width=width, height=height, window=size.window, threads=settings.threads),
        extractor=Extractor(models, threads=settings.threads),
        signer=FileSigner(settings.paths.key),
        host=host or SystemHost(store=settings.paths.state / JOURNAL),
        store=journal_store(settings.paths.state / JOURNAL),
        files=ChunkedFiles(settings.paths.state / "blobs"),
        link=link(settings),
        boot=uuid.uuid4().hex,
        power=switch(settings.switches.power),
        lamp=switch(settings.switches.lamp),
        installed=sent,
        updates=UpdaterFiles(settings.paths.state),
        set_up={
            **size.counters(),
            "memory-may-be-swapped": int(not kept),
            "camera-width": settings.camera.width,
            "camera-height": settings.camera.height,
            "models-installed": int(models != settings.paths.models),
        },
    )


def endpoint(settings: Settings, latest: Callable[[], Health | None], host: Host) -> AbstractContextManager[object]:
    """The metrics endpoint, where the settings have one: ``latest`` is the health that it shows.

    Raises Misconfigured where it cannot be had. What can be reached from outside is remarked on.
    """
    chosen = settings.metrics
    if chosen is None:
        return nullcontext()

    def read() -> tuple[Family, ...] | None:
        health = latest()
        return None if health is None else families(health)

    served = Endpoint(chosen.address, chosen.port, read)
    if not is_loopback(chosen.address):
        host.say(Exposed(chosen.port))
    return served


def open_epoch(folder: Path, signed: Signed, root: Signed, *, site: Name, device: Name, epoch: Identifier) -> Path:
    """Begin a new journal, which custodians decided on. The old one is kept: its path is returned.

    ``root`` is what the device was provisioned with. Those who decide are custodians of the newest trust root that the
    old journal holds, where it can still be read. The daemon must not be running. Raises Misconfigured where the
    decision is not believed or the files are in the way.
    """
    path, fresh = folder / JOURNAL, folder / f"{JOURNAL}.new"
    if not path.exists() and not path.with_name(f"{JOURNAL}-reserve").exists():
        raise Misconfigured(f"{path} is not there.", "See whether the epoch was opened before.")
    old = journal_store(path)
    document = epochs.opening(signed, Trust(root, old).root, site=site, device=device, epoch=epoch)
    if isinstance(document, Refusal):
        raise Misconfigured(f"The new epoch cannot be opened: {document}", "Have the custodians decide again.")
    kept = folder / f"journal-{document.previous_origin.rpartition('/')[2]}.sqlite"
    if kept.exists():
        raise Misconfigured(f"{kept} is there already.", "See whether the epoch was opened before.")
    refusal = epochs.contradicts(document, old)
    if refusal is not None:
        raise Misconfigured(f"The new epoch cannot be opened: {refusal}", "Have the custodians decide again.")
    for suffix in ("", "-wal", "-shm", "-reserve"):
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    new = SqliteStore(fresh)
    epochs.carry_over(signed, old, new)
    new.close()
    if isinstance(old, SqliteStore):
        old.close()
    for suffix in ("", "-wal", "-shm"):
        if (left := path.with_name(path.name + suffix)).exists():
            left.rename(kept.with_name(kept.name + suffix))
    fresh.rename(path)
    fresh.with_name(f"{fresh.name}-reserve").replace(path.with_name(f"{JOURNAL}-reserve"))
    owner = folder.stat()
    for made in folder.glob("journal*"):
        os.chown(made, owner.st_uid, owner.st_gid)  # root does this for a service that has another user
    return kept


def switch(chosen: SwitchSettings | None) -> FileSwitch | None:
    """The switch that the settings name, if they name one."""
    if chosen is None:
        return None
    return FileSwitch(chosen.path, on=chosen.on, off=chosen.off, settles=timedelta(seconds=chosen.settles))


def journal_store(path: Path) -> Store:
    """The store of a file; one that is broken says so whenever it is asked."""
    try:
        return SqliteStore(path)
    except Unsafe as error:
        return BrokenStore(error)


def left_behind(path: Path) -> Store | None:
    """The store of a device that is not running; None where there never was one. Nothing is made."""
    if not path.exists() and not path.with_name(f"{path.name}-reserve").exists():
        return None
    return journal_store(path)


def link(settings: Settings) -> Link:
    """The device's end of the wire. Raises Misconfigured where its certificates cannot be used."""
    topics = Topics(settings.device.site, settings.device.name)
    broker = settings.broker
    return MqttLink(
        Broker(
            host=broker.host,
            port=broker.port,
            ca=broker.ca,
            certificate=broker.certificate,
            key=broker.key,
            keepalive=timedelta(seconds=broker.keepalive),
        ),
        client_id=f"{topics.site}.{topics.device}",
        subscriptions=topics.heard,
        will=(topics.state, LOST),
        proves=topics.hit,
    )
