"""Provisioning anew: by two custodians of the trust root in force, and then everything is wiped."""

from __future__ import annotations

from datetime import datetime

import msgspec

from edge import machine
from edge.adapters.provisioned import SETTINGS, Provisioned, in_use
from edge.adapters.store import SqliteStore
from edge.domain.authority import Name, Signed, TrustRoot
from edge.domain.errors import Misconfigured, Refusal, Undecodable, Unsafe
from edge.domain.provisioning import Head, Objected, Objection
from edge.domain.record import Checkpoint
from edge.ports import Store
from edge.provision.accepting import TRUST_ROOT, site_of
from edge.provision.asking import CARRIED, SITE, Seals, request
from edge.safeguards import epochs
from edge.safeguards.journal import HEAD
from edge.safeguards.trust import Trust
from edge.wire import enrolment
from edge.wire.custodians import first
from edge.wire.signed import canonical, parse


def anew(disk: Provisioned, seals: Seals, order: Signed, *, now: datetime) -> Signed:
    """Obey a decision: wipe keys, list and journal, and ask again in the next epoch. Returns the new request.

    Raises Objected and changes nothing where the decision is not for this device and epoch, not signed by the quorum,
    or names less than the journal that is here; Misconfigured where there is nothing to end, or the daemon runs.
    """
    epoch, written = disk.in_force(), disk.read(SETTINGS)
    if epoch is None or written is None:
        raise Misconfigured(f"{disk.places.instance} is not provisioned.", "Run lamppost provision without --anew.")
    site, device = named(written)
    journal = disk.places.state / machine.JOURNAL
    if in_use(journal):
        raise Misconfigured("The daemon runs.", f"Stop it first: systemctl stop lamppost@{disk.places.instance}")
    store = machine.left_behind(journal)
    try:
        decided = enrolment.ordered(order, _root(disk, store))
        if (decided.site, decided.device, decided.epoch) != (site, device, epoch):
            here = f"{site}/{device}/{epoch}"
            raise Objected(
                Objection.OTHER_DEVICE, f"{decided.site}/{decided.device}/{decided.epoch}, and this is {here}"
            )
        _bind(decided.head, store)
        left = {} if store is None else epochs.remembered(store)
    finally:
        if isinstance(store, SqliteStore):
            store.close()
    signed, files = request(
        seals, site=site, device=device, epoch=decided.next_epoch, previous=decided.head, now=now
    )  # fmt: skip
    files |= {CARRIED: msgspec.json.encode(left), SITE: site_of(written), "order.json": canonical(order)}
    name = disk.put(decided.next_epoch, files)
    disk.expect(name)
    disk.switch(name)
    return signed


def _root(disk: Provisioned, store: Store | None) -> TrustRoot:
    """The trust root in force: the newest that the journal holds, where there is a journal. Raises Misconfigured."""
    try:
        pinned = parse(disk.read(TRUST_ROOT) or b"", Signed)
    except Undecodable as error:
        raise Misconfigured(f"The trust root in force is damaged: {error.what}", "Mend the disk.") from error
    if store is not None:
        return Trust(pinned, store).root
    root = first(pinned)
    if isinstance(root, Refusal):
        raise Misconfigured(f"The trust root in force is not believed: {root}", "Mend the disk.")
    return root


def _bind(head: Head | None, store: Store | None) -> None:
    """What was exported is all that the journal here ever signed for; or it is lost, and really not here."""
    try:
        stored = None if store is None else store.get(HEAD)
        here = None if stored is None else parse(stored, Checkpoint)
    except (Unsafe, Undecodable):
        return  # nobody can say what it held: the custodians' word is all there is
    if here is None:
        return
    if head is None:
        raise Objected(Objection.JOURNAL_IS_HERE, f"{here.size} lines of it")
    behind = head.size < here.size or (head.size == here.size and head.root != here.root)
    if head.origin != here.origin or behind:
        raise Objected(Objection.JOURNAL_NOT_EXPORTED, f"{here.size} lines of {here.origin}, root {here.root[:16]}")


def named(written: bytes) -> tuple[Name, Name]:
    """Site and device of settings that were written here. Raises Misconfigured."""
    try:
        found = msgspec.toml.decode(written, type=dict[str, object])["device"]
        said = msgspec.convert(found, dict[str, str])
        return said["site"], said["name"]
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
        raise Misconfigured(f"The settings in force are damaged: {error}.", "Mend the disk.") from error
