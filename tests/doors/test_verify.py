"""Verification, asked directly: how many people, in which roles, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.safeguards.authorised import authorisation
from edge.safeguards.verify import (
    Believed,
    Keys,
    authorising,
    fit,
    one_signed,
    remember_accepted,
    remember_closed,
)
from edge.wire.signed import Kind
from tests.vectors.people import DOCUMENT, FACTS, KEYS, NOW, ROOT, ROOTS, signed

AUTHORISING, COUNTERSIGNING, URGENT = Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER, Role.URGENT_OFFICER
INDEPENDENT = Role.INDEPENDENT
URGENTLY = replace(DOCUMENT, urgent=True)
LATER = Instant(NOW, timedelta(hours=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "journal.sqlite")
    yield made
    made.close()


def by(*roles: Role, document: Authorisation = DOCUMENT) -> Signed:
    return signed(document, *(KEYS[role] for role in roles))


def reason_of(said: object) -> Reason | None:
    return said.reason if isinstance(said, Refusal) else None


@pytest.mark.parametrize(
    ("roles", "enough"),
    [
        ((AUTHORISING, COUNTERSIGNING), True),
        ((URGENT, COUNTERSIGNING), True),
        ((URGENT, COUNTERSIGNING, INDEPENDENT), True),
        ((AUTHORISING, URGENT), False),
        ((AUTHORISING, INDEPENDENT), False),
        ((COUNTERSIGNING, INDEPENDENT), False),
        ((URGENT,), False),
    ],
)
def test_nothing_is_read_before_two_people_of_authorising_roles_have_signed(
    roles: tuple[Role, ...], enough: bool
) -> None:
    said = authorising(by(*roles), Keys(ROOT))
    assert reason_of(said) is (None if enough else Reason.NOT_SIGNED)


@pytest.mark.parametrize(
    ("document", "roles", "root", "reason"),
    [
        (DOCUMENT, (AUTHORISING, COUNTERSIGNING), "ordinary", None),
        (DOCUMENT, (AUTHORISING, COUNTERSIGNING, INDEPENDENT), "ordinary", None),
        (URGENTLY, (URGENT, COUNTERSIGNING), "ordinary", None),
        (DOCUMENT, (URGENT, COUNTERSIGNING), "ordinary", Reason.WRONG_ROLE),
        (URGENTLY, (AUTHORISING, COUNTERSIGNING), "ordinary", Reason.WRONG_ROLE),
        (DOCUMENT, (AUTHORISING, COUNTERSIGNING, URGENT), "ordinary", Reason.WRONG_ROLE),
        (DOCUMENT, (AUTHORISING,), "ordinary", Reason.NOT_SIGNED),
        (URGENTLY, (COUNTERSIGNING, INDEPENDENT), "ordinary", Reason.NOT_SIGNED),
        (DOCUMENT, (AUTHORISING, COUNTERSIGNING), "asks-for-independent", Reason.NOT_SIGNED),
        (DOCUMENT, (AUTHORISING, INDEPENDENT), "asks-for-independent", Reason.NOT_SIGNED),
        (DOCUMENT, (AUTHORISING, COUNTERSIGNING, INDEPENDENT), "asks-for-independent", None),
        (URGENTLY, (URGENT, COUNTERSIGNING), "asks-for-independent", Reason.NOT_SIGNED),
        (URGENTLY, (URGENT, COUNTERSIGNING, INDEPENDENT), "asks-for-independent", None),
    ],
)
def test_an_authorisation_is_signed_by_its_own_two_roles_and_by_whom_the_policy_asks_for_besides(
    document: Authorisation, roles: tuple[Role, ...], root: str, reason: Reason | None
) -> None:
    said = fit(document, dict.fromkeys(roles, "k" * 43), Keys(ROOTS[root]))
    assert reason_of(said) is reason


def test_a_document_without_any_signature_is_not_signed() -> None:
    bare = replace(by(AUTHORISING, COUNTERSIGNING), signatures=())
    assert reason_of(one_signed(bare, Kind.AUTHORISATION, Keys(ROOT), AUTHORISING)) is Reason.NOT_SIGNED


def test_a_trust_root_has_expired_from_the_very_instant_that_it_names() -> None:
    keys = Keys(ROOT)
    assert not keys.expired(ROOT.expires - timedelta(microseconds=1))
    assert keys.expired(ROOT.expires)


def believed(store: SqliteStore, document: Authorisation = DOCUMENT) -> Believed | Reason:
    said = authorisation(by(AUTHORISING, COUNTERSIGNING, document=document), Keys(ROOT), FACTS, store, LATER)
    return said if isinstance(said, Believed) else said.reason


def test_what_was_accepted_before_a_later_one_is_refused_from_then_on(store: SqliteStore) -> None:
    later = replace(DOCUMENT, id="later", sequence=DOCUMENT.sequence + 1)
    accepted = believed(store, later)
    assert isinstance(accepted, Believed)
    assert isinstance(believed(store), Believed)
    with store.transaction() as transaction:
        remember_accepted(transaction, accepted)
    assert believed(store) is Reason.REPLAYED
    assert believed(store, replace(later, id="another")) is Reason.ID_REUSED
    assert isinstance(believed(store, later), Believed)


def test_what_has_ended_is_not_accepted_again_and_the_next_is(store: SqliteStore) -> None:
    with store.transaction() as transaction:
        remember_closed(transaction, DOCUMENT)
    assert believed(store) is Reason.REPLAYED
    assert isinstance(believed(store, replace(DOCUMENT, sequence=DOCUMENT.sequence + 1)), Believed)
