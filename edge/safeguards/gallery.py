"""The gallery: the only holder of opened references.

They exist in clear in one locked buffer and nowhere else. There is no getter, no iterator and no repr; the one thing
that comes out is the answer to a search, and every search asks the gate, compares and is counted in one step.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Identifier, Key, KeyId, Name
from edge.domain.capture import Instant
from edge.domain.comparison import Candidate, Finding, Permit, Threshold
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.face import Features, Probe
from edge.domain.leaves.deployment import EntryWithdrawn
from edge.domain.orders import Load, WithdrawEntry
from edge.ports import Host, LockedMemory, Store
from edge.safeguards.deployment import WITHDRAWN
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed, Evidence
from edge.steps import align, calibrate, compare, decide
from edge.wire import watchlist
from edge.wire.sealed import KEY_BYTES, ListBinding, public_of, unwrap
from edge.wire.signed import digest

_ALIGN: Final = 64


@dataclass(slots=True, repr=False)
class _Open:
    memory: LockedMemory
    content: watchlist.Opened
    scores: Features
    naming: memoryview
    """Names withdrawn entries on disk to nobody but a holder of the list's key."""


@dataclass(slots=True, repr=False)
class _Prepared:
    believed: Believed
    private: X25519PrivateKey
    threshold: Threshold


