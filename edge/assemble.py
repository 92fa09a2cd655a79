"""Wiring: settings and a world in, a daemon out. The only place where doors, moving parts and adapters meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from edge import __version__, chosen
from edge.daemon.answers import Answers
from edge.daemon.bulletin import Bulletin
from edge.daemon.custody import Custody
from edge.daemon.deploying import Deploying
from edge.daemon.governor import Governor
from edge.daemon.health import About, Observer, Sources, depth
from edge.daemon.heartbeat import Heartbeat
from edge.daemon.latest import Latest
from edge.daemon.loading import Loading
from edge.daemon.obey import Obey
from edge.daemon.parcelling import Parcelling
from edge.daemon.pulse import Pulse
from edge.daemon.replaying import Replaying
from edge.daemon.report import Identity, Report
from edge.daemon.reviewing import Reviewing
from edge.daemon.self_test import SelfTest
from edge.daemon.sending import Sending
from edge.daemon.supervise import Daemon
from edge.daemon.tell import Tell
from edge.daemon.watch import Watch, Watching
from edge.daemon.witnessing import Witnessing
from edge.domain.authority import Digest
from edge.domain.capture import Instant
from edge.domain.errors import Misconfigured, Undecodable, Unsafe
from edge.domain.leaves.device import Booted, EpochOpened
from edge.domain.zone import Zone
from edge.machine import configuration
from edge.safeguards import epochs
from edge.safeguards.accuracy import AccuracyTests
from edge.safeguards.breaker import Breaker
from edge.safeguards.clock import Timekeeper
from edge.safeguards.delivery import Deliverable
from edge.safeguards.disk import Disk
from edge.safeguards.fates import Fates
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.installing import Installing
from edge.safeguards.jobs import Jobs
from edge.safeguards.journal import Journal
from edge.safeguards.orders import Orders
from edge.safeguards.outbox import Outbox
from edge.safeguards.presence import Presence
from edge.safeguards.ratification import Ratifications
from edge.safeguards.retention import Retention
from edge.safeguards.reviews import Reviews
from edge.safeguards.shutter import Shutter
from edge.safeguards.transfers import Transfers
from edge.safeguards.trust import Trust, Vouched
from edge.safeguards.verify import Evidence, Facts
from edge.safeguards.witnessed import Witnessed
from edge.safeguards.zone import InZone
from edge.settings import Settings, zone
from edge.steps.govern import Governing
from edge.wire.health import Software
from edge.wire.signed import canonical, digest, parse
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
    site, device, boot = identity.site, identity.device, identity.boot
    topics, pulse, keys = identity.topics, Pulse(), trusted.keys
    journal = Journal(world.store, world.signer, origin=f"lamppost/{site}/{device}/{identity.epoch}", boot=boot)
    presence, clock = Presence(boot), Timekeeper(world.clock, journal, world.store, lambda: trusted.root)
    witnessed, breaker = Witnessed(journal, world.store, clock, lambda: trusted.root), Breaker()
    journal.follow(breaker.take)
    journal.follow(pulse.timings.follower(clock))
    facts = Facts(
        site=site,
        device=device,
        simulated=world.camera.simulated,
        detector=world.detector.identity,
        embedder=world.extractor.identity,
        calibration=evidence.digest,
        zone=digest(canonical(looked_at)),
        configuration=configuration,
    )
    ratifications = Ratifications(keys, world.store, journal)
    tests = AccuracyTests(keys, facts, world.store, journal)
    outbox, disk = Outbox(world.store, boot), Disk(journal, world.store)
    vouched, deliverable = Vouched(keys, evidence, world.signer.public), Deliverable(world.link)
    demands = (vouched, witnessed, breaker, ratifications, tests, outbox, disk, deliverable)
    shutter = Shutter(world.camera, world.power, world.lamp)
    gate = Gate(shutter, clock, journal, presence, world.host, looked_at, demands)
    gallery = Gallery(gate, journal, world.host, world.store, evidence, site=site, device=device)
    reviews = Reviews(gate, breaker, journal, boot)
    hits = Hits(
        gate, journal, world.store, world.signer, reviews, outbox, site=site, device=device, epoch=identity.epoch,
        boot=boot,
    )  # fmt: skip
    latest = Latest()
    gate.on_lapse(latest.lapse)
    retention = Retention(journal, world.store, reviews, outbox)
    sending = Sending(retention, world.store, world.link, pulse, topics.hit)
    tell = Tell(hits, journal, retention, disk, sending, clock, pulse, gate.authorisation_id)
    watch = Watch(InZone(world.detector, looked_at), world.extractor, gallery, tell.tell, clock, pulse, watching)

    governor = Governor(world.host, pulse, Governing())

    sources = Sources(
        software=lambda: _software(identity, facts, trusted),
        condition=lambda now: (gate.condition(now), gate.explain(now) or governor.reasons()),
        counters=lambda: _counted(pulse, world, gate, latest, journal),
        gauges=lambda: {
            **governor.counters(), **world.set_up, **witnessed.counters(clock.now()), **custody.counters(),
            **outbox.counters(), **disk.counters(), **transfers.counters(),
        },
        outbox=lambda now: depth(world.store, clock.never_back(now)),
        disk=lambda: disk.left,
    )  # fmt: skip
    about = About(site=site, device=device, boot=boot, zone=facts.zone, configuration=configuration)
    observer = Observer(about, sources, pulse.timings, clock=clock, host=world.host, link=world.link)
    report = Report(identity, gate, presence, world.link, world.signer, observer)
    report.bulletin = Bulletin(gate, journal, world.store, lambda: trusted.root, site=site, device=device)
    transfers, jobs = Transfers(world.store, world.files), Jobs(world.store)
    answers = Answers(identity, jobs, world.link, world.signer)
    deploying = Deploying(
        keys=keys, facts=facts, gate=gate, gallery=gallery, hits=hits, journal=journal, presence=presence,
        report=report, transfers=transfers, jobs=jobs, store=world.store, time=clock,
    )  # fmt: skip
    witnessing = Witnessing(
        journal, witnessed, clock, world.link, pulse, topics, gate.authorisation_id, lambda: trusted.root.policy
    )
    custody = Custody(
        trusted=trusted, ratifications=ratifications, tests=tests, gate=gate, presence=presence, journal=journal
    )
    replaying = Replaying(Fates(journal), sending)
    loading = Loading(
        topics=topics, keys=keys, transfers=transfers, jobs=jobs, gate=gate, rotate=custody.rotate, clock=clock,
        pulse=pulse, installing=Installing(keys, facts, gate, journal, world.installed),
    )  # fmt: skip
    parcelling = Parcelling(
        identity, facts, journal=journal, store=world.store, jobs=jobs, report=report, link=world.link,
        signer=world.signer, trust_root=lambda: trusted.digest, said=world.host.said,
    )  # fmt: skip
    tried = SelfTest(
        gate=gate, detector=world.detector, extractor=world.extractor, host=world.host, store=world.store,
        link=world.link, clock=clock, width=world.set_up.get("camera-width", 640),
        height=world.set_up.get("camera-height", 480),
    )  # fmt: skip
    obey = Obey(
        identity,
        deploying.verbs()
        | custody.verbs()
        | Reviewing(gate, gallery, reviews).verbs()
        | loading.verbs()
        | parcelling.verbs()
        | tried.verbs()
        | replaying.verbs(),
        orders=Orders(keys, world.store, site=site, device=device, epoch=identity.epoch),
        jobs=jobs,
        answers=answers,
        chunk=loading.chunk,
        journal=journal,
        report=report,
        witnessing=witnessing,
        link=world.link,
        clock=clock,
        pulse=pulse,
    )
    clock.open(clock.now())
    witnessed.remember()
    epoch = epochs.first_leaf(world.store, trusted.root, site=site, device=device, epoch=identity.epoch)
    booted = facts.booted(__version__, trusted.digest, world.signer.public)
    _open_journal(
        journal, gate, breaker, world, booted, epoch,
        lambda: _settle(trusted, evidence, ratifications, loading, clock.now()),
    )  # fmt: skip
    heartbeat = Heartbeat(gate, journal, pulse)
    return Daemon(
        gate, latest, watch, tell, obey, report, witnessing, world.link, clock, world.host, pulse, governor, heartbeat,
        (custody.step, replaying.step, loading.step, parcelling.step, answers.step),
    )  # fmt: skip


def _counted(pulse: Pulse, world: World, gate: Gate, latest: Latest, journal: Journal) -> dict[str, int]:
    """Everything that is counted since boot."""
    capture = gate.frames.counts
    return {
        **pulse.counters(),
        "frames-captured": capture.frames,
        "frames-skipped": latest.skipped,
        "camera-opens": capture.opens,
        "camera-losses": capture.losses,
        "journal-leaves": journal.size,
    }


def _software(identity: Identity, facts: Facts, trusted: Trust) -> Software:
    return Software(
        version=identity.version,
        trust_root=trusted.digest,
        trust_root_version=trusted.root.version,
        detector=facts.detector,
        embedder=facts.embedder,
        calibration=facts.calibration,
    )


def _settle(
    trusted: Trust, evidence: Evidence, ratifications: Ratifications, loading: Loading, now: Instant
) -> None:  # fmt: skip
    """The papers that this life's first leaf names, and what an earlier one left to do. Raises Unsafe."""
    trusted.keep(evidence.signed)
    ratifications.finish(now)
    loading.recall(now)


def _open_journal(
    journal: Journal, gate: Gate, breaker: Breaker, world: World, booted: Booted, epoch: EpochOpened | None,
    settle: Callable[[], None],
) -> None:  # fmt: skip
    try:
        journal.open(world.clock.now(), booted, epoch)
        breaker.recall(world.store)
        gate.recover(world.store, world.clock.now())
        settle()
    except Unsafe as error:
        journal.fail(error)  # the gate stays shut for it, and the state says so


def document(path: Path, kind: type[T], name: str) -> T:
    """A document from a file, which may be laid out for reading: what counts is its canonical form."""
    try:
        return parse(msgspec.json.encode(msgspec.json.decode(path.read_bytes()), order="sorted"), kind)
    except OSError as error:
        raise Misconfigured(f"The {name} {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError, Undecodable) as error:
        raise Misconfigured(f"The {name} {path} is not valid: {error}", "Make it with this product's tools.") from error
