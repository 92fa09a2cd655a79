"""Nothing is signed that a device would refuse: the tool says no first, and with the device's own reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from edge.adapters.store import SqliteStore
from edge.control_room.authority import signing
from edge.control_room.authority.signing import WouldBeRefused
from edge.control_room.authority.site import FactsFile
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Misconfigured, Reason
from edge.safeguards.authorised import authorisation
from edge.safeguards.verify import Believed
from edge.wire.signed import Kind, Signs, sign
from edge.wire.signers import Keys
from tests.doors.test_authorised import DEVICE, EVERY, Case
from tests.vectors.people import (  # fmt: skip
    COUNTER,
    DOCUMENT,
    FACTS,
    INDEPENDENT,
    KEYS,
    NOW,
    OFFICER,
    ROOT,
    ROOTS,
    SECOND,
    STRANGER,
    URGENT,
)

ONLY_THE_DEVICE_KNOWS = {"replayed", "id-reused"}
"""What it has accepted before; and, in one vector, that its camera is real though its trust root is a simulator's."""
NO_FAULT_BEFORE_THE_END = {"not-yet-valid", "not-signed"}
"""What is signed today for tomorrow, and what others have yet to sign."""
HERE = FactsFile(**{name: getattr(FACTS, name) for name in FactsFile.__struct_fields__})
PINNED = Keys(ROOT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "journal.sqlite")
    yield made
    made.close()


def first_no(case: Case) -> str:
    """What the tool says to a vector, as the device is asked."""
    try:
        found = signing.standing(case.signed, Keys(DEVICE.trust_roots[case.root]), HERE, case.now or DEVICE.now)
    except WouldBeRefused as error:
        return error.refusal.reason.value
    return found.refusals[0].reason.value if found.refusals else "accepted"


SAID = [
    (name, case)
    for name, case in EVERY
    if case.expect not in ONLY_THE_DEVICE_KNOWS and not case.simulated and "the camera is real" not in name
]


@pytest.mark.parametrize("case", [case for _, case in SAID], ids=[name for name, _ in SAID])
def test_it_says_of_every_vector_what_the_door_says(case: Case) -> None:
    assert first_no(case) == case.expect


def spoilt() -> list[tuple[str, Case, Authorisation]]:
    """The vectors in which the document itself is refused, whoever signs it, and which can be read."""
    found = []
    for name, case in SAID:
        try:
            document = signing.read(case.signed)
        except WouldBeRefused:
            continue
        signers = (URGENT if document.urgent else OFFICER, COUNTER)
        keys, now = Keys(DEVICE.trust_roots[case.root]), case.now or DEVICE.now
        refusals = signing.standing(sign(document, Kind.AUTHORISATION, *signers), keys, HERE, now).refusals
        if [no.reason.value for no in refusals][:1] == [case.expect] and case.expect not in NO_FAULT_BEFORE_THE_END:
            found.append((name, case, document))
    return found


SPOILT = spoilt()


@pytest.mark.parametrize("case", [one[1:] for one in SPOILT], ids=[one[0] for one in SPOILT])
def test_nobody_signs_a_document_that_the_door_refuses(case: tuple[Case, Authorisation]) -> None:
    vector, document = case
    keys, now = Keys(DEVICE.trust_roots[vector.root]), vector.now or DEVICE.now
    signed = sign(document, Kind.AUTHORISATION, URGENT if document.urgent else OFFICER)
    with pytest.raises(WouldBeRefused) as second:
        signing.countersignature(signed, keys, COUNTER, now, HERE)
    assert second.value.refusal.reason.value == vector.expect
    assert second.value.remedy


def test_most_vectors_spoil_the_document_itself() -> None:
    assert len(SPOILT) > 50
    assert len({case.expect for _, case, _ in SPOILT}) > 12


