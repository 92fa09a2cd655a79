"""The moving parts around the doors: the way of a frame, what the device says of itself, what orders do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.assemble.doors import Doors
from edge.daemon.answers import Answers
from edge.daemon.bulletin import Bulletin
from edge.daemon.custody import Custody
from edge.daemon.deploying import Deploying
from edge.daemon.governor import Governor
from edge.daemon.health import About, Observer, Sources, depth
from edge.daemon.known_answer import KnownAnswer
from edge.daemon.latest import Latest
from edge.daemon.loading import Loading
from edge.daemon.obey import Obey
from edge.daemon.parcelling import Parcelling
from edge.daemon.previewing import Previewing
from edge.daemon.pulse import Pulse
from edge.daemon.replaying import Replaying
from edge.daemon.report import Identity, Report
from edge.daemon.reviewing import Reviewing
from edge.daemon.self_test import SelfTest
from edge.daemon.sending import Sending
from edge.daemon.tell import Tell
from edge.daemon.trying import Trying
from edge.daemon.watch import Watch, Watching
from edge.daemon.witnessing import Witnessing
from edge.domain.capture import Instant
from edge.domain.errors import Reason
from edge.domain.zone import Zone
from edge.safeguards.fates import Fates
from edge.safeguards.frames import given_up
from edge.safeguards.installing import Installing
from edge.safeguards.orders import Orders
from edge.safeguards.zone import InZone
from edge.steps import zone as pixels
from edge.wire.health import Software
from edge.world import World


@dataclass(frozen=True, slots=True)
class Path:
    """Of a frame, from the camera to the connection."""

    latest: Latest
    watch: Watch
    tell: Tell
    known: KnownAnswer
    previewing: Previewing


@dataclass(frozen=True, slots=True)
class Answering:
    """What an order meets, and what goes on after it was answered."""

    obey: Obey
    loading: Loading
    begin: Callable[[Instant], None]
    due: tuple[Callable[[Instant], None], ...]


def path(identity: Identity, world: World, doors: Doors, pulse: Pulse, looked_at: Zone, watching: Watching) -> Path:
    """Camera, search, writer."""
    gate, latest = doors.gate, Latest()
    gate.on_lapse(latest.lapse)
    sending = Sending(doors.retention, world.store, world.link, pulse, identity.topics.hit)
    tell = Tell(
        doors.hits, doors.journal, doors.retention, doors.disk, sending, doors.clock, pulse, gate.authorisation_id
    )
    detector = InZone(world.detector, looked_at)
    watch = Watch(detector, world.extractor, doors.gallery, tell.tell, doors.clock, pulse, watching)
    width, height = _size(world)
    known = KnownAnswer(
        world.detector, world.extractor, gate.frames.answered, doors.clock, pulse, width=width, height=height,
        window=pixels.bounds(pixels.hidden(looked_at, width, height)),
    )  # fmt: skip
    previewing = Previewing(doors.previews, world.link, identity.topics.preview, doors.clock, pulse)
    return Path(latest, watch, tell, known, previewing)


def custody(doors: Doors) -> Custody:
    """What custodians, officers and evaluators decide."""
    return Custody(
        trusted=doors.trusted, ratifications=doors.ratifications, tests=doors.tests, gate=doors.gate,
        presence=doors.presence, journal=doors.journal,
    )  # fmt: skip


def witnessing(identity: Identity, world: World, doors: Doors, pulse: Pulse) -> Witnessing:
    """Heads out, cosignatures in."""
    return Witnessing(
        doors.journal, doors.witnessed, doors.clock, world.link, pulse, identity.topics, doors.gate.authorisation_id,
        lambda: doors.trusted.root.policy,
    )  # fmt: skip


def report(
    identity: Identity, world: World, doors: Doors, pulse: Pulse, latest: Latest, governor: Governor, decided: Custody
) -> Report:  # fmt: skip
    """What the device says of itself, to the control room and to the public."""
    gate, facts, clock = doors.gate, doors.facts, doors.clock
    unproven = () if world.sees.live else (Reason.PICTURE_UNPROVEN,)
    sources = Sources(
        software=lambda: _software(identity, doors),
        condition=lambda now: (gate.condition(now), (*(gate.explain(now) or governor.reasons()), *unproven)),
        counters=lambda: _counted(pulse, doors, latest, world),
        gauges=lambda: {
            **governor.counters(), **world.set_up, **world.sees.gauges(), **doors.witnessed.counters(clock.now()),
            **decided.counters(), **doors.outbox.counters(), **doors.disk.counters(), **doors.transfers.counters(),
            **doors.undisturbed.counters(),
        },
        outbox=lambda now: depth(world.store, clock.never_back(now)),
        disk=lambda: doors.disk.left,
        went_back=lambda: doors.undisturbed.went_back,
    )  # fmt: skip
    about = About(
        site=facts.site, device=facts.device, boot=identity.boot, zone=facts.zone, configuration=facts.configuration
    )
    observer = Observer(about, sources, pulse.timings, clock=clock, host=world.host, link=world.link)
    made = Report(identity, gate, doors.presence, world.link, world.signer, observer)
    made.bulletin = Bulletin(
        gate, doors.journal, world.store, lambda: doors.trusted.root, site=facts.site, device=facts.device
    )
    return made


def answering(
    identity: Identity, world: World, doors: Doors, pulse: Pulse, said: Report, heads: Witnessing, decided: Custody,
    sending: Sending,
) -> Answering:  # fmt: skip
    """Every order that there is, and who does it."""
    keys, gate, jobs = doors.trusted.keys, doors.gate, doors.jobs
    answers = Answers(identity, jobs, world.link, world.signer)
    deploying = Deploying(
        keys=keys, facts=doors.facts, gate=gate, gallery=doors.gallery, hits=doors.hits, journal=doors.journal,
        presence=doors.presence, report=said, transfers=doors.transfers, jobs=jobs, store=world.store,
        time=doors.clock,
    )  # fmt: skip
    loading = Loading(
        topics=identity.topics, keys=keys, transfers=doors.transfers, jobs=jobs, gate=gate, rotate=decided.rotate,
        clock=doors.clock, pulse=pulse,
        installing=Installing(keys, doors.facts, gate, doors.journal, world.installed),
    )  # fmt: skip
    parcelling = Parcelling(
        identity, doors.facts, journal=doors.journal, store=world.store, jobs=jobs, report=said, link=world.link,
        signer=world.signer, trust_root=lambda: doors.trusted.digest, said=world.host.said,
    )  # fmt: skip
    replaying, reviewing = Replaying(Fates(doors.journal), sending), Reviewing(gate, doors.gallery, doors.reviews)
    tested = _tested(world, doors)
    able = (deploying, decided, reviewing, loading, parcelling, tested, replaying)
    obey = Obey(
        identity,
        {verb: executes for one in able for verb, executes in one.verbs().items()},
        orders=Orders(keys, world.store, site=identity.site, device=identity.device, epoch=identity.epoch),
        jobs=jobs,
        answers=answers,
        chunk=loading.chunk,
        journal=doors.journal,
        report=said,
        witnessing=heads,
        link=world.link,
        clock=doors.clock,
        pulse=pulse,
    )
    begin = Trying(tested, (world.updates, world.installed)).begin
    due = (decided.step, replaying.step, loading.step, parcelling.step, answers.step)
    return Answering(obey, loading, begin, (*due, lambda _: doors.undisturbed.step(lambda: gate.believed)))


def _tested(world: World, doors: Doors) -> SelfTest:
    width, height = _size(world)
    return SelfTest(
        gate=doors.gate, detector=world.detector, extractor=world.extractor, host=world.host, store=world.store,
        link=world.link, clock=doors.clock, width=width, height=height,
    )  # fmt: skip


def _size(world: World) -> tuple[int, int]:
    """Of the camera's main stream."""
    return world.set_up.get("camera-width", 640), world.set_up.get("camera-height", 480)


def _counted(pulse: Pulse, doors: Doors, latest: Latest, world: World) -> dict[str, int]:
    """Everything that is counted since boot."""
    capture = doors.gate.frames.counts
    return {
        **pulse.counters(),
        **world.sees.counters(),
        "frames-captured": capture.frames,
        "frames-skipped": latest.skipped,
        "camera-opens": capture.opens,
        "camera-losses": capture.losses,
        "camera-given-up": given_up(world.store),
        "journal-leaves": doors.journal.size,
    }


def _software(identity: Identity, doors: Doors) -> Software:
    facts, trusted = doors.facts, doors.trusted
    return Software(
        version=identity.version,
        trust_root=trusted.digest,
        trust_root_version=trusted.root.version,
        detector=facts.detector,
        embedder=facts.embedder,
        calibration=facts.calibration,
    )