class Gallery:
    """Prepared for one deployment at a time."""

    def __init__(
        self, gate: Gate, journal: Journal, host: Host, store: Store, evidence: Evidence, *, site: Name, device: Name
    ) -> None:
        self._gate = gate
        self._journal = journal
        self._host = host
        self._store = store
        self._evidence = evidence
        self._site = site
        self._device = device
        self._lock = threading.Lock()
        self._prepared: _Prepared | None = None
        self._open: _Open | None = None
        gate.on_end(self.destroy)

    def __repr__(self) -> str:
        return "<gallery>"

    def prepare(self, believed: Believed) -> tuple[Key, Decimal] | Refusal:
        """Compute the threshold and make the one-time list key. Returns its public half, and the threshold.

        The private half exists in this process's memory only, and is gone with it or with the deployment.
        """
        authorised = believed.authorisation
        found = calibrate.threshold(
            self._evidence.calibration,
            self._evidence.digest,
            authorised.max_fpir,
            authorised.watchlist.entries,
            extrapolation=authorised.accepts_extrapolation,
        )
        if isinstance(found, Refusal):
            return found
        with self._lock:
            if self._prepared is not None:
                return Refusal(Reason.OTHER_AUTHORISATION)
            private = X25519PrivateKey.generate()
            self._prepared = _Prepared(believed, private, found)
        return public_of(private), Decimal(str(found.score))

    def open(self, order: Load, file: bytes, now: Instant) -> Refusal | None:
        """Open the sealed list in locked memory, if it is the very one that was authorised."""
        with self._lock:
            prepared = self._prepared
            if prepared is None:
                return Refusal(Reason.NO_AUTHORISATION)
            if order.authorisation != prepared.believed.authorisation.id:
                return Refusal(Reason.OTHER_AUTHORISATION)
            if self._open is not None:
                return None
            refusal = self._check_header(file, prepared.believed.authorisation)
            if refusal is not None:
                return refusal
            try:
                self._open = self._opened(order, file, prepared)
            except Undecodable as error:
                return Refusal(Reason.LIST_UNREADABLE, error.what)
        self._gate.list_opened(now)
        return None

    def search(self, probe: Probe, now: Instant) -> Finding | Refusal:
        """Permit, compare and count, inseparably. A refusal has compared nothing."""
        with self._lock:
            permit = self._gate.permit_to_search(now)
            if isinstance(permit, Refusal):
                return permit
            if self._open is None or self._prepared is None:
                return Refusal(Reason.LIST_NOT_OPEN)
            if not self._journal.count_search():
                return Refusal(Reason.COUNT_NOT_RESERVED)
            return self._compared(probe, permit, now, self._open, self._prepared.threshold)

    def withdraw(self, order: WithdrawEntry, key: KeyId, now: Instant) -> int | Refusal:
        """Overwrite an entry for good: it gives no hit any more in this deployment, not even after a restart.

        Returns how many entries are left. The threshold stays as it was computed for all of them.
        """
        with self._lock:
            prepared, opened = self._prepared, self._open
            if prepared is None or order.authorisation != prepared.believed.authorisation.id:
                return Refusal(Reason.OTHER_AUTHORISATION)
            if opened is None:
                return Refusal(Reason.LIST_NOT_OPEN)
            binding = replace(self._binding(prepared.believed.authorisation), purpose="lamppost withdrawn entry 1")
            try:
                wanted = unwrap(prepared.private, order.entry, binding)
            except Undecodable as error:
                return Refusal(Reason.MALFORMED, error.what)
            name = _name(order.authorisation, opened, wanted)
            if self._store.get(name) is not None:
                return Refusal(Reason.ALREADY_DECIDED)
            if not _withdraw(opened, lambda entry: entry == wanted):
                return Refusal(Reason.UNKNOWN_ENTRY)
            left = opened.content.left
            event = EntryWithdrawn(authorisation=order.authorisation, key=key, left=left)
            self._journal.record(event, now, lambda transaction: transaction.put(name, b""))
        return left

    def destroy(self) -> None:
        """Overwrite the references and free the one-time list key."""
        with self._lock:
            opened, self._open, self._prepared = self._open, None, None
            if opened is not None:
                opened.memory.wipe()

    @property
    def threshold(self) -> Threshold | None:
        """What the threshold was computed from, while a deployment is prepared."""
        prepared = self._prepared
        return None if prepared is None else prepared.threshold

    def _compared(self, probe: Probe, permit: Permit, now: Instant, opened: _Open, threshold: Threshold) -> Finding:
        index, score = compare.best(opened.content.templates, probe.features, opened.scores)
        opened.scores.fill(0)
        # Written so that a score which is not a number is no candidate.
        if not score >= threshold.score:
            return Finding(now, permit, None)
        if opened.content.withdrawn(index):
            return Finding(now, permit, None)
        entry = opened.content.entry(index)
        band = decide.band(score, threshold.score, decide.Banding())
        return Finding(now, permit, Candidate(entry.id, entry.category, band))

    def _check_header(self, file: bytes, authorised: Authorisation) -> Refusal | None:
        listed = authorised.watchlist
        if digest(file) != listed.digest:
            return Refusal(Reason.WRONG_LIST, "its digest is not the authorised one")
        try:
            header = watchlist.header_of(file)
        except Undecodable as error:
            return Refusal(Reason.LIST_UNREADABLE, error.what)
        if header.embedder != authorised.models.embedder or header.alignment != align.RECIPE:
            return Refusal(Reason.WRONG_MODEL, "the list was enrolled with another embedder or alignment")
        said = {(count.category, count.entries) for count in header.categories}
        authorised_counts = {(count.category, count.entries) for count in listed.categories}
        if header.entries != listed.entries or said != authorised_counts:
            return Refusal(Reason.WRONG_LIST, "its categories or sizes are not the authorised ones")
        if set(header.sources) != set(listed.sources):
            return Refusal(Reason.WRONG_SOURCE, "its sources are not the authorised ones")
        if header.built != listed.built:
            return Refusal(Reason.LIST_STALE, "it was built at another time than authorised")
        return None

    def _opened(self, order: Load, file: bytes, prepared: _Prepared) -> _Open:
        header = watchlist.header_of(file)
        authorised = prepared.believed.authorisation
        key = unwrap(prepared.private, order.key, self._binding(authorised))
        size = header.content_bytes()
        # The scores of a search are as private as the references: they share the locked buffer.
        start = -(-size // _ALIGN) * _ALIGN
        after = start + _ALIGN
        memory = self._host.locked(after + header.entries * 4)
        try:
            content = watchlist.open_into(memory.view[:size], file, key)
        except Undecodable:
            memory.wipe()
            raise
        else:
            naming = memory.view[start : start + KEY_BYTES]
            derived = hmac.digest(key, b"lamppost withdrawn entries 1", "sha256")
            naming[:] = derived
            self._host.scrub(derived)
        finally:
            self._host.scrub(key)
        opened = _Open(memory, content, np.frombuffer(memory.view[after:], np.float32, header.entries), naming)
        self._erase_withdrawn(opened, authorised)
        return opened

    def _erase_withdrawn(self, opened: _Open, authorised: Authorisation) -> None:
        """Those that were withdrawn before the device was cut off."""
        with self._store.transaction() as transaction:
            names = set(transaction.names(f"{WITHDRAWN}{authorised.id}/"))
        if names:
            _withdraw(opened, lambda entry: _name(authorised.id, opened, entry) in names)

    def _binding(self, authorised: Authorisation) -> ListBinding:
        return ListBinding(
            site=self._site, device=self._device, authorisation=authorised.id, digest=authorised.watchlist.digest
        )


def _name(authorisation: Identifier, opened: _Open, entry: bytes) -> str:
    return f"{WITHDRAWN}{authorisation}/{hmac.digest(opened.naming, entry, 'sha256').hex()}"


def _withdraw(opened: _Open, is_withdrawn: Callable[[bytes], bool]) -> int:
    """Overwrite the entries whose digest is one of these. Returns how many."""
    content = opened.content
    rows = [
        row for row in range(len(content.records))
        if not content.withdrawn(row) and is_withdrawn(content.digest_of(row))
    ]  # fmt: skip
    for row in rows:
        content.withdraw(row)
    return len(rows)