def test_what_two_have_signed_is_byte_for_byte_what_the_door_accepts(store: SqliteStore) -> None:
    once = signing.first_signature(DOCUMENT, PINNED, OFFICER, NOW)
    twice, read = signing.countersignature(once, PINNED, COUNTER, NOW, HERE)
    assert read == DOCUMENT
    carried = msgspec.json.decode(msgspec.json.encode(twice), type=Signed)
    believed = authorisation(carried, PINNED, FACTS, store, Instant(NOW, timedelta(hours=1)))
    assert isinstance(believed, Believed)
    assert believed.authorisation == DOCUMENT
    assert carried == sign(DOCUMENT, Kind.AUTHORISATION, OFFICER, COUNTER)
    assert signing.standing(twice, PINNED, HERE, NOW).refusals == ()
    assert signing.missing(twice, DOCUMENT, PINNED) == ()


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (STRANGER, Reason.UNKNOWN_KEY),
        (KEYS[Role.OPERATOR], Reason.WRONG_ROLE),
        (KEYS[Role.CUSTODIAN], Reason.WRONG_ROLE),
        (URGENT, Reason.WRONG_ROLE),
    ],
    ids=["stranger", "operator", "custodian", "urgent officer, though it is not urgent"],
)
def test_nobody_signs_whose_signature_would_spoil_it(signer: Signs, reason: Reason) -> None:
    with pytest.raises(WouldBeRefused) as first:
        signing.first_signature(DOCUMENT, PINNED, signer, NOW)
    assert first.value.refusal.reason is reason
    signed = signing.first_signature(DOCUMENT, PINNED, OFFICER, NOW)
    with pytest.raises(WouldBeRefused) as second:
        signing.countersignature(signed, PINNED, signer, NOW)
    assert second.value.refusal.reason is reason


def test_the_second_person_has_another_role_and_the_same_key_signs_once() -> None:
    signed = signing.first_signature(DOCUMENT, PINNED, OFFICER, NOW)
    with pytest.raises(WouldBeRefused, match="same-role-twice"):
        signing.countersignature(signed, PINNED, SECOND, NOW)
    with pytest.raises(Misconfigured, match="signed it before"):
        signing.countersignature(signed, PINNED, OFFICER, NOW)


def test_whoever_is_missing_is_named_a_third_too_where_the_policy_asks() -> None:
    keys = Keys(ROOTS["asks-for-independent"])
    signed = signing.first_signature(DOCUMENT, keys, COUNTER, NOW)
    assert signing.missing(signed, DOCUMENT, keys) == (Role.AUTHORISING_OFFICER, Role.INDEPENDENT)
    for signer in (INDEPENDENT, OFFICER):
        assert "not-signed" in [no.reason.value for no in signing.standing(signed, keys, HERE, NOW).refusals]
        signed, _ = signing.countersignature(signed, keys, signer, NOW)
    assert signing.missing(signed, DOCUMENT, keys) == ()
    assert signing.standing(signed, keys, HERE, NOW).refusals == ()


def test_the_second_person_holds_it_against_the_device_where_its_facts_are_at_hand() -> None:
    signed = signing.first_signature(DOCUMENT, PINNED, OFFICER, NOW)
    turned = msgspec.structs.replace(HERE, zone="9" * 64)
    signing.countersignature(signed, PINNED, COUNTER, NOW)
    with pytest.raises(WouldBeRefused, match="wrong-zone"):
        signing.countersignature(signed, PINNED, COUNTER, NOW, turned)


def test_it_may_be_signed_before_its_window_opens_and_not_after_it_has_closed() -> None:
    before = DOCUMENT.not_before - timedelta(hours=2)
    signed = signing.first_signature(DOCUMENT, PINNED, OFFICER, before)
    signing.countersignature(signed, PINNED, COUNTER, before)
    with pytest.raises(WouldBeRefused, match="expired"):
        signing.countersignature(signed, PINNED, COUNTER, DOCUMENT.not_after)


def test_an_urgent_one_is_signed_for_four_hours_and_no_longer() -> None:
    urgent = replace(DOCUMENT, urgent=True, not_after=DOCUMENT.not_before + timedelta(hours=4))
    signing.first_signature(urgent, PINNED, URGENT, NOW)
    with pytest.raises(WouldBeRefused, match="an urgent window is at most 4 hours"):
        longer = replace(urgent, not_after=urgent.not_after + timedelta(seconds=1))
        signing.first_signature(longer, PINNED, URGENT, NOW)


def test_every_fault_is_found_and_not_only_the_first() -> None:
    document = replace(DOCUMENT, zone="9" * 64, calibration="8" * 64, operators=("x" * 43,))
    found = signing.standing(sign(document, Kind.AUTHORISATION, OFFICER), PINNED, HERE, NOW)
    said = [no.reason.value for no in found.refusals]
    assert said == ["not-signed", "wrong-zone", "wrong-calibration", "unknown-key"]
