"""Every door in its frame: what each holds, and whom each asks."""

from __future__ import annotations

from dataclasses import dataclass

from edge.daemon.report import Identity
from edge.domain.authority import Digest
from edge.domain.zone import Zone
from edge.safeguards.accuracy import AccuracyTests
from edge.safeguards.breaker import Breaker
from edge.safeguards.clock import Timekeeper
from edge.safeguards.delivery import Deliverable
from edge.safeguards.disk import Disk
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.jobs import Jobs
from edge.safeguards.journal import Journal
from edge.safeguards.outbox import Outbox
from edge.safeguards.presence import Presence
from edge.safeguards.preview import Previews
from edge.safeguards.ratification import Ratifications
from edge.safeguards.retention import Retention
from edge.safeguards.reviews import Reviews
from edge.safeguards.shutter import Shutter
from edge.safeguards.transfers import Transfers
from edge.safeguards.trust import Trust, Vouched
from edge.safeguards.undisturbed import Undisturbed
from edge.safeguards.verify import Evidence, Facts
from edge.safeguards.witnessed import Witnessed
from edge.wire.signed import canonical, digest
from edge.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """All that others are handed. The rest is held by one of these."""

    trusted: Trust
    evidence: Evidence
    facts: Facts
    journal: Journal
    clock: Timekeeper
    presence: Presence
    witnessed: Witnessed
    breaker: Breaker
    ratifications: Ratifications
    tests: AccuracyTests
    outbox: Outbox
    disk: Disk
    undisturbed: Undisturbed
    gate: Gate
    gallery: Gallery
    reviews: Reviews
    hits: Hits
    previews: Previews
    retention: Retention
    transfers: Transfers
    jobs: Jobs


def hung(
    identity: Identity, trusted: Trust, evidence: Evidence, world: World, looked_at: Zone, configuration: Digest
) -> Doors:
    """All of them, shut."""
    site, device, epoch, boot, store = identity.site, identity.device, identity.epoch, identity.boot, world.store
    journal = Journal(store, world.signer, origin=f"lamppost/{site}/{device}/{epoch}", boot=boot)
    presence, clock = Presence(boot), Timekeeper(world.clock, journal, store, lambda: trusted.root)
    witnessed, breaker = Witnessed(journal, store, clock, lambda: trusted.root), Breaker()
    journal.follow(breaker.take)
    facts = _facts(identity, evidence, world, looked_at, configuration)
    ratifications = Ratifications(trusted.keys, store, journal)
    tests = AccuracyTests(trusted.keys, facts, store, journal)
    outbox, disk = Outbox(store, boot), Disk(journal, store)
    vouched, deliverable = Vouched(trusted.keys, evidence, world.signer.public), Deliverable(world.link)
    undisturbed = Undisturbed(world.updates, journal, store)
    demands = (vouched, witnessed, breaker, ratifications, tests, outbox, disk, deliverable, undisturbed)
    shutter = Shutter(world.camera, world.power, world.lamp)
    gate = Gate(shutter, clock, journal, presence, world.host, looked_at, demands)
    gallery = Gallery(gate, journal, world.host, store, evidence, site=site, device=device)
    reviews = Reviews(gate, breaker, journal, boot)
    hits = Hits(
        gate, journal, store, world.signer, reviews, outbox, site=site, device=device, epoch=epoch, boot=boot
    )  # fmt: skip
    return Doors(
        trusted=trusted,
        evidence=evidence,
        facts=facts,
        journal=journal,
        clock=clock,
        presence=presence,
        witnessed=witnessed,
        breaker=breaker,
        ratifications=ratifications,
        tests=tests,
        outbox=outbox,
        disk=disk,
        undisturbed=undisturbed,
        gate=gate,
        gallery=gallery,
        reviews=reviews,
        hits=hits,
        previews=Previews(gate, clock, world.signer, site=site, device=device, boot=boot),
        retention=Retention(journal, store, reviews, outbox),
        transfers=Transfers(store, world.files),
        jobs=Jobs(store),
    )


def _facts(
    identity: Identity, evidence: Evidence, world: World, looked_at: Zone, configuration: Digest
) -> Facts:  # fmt: skip
    return Facts(
        site=identity.site,
        device=identity.device,
        simulated=world.camera.simulated,
        detector=world.detector.identity,
        embedder=world.extractor.identity,
        calibration=evidence.digest,
        zone=digest(canonical(looked_at)),
        configuration=configuration,
    )
