"""Wiring: settings and a world in, a daemon out. The only place where doors, moving parts and adapters meet."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import TypeVar

import msgspec

from edge import __version__
from edge.adapters.camera import PiCamera, Streams
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import SystemClock, SystemHost, harden
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import Broker, MqttLink
from edge.adapters.store import BrokenStore, SqliteStore
from edge.adapters.tflite import Detector, Extractor, sizes
from edge.daemon.governor import Governor
from edge.daemon.latest import Latest
from edge.daemon.obey import Obey
from edge.daemon.pulse import Pulse
from edge.daemon.report import Identity, Report
from edge.daemon.supervise import Daemon
from edge.daemon.tell import Tell
from edge.daemon.watch import Watch, Watching
from edge.domain.authority import Signed, TrustRoot
from edge.domain.errors import Misconfigured, Refusal, SealBroken, Undecodable, Unsafe
from edge.domain.zone import Zone
from edge.ports import Camera, Clock, Host, Link, Store, World
from edge.safeguards import verify
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.journal import Journal
from edge.safeguards.orders import Orders
from edge.safeguards.presence import Presence
from edge.safeguards.retention import Retention
from edge.safeguards.verify import Evidence, Facts, Keys
from edge.safeguards.zone import InZone
from edge.settings import CameraSettings, Settings, faces, window, zone
from edge.steps import align, fuse, sizing
from edge.steps.calibrate import Calibration
from edge.steps.govern import Governing
from edge.steps.sizing import Sizing
from edge.wire.signed import canonical, digest, parse
from edge.wire.topics import Topics

T = TypeVar("T")
log = logging.getLogger("lamppost")


def daemon(settings: Settings, world: World, watching: Watching | None = None) -> Daemon:
    """Build the daemon. Raises Misconfigured where model, calibration or trust root do not belong together.

    A journal that cannot be trusted does not stop the daemon from coming up: it says so, and looks at nobody.
    """
    root = document(settings.paths.trust_root, TrustRoot, "trust root")
    keys = Keys(root)
    evidence = _evidence(settings.paths.calibration, keys)
    _check_chain(evidence.calibration, world)
    if root.test and not world.camera.simulated:
        raise Misconfigured(
            f"{settings.paths.trust_root} is the simulator's trust root.", "Provision the device's own trust root."
        )
    identity = Identity(
        site=settings.device.site,
        device=settings.device.name,
        epoch=settings.device.epoch,
        boot=world.boot,
        version=__version__,
    )
    return wired(identity, keys, evidence, world, zone(settings), watching or Watching())


def sized(settings: Settings) -> Sizing:
    """The detector input and the low-resolution stream that the zone needs. Raises Misconfigured where none will do."""
    main = settings.camera.width, settings.camera.height
    return sizing.choose(window(settings), main, faces(settings), sizes(settings.paths.models))


def real_world(
    settings: Settings, *, camera: Camera | None = None, clock: Clock | None = None, host: Host | None = None
) -> World:
    """The world of this machine. A simulator brings a camera, and perhaps a clock, of its own."""
    harden()
    settings.paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock, chosen = clock or SystemClock(), sized(settings)
    width, height = chosen.input
    log.info("%s", chosen)
    return World(
        clock=clock,
        camera=camera or PiCamera(_streams(settings.camera, chosen), clock),
        detector=Detector(
            settings.paths.models, width=width, height=height, window=chosen.window, threads=settings.threads
        ),
        extractor=Extractor(settings.paths.models, threads=settings.threads),
        signer=FileSigner(settings.paths.key),
        host=host or SystemHost(),
        store=_store(settings.paths.state / "journal.sqlite"),
        files=ChunkedFiles(settings.paths.state / "blobs"),
        link=_link(settings),
        boot=uuid.uuid4().hex,
        set_up=chosen.counters(),
    )


def wired(
    identity: Identity, keys: Keys, evidence: Evidence, world: World, looked_at: Zone, watching: Watching
) -> Daemon:
    """Every part in its place. A simulator calls this with parts of its own."""
    site, device, boot = identity.site, identity.device, identity.boot
    topics, clock, pulse = identity.topics, world.clock, Pulse()
    journal = Journal(world.store, world.signer, origin=f"lamppost/{site}/{device}/{identity.epoch}", boot=boot)
    presence = Presence(boot)
    gate = Gate(world.camera, clock, journal, presence, world.host, looked_at)
    gallery = Gallery(gate, journal, world.host, evidence, site=site, device=device)
    hits = Hits(gate, journal, world.store, world.signer, site=site, device=device, epoch=identity.epoch, boot=boot)
    latest = Latest()
    gate.on_lapse(latest.lapse)
    tell = Tell(
        hits, journal, Retention(journal, world.store), world.link, clock, pulse, topics.hit, gate.authorisation_id
    )
    detector, zone_digest = InZone(world.detector, looked_at), digest(canonical(looked_at))
    watch = Watch(detector, world.extractor, gallery, tell.tell, clock, pulse, watching)

    governor = Governor(world.host, pulse, Governing())

    report = Report(
        identity, gate, presence, journal, world.link, world.signer, zone_digest,
        lambda: _counted(pulse, governor, world, gate, latest, journal), governor.reasons,
    )  # fmt: skip
    obey = Obey(
        identity,
        keys=keys,
        facts=Facts(
            site=site,
            device=device,
            simulated=world.camera.simulated,
            detector=world.detector.identity,
            embedder=world.extractor.identity,
            calibration=evidence.digest,
            zone=zone_digest,
        ),
        orders=Orders(keys, world.store, site=site, device=device, epoch=identity.epoch),
        gate=gate,
        gallery=gallery,
        hits=hits,
        journal=journal,
        presence=presence,
        report=report,
        files=world.files,
        store=world.store,
        link=world.link,
        signer=world.signer,
        clock=clock,
        pulse=pulse,
    )
    _open_journal(journal, gate, world)
    return Daemon(gate, latest, watch, tell, obey, report, world.link, clock, world.host, pulse, governor)


def _counted(
    pulse: Pulse, governor: Governor, world: World, gate: Gate, latest: Latest, journal: Journal
) -> dict[str, int]:
    """Everything that health reports."""
    capture = gate.frames.counts
    return {
        **pulse.counters(),
        **governor.counters(),
        **world.set_up,
        "frames-captured": capture.frames,
        "frames-skipped": latest.skipped,
        "camera-opens": capture.opens,
        "camera-losses": capture.losses,
        "journal-leaves": journal.size,
        "outbox": len(world.store.outbox(1000)),
    }


def _open_journal(journal: Journal, gate: Gate, world: World) -> None:
    try:
        journal.open(world.clock.now(), __version__)
        gate.recover(world.store, world.clock.now())
    except Unsafe:
        pass  # the journal keeps the reason, the gate stays shut for it, and the state says so


def _store(path: Path) -> Store:
    try:
        return SqliteStore(path)
    except SealBroken as error:
        return BrokenStore(error)


def _streams(camera: CameraSettings, chosen: Sizing) -> Streams:
    return Streams(
        width=camera.width,
        height=camera.height,
        small_width=chosen.small[0],
        small_height=chosen.small[1],
        frames_per_second=camera.frames_per_second,
    )


def _link(settings: Settings) -> Link:
    topics = Topics(settings.device.site, settings.device.name)
    broker = settings.broker
    return MqttLink(
        Broker(host=broker.host, port=broker.port, ca=broker.ca, certificate=broker.certificate, key=broker.key),
        client_id=f"{topics.site}.{topics.device}",
        subscriptions=(topics.orders, topics.chunks),
        will=(topics.state, b'{"state":"lost"}'),
    )


def _check_chain(calibration: Calibration, world: World) -> None:
    said = (calibration.detector, calibration.embedder, calibration.alignment, calibration.fusion)
    here = (world.detector.identity, world.extractor.identity, align.RECIPE, fuse.RECIPE)
    for name, wanted, found in zip(("detector", "embedder", "alignment", "fusion"), said, here, strict=True):
        if wanted != found:
            raise Misconfigured(
                f"The calibration is for the {name} {wanted}, but {found} is installed.",
                "Install the calibration that was made for this recognition chain, or make one.",
            )


def _evidence(path: Path, keys: Keys) -> Evidence:
    try:
        signed = msgspec.json.decode(path.read_bytes(), type=Signed)
    except OSError as error:
        raise Misconfigured(f"The calibration {path} cannot be read: {error.strerror}.", "Name its file.") from error
    except msgspec.MsgspecError as error:
        raise Misconfigured(
            f"The calibration {path} is not signed: {error}.", "Have the evaluator sign it: lamppost sign-calibration."
        ) from error
    found = verify.evidence(signed, keys)
    if isinstance(found, Refusal):
        raise Misconfigured(
            f"The calibration {path} is not believed: {found}", "Have it signed by the evaluator whose key is pinned."
        )
    return found


def document(path: Path, kind: type[T], name: str) -> T:
    """A document from a file, which may be laid out for reading: what counts is its canonical form."""
    try:
        return parse(msgspec.json.encode(msgspec.json.decode(path.read_bytes()), order="sorted"), kind)
    except OSError as error:
        raise Misconfigured(f"The {name} {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, Undecodable) as error:
        raise Misconfigured(f"The {name} {path} is not valid: {error}", "Make it with this product's tools.") from error
