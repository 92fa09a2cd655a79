"""The terms of an authorisation, held against a device, the pinned keys and an instant.

The device's door asks here before anybody is looked at, and the control room before anybody signs: both run this code,
so that nothing is signed that the device would refuse. Every field is either held against something here, or against
the sealed list and the calibration where those are opened, or names those who may act and is asked whenever they do;
the references are for people to follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authorisation import MAX_LIST_AGE, Authorisation
from edge.domain.authority import Role
from edge.domain.errors import Reason, Undecodable
from edge.domain.facts import Facts
from edge.domain.rules import Fault, broken, fault
from edge.wire.sealed import HitBinding, seal
from edge.wire.signed import from_base64url, key_id
from edge.wire.signers import Keys

_SOON: Final = timedelta(seconds=5)


def faults(document: Authorisation, keys: Keys, facts: Facts, wall: datetime) -> Iterator[Fault]:
    """Whatever stands between an authorisation and this device, in the order in which the device finds it."""
    yield from _is_for_this_device(document, keys, facts)
    yield from _names_pinned_keys(document, keys)
    yield from _can_be_sealed_to(document, keys)
    yield from _is_current(document, keys, wall)
    yield from broken(document)


def _is_for_this_device(document: Authorisation, keys: Keys, facts: Facts) -> Iterator[Fault]:
    if (document.site, document.device) != (facts.site, facts.device):
        yield fault(Reason.WRONG_DEVICE, f"it names {document.site}/{document.device}", "device", "site")
    # Test keys, test documents and simulated cameras go together or not at all.
    if document.test and not (keys.test and facts.simulated):
        yield fault(Reason.TEST_ONLY, "", "test")
    if not document.test and (keys.test or facts.simulated):
        yield fault(Reason.NOT_A_TEST, "", "test")
    if (document.models.detector, document.models.embedder) != (facts.detector, facts.embedder):
        yield fault(Reason.WRONG_MODEL, "", "models")
    if document.zone != facts.zone:
        yield fault(Reason.WRONG_ZONE, "", "zone")
    if document.configuration != facts.configuration:
        yield fault(Reason.WRONG_CONFIGURATION, "", "configuration")
    if document.calibration != facts.calibration:
        yield fault(Reason.WRONG_CALIBRATION, "", "calibration")


def _names_pinned_keys(document: Authorisation, keys: Keys) -> Iterator[Fault]:
    for field, named, role in (
        ("operators", document.operators, Role.OPERATOR),
        ("presence", document.presence, Role.PRESENCE),
        ("reviewers", document.reviewers, Role.REVIEWER),
    ):
        for place, identifier in enumerate(named):
            found = keys.role(identifier)
            if found is None:
                yield fault(Reason.UNKNOWN_KEY, identifier, f"{field}.{place}")
            elif found is not role:
                detail = f"{identifier} is not a key for {role.value}"
                yield fault(Reason.WRONG_ROLE, detail, f"{field}.{place}")


def _can_be_sealed_to(document: Authorisation, keys: Keys) -> Iterator[Fault]:
    """Recipients' keys are made for one deployment: they are pinned nowhere, and hits can be sealed to them."""
    trial = HitBinding(site=document.site, device=document.device, authorisation=document.id, hit="trial")
    for place, recipient in enumerate(document.recipients):
        field = f"recipients.{place}"
        if keys.role(key_id(recipient.sign)) is not None:
            yield fault(Reason.WRONG_ROLE, "a recipient's key is pinned for something else", field)
        try:
            from_base64url(recipient.sign)
            seal(b"", [recipient.seal], trial)
        except Undecodable as error:
            yield fault(Reason.MALFORMED, f"a recipient's key: {error.what}", field)


def _is_current(document: Authorisation, keys: Keys, wall: datetime) -> Iterator[Fault]:
    if keys.expired(wall):
        yield fault(Reason.TRUST_ROOT_EXPIRED, f"at {keys.root.expires:%Y-%m-%d %H:%M}Z")
    if wall >= document.not_after:
        yield fault(Reason.EXPIRED, f"its window closed at {document.not_after:%Y-%m-%d %H:%M}Z", "not_after")
    if wall < document.not_before:
        yield fault(Reason.NOT_YET_VALID, f"its window opens at {document.not_before:%Y-%m-%d %H:%M}Z", "not_before")
    # Twenty-four hours before the start that is asked for now, not before the first that was possible.
    built = document.watchlist.built
    if built > wall + _SOON or wall - built > MAX_LIST_AGE:
        yield fault(Reason.LIST_STALE, f"it was built at {built:%Y-%m-%d %H:%M}Z", "watchlist", "not_before")
