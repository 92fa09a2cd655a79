"""Verification of orders: who gave them, whether they are meant for this device, fresh, and new."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from edge.domain.authority import Digest, Identifier, Key, KeyId, Name, Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.orders import MAX_ORDER_LIFE, ROLES, Heading, Order, Reply, Verb
from edge.ports import Store, Transaction
from edge.safeguards.verify import Keys
from edge.wire.events import heading_of, read_order
from edge.wire.signed import Kind, canonical, claimed_signers, digest, holds, key_id, payload_of

CLOCKS_APART: Final = timedelta(seconds=5)
"""How far the sender's clock may run ahead of the device's."""
REMEMBERED: Final = timedelta(minutes=5)
"""How long an order's result is kept for a repeated delivery; longer than any order lives."""


class Orders:
    """The counters of orders, and the results of the latest."""

    def __init__(self, keys: Keys, store: Store, *, site: Name, device: Name, epoch: Identifier) -> None:
        self._keys = keys
        self._store = store
        self._site = site
        self._device = device
        self._epoch = epoch
        self._kept: dict[str, datetime] | None = None
        """Of each stored result, until when. None before it was read what an earlier life left."""

    def verify(self, signed: Signed, verb: Verb, now: Instant, *, retained: bool) -> Order | Reply | Refusal:
        """Believe an order, or say why not. A Reply is the stored result of an order that was executed before.

        An order that is accepted has used its counter, durably, before it is executed, so that it is never executed
        twice. ``stop`` is believed from one valid key whatever its age, counter or retain flag: it does no harm to
        stop again.
        """
        try:
            payload = payload_of(signed)
            heading = heading_of(payload)
            key = self._signer(signed, heading, verb)
            if isinstance(key, Refusal):
                return key
            order = read_order(signed, key)
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)
        refusal = self._is_meant(heading, verb)
        if refusal is not None or verb is Verb.STOP:
            return refusal or order
        refusal = _is_fresh(heading, now, retained=retained)
        if refusal is not None or verb is Verb.ACK:
            # Acknowledging twice does no harm either, and they may overtake each other.
            return refusal or order
        return self._is_new(heading, digest(payload), key_id(key)) or order

    def remember(self, order: Order, signed: Signed, reply: Reply, now: Instant) -> None:
        """Keep the result for a repeated delivery, and forget old ones. Raises Unsafe."""
        until = now.wall + REMEMBERED
        record = _Result(digest=digest(payload_of(signed)), until=until, reply=reply)
        with self._store.transaction() as transaction:
            known = _kept(transaction) if self._kept is None else self._kept
            over = [name for name, end in known.items() if end <= now.wall]
            for name in over:
                transaction.delete(name)
            transaction.put(_RESULTS + order.heading.id, canonical(record))
        self._kept = {name: end for name, end in known.items() if end > now.wall}
        self._kept[_RESULTS + order.heading.id] = until

    def signer_of(self, signed: Signed) -> KeyId | None:
        """The pinned key that validly signed an order, whatever else is wrong with it."""
        try:
            for identifier in claimed_signers(signed, Kind.ORDER):
                found = self._keys.find(identifier)
                if found is not None and holds(signed, Kind.ORDER, found[0]):
                    return identifier
        except Undecodable:
            return None
        return None

    def _signer(self, signed: Signed, heading: Heading, verb: Verb) -> Key | Refusal:
        identifiers = claimed_signers(signed, Kind.ORDER)
        if len(identifiers) != 1:
            return Refusal(Reason.MALFORMED, "an order bears one signature")
        found = self._keys.find(identifiers[0])
        if verb is Verb.ACK or (verb is Verb.REPLAY and found is None):
            return self._recipient(signed, identifiers[0], heading)
        if found is None:
            return Refusal(Reason.UNKNOWN_KEY, identifiers[0])
        key, role = found
        if role not in ROLES.get(verb, frozenset[Role]()):
            return Refusal(Reason.WRONG_ROLE, f"{role.value} may not give {verb.value}")
        return key if holds(signed, Kind.ORDER, key) else Refusal(Reason.BAD_SIGNATURE)

    def _recipient(self, signed: Signed, identifier: KeyId, heading: Heading) -> Key | Refusal:
        """Recipients' keys are not pinned: the authorisation that the hit was sealed under named them."""
        named = {key_id(key): key for key in self._store.recipients()}
        key = named.get(identifier)
        if key is None:
            return Refusal(Reason.UNKNOWN_KEY, identifier)
        return key if holds(signed, Kind.ORDER, key) else Refusal(Reason.BAD_SIGNATURE)

    def _is_meant(self, heading: Heading, verb: Verb) -> Refusal | None:
        if heading.verb is not verb:
            return Refusal(Reason.MALFORMED, f"a {heading.verb.value} order on the topic of {verb.value}")
        if (heading.site, heading.device) != (self._site, self._device):
            return Refusal(Reason.WRONG_DEVICE, f"it names {heading.site}/{heading.device}")
        if heading.epoch != self._epoch and verb is not Verb.STOP:
            return Refusal(Reason.WRONG_DEVICE, "it names another provisioning epoch")
        return None

    def _is_new(self, heading: Heading, payload: Digest, signer: KeyId) -> Refusal | Reply | None:
        stored = self._store.get(_RESULTS + heading.id)
        if stored is not None:
            result = msgspec.json.decode(stored, type=_Result)
            return result.reply if result.digest == payload else Refusal(Reason.ID_REUSED)
        name = f"orders/counter/{self._epoch}/{signer}"
        with self._store.transaction() as transaction:
            if heading.counter <= int(transaction.get(name) or b"-1"):
                return Refusal(Reason.REPLAYED)
            transaction.put(name, str(heading.counter).encode())
        return None


_RESULTS: Final = "orders/result/"


class _Result(msgspec.Struct, frozen=True, kw_only=True):
    digest: Digest
    until: datetime
    reply: Reply


def _kept(transaction: Transaction) -> dict[str, datetime]:
    """What an earlier life has remembered, and until when."""
    found = {}
    for name in transaction.names(_RESULTS):
        stored = transaction.get(name)
        assert stored is not None
        found[name] = msgspec.json.decode(stored, type=_Result).until
    return found


def _is_fresh(heading: Heading, now: Instant, *, retained: bool) -> Refusal | None:
    if retained:
        return Refusal(Reason.RETAINED)
    if heading.expires - heading.issued > MAX_ORDER_LIFE:
        return Refusal(Reason.LIVES_TOO_LONG, "an order lives at most 60 seconds")
    if heading.issued > now.wall + CLOCKS_APART:
        return Refusal(Reason.NOT_YET_VALID)
    if now.wall >= heading.expires:
        return Refusal(Reason.EXPIRED)
    return None
