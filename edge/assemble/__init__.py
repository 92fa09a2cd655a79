"""Wiring: settings and a world in, a daemon out. The only place where doors, moving parts and adapters meet."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from edge import __version__, chosen
from edge.assemble import parts
from edge.assemble.doors import Doors, hung
from edge.daemon.governor import Governor
from edge.daemon.heartbeat import Heartbeat
from edge.daemon.loading import Loading
from edge.daemon.pulse import Pulse
from edge.daemon.report import Identity
from edge.daemon.supervise import Daemon
from edge.daemon.watch import Watching
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured, Undecodable, Unsafe
from edge.domain.zone import Zone
from edge.machine import configuration
from edge.safeguards import epochs
from edge.safeguards.trust import Trust
from edge.safeguards.verify import Evidence
from edge.settings import Settings, zone
from edge.steps.govern import Governing
from edge.wire.signed import parse
from edge.world import World

T = TypeVar("T")


def daemon(settings: Settings, world: World, watching: Watching | None = None) -> Daemon:
    """Build the daemon. Raises Misconfigured where model, calibration or trust root do not belong together.

    A journal that cannot be trusted does not stop the daemon from coming up: it says so, and looks at nobody.
    """
    trusted = Trust(chosen.signed(settings.paths.trust_root, "trust root", "lamppost trust-root"), world.store)
    evidence = chosen.evidence(settings, trusted.keys, world)
    if trusted.root.test and not world.camera.simulated:
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
    watching = watching or Watching()
    return wired(identity, trusted, evidence, world, zone(settings), watching, configuration(settings, watching))


def wired(
    identity: Identity, trusted: Trust, evidence: Evidence, world: World, looked_at: Zone, watching: Watching,
    configuration: Digest,
) -> Daemon:  # fmt: skip
    """Every part in its place. A simulator calls this with parts of its own."""
    pulse = Pulse()
    governor = Governor(world.host, pulse, Governing())
    doors = hung(identity, trusted, evidence, world, looked_at, configuration)
    doors.journal.follow(pulse.timings.follower(doors.clock))
    path = parts.path(identity, world, doors, pulse, looked_at, watching)
    custody, witnessing = parts.custody(doors), parts.witnessing(identity, world, doors, pulse)
    report = parts.report(identity, world, doors, pulse, path.latest, governor, custody)
    answering = parts.answering(identity, world, doors, pulse, report, witnessing, custody, path.tell.sending)
    _open(identity, world, doors, answering.loading)
    heartbeat = Heartbeat(doors.gate, doors.journal, pulse)
    return Daemon(
        doors.gate, path.latest, path.watch, path.tell, answering.obey, report, witnessing, world.link, doors.clock,
        world.host, pulse, governor, heartbeat, path.known, path.previewing, answering.begin, answering.due,
    )  # fmt: skip


def _open(identity: Identity, world: World, doors: Doors, loading: Loading) -> None:
    """Clock and journal, and what an earlier life left to do. Where that is not to be had, the device says so."""
    trusted, clock, store = doors.trusted, doors.clock, world.store
    clock.open(clock.now())
    doors.witnessed.remember()
    epoch = epochs.first_leaf(
        store, trusted.root, site=identity.site, device=identity.device, epoch=identity.epoch
    )  # fmt: skip
    booted = doors.facts.booted(__version__, trusted.digest, world.signer.public)
    try:
        doors.journal.open(world.clock.now(), booted, epoch)
        doors.breaker.recall(store)
        doors.gate.recover(store, world.clock.now())
        trusted.keep(doors.evidence.signed)  # a paper that this life's first leaf names
        doors.undisturbed.record(clock.now())
        doors.ratifications.finish(clock.now())
        loading.recall(clock.now())
    except Unsafe as error:
        doors.journal.fail(error)  # the gate stays shut for it, and the state says so


def document(path: Path, kind: type[T], name: str) -> T:
    """A document from a file, which may be laid out for reading: what counts is its canonical form."""
    try:
        return parse(msgspec.json.encode(msgspec.json.decode(path.read_bytes()), order="sorted"), kind)
    except OSError as error:
        raise Misconfigured(f"The {name} {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError, Undecodable) as error:
        raise Misconfigured(f"The {name} {path} is not valid: {error}", "Make it with this product's tools.") from error
