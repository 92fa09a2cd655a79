"""The door of trust, at the door itself: what a file, a store and a demand say where something is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.store import BrokenStore, SqliteStore
from edge.domain.authority import PinnedKey, Role, Signed, TrustRoot
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Misconfigured, Reason, Refusal, SealBroken
from edge.measure.people import MemoryKey
from edge.safeguards import papers
from edge.safeguards.trust import Trust, Vouched
from edge.safeguards.verify import Believed, Evidence, evidence
from edge.wire.custodians import first, following
from edge.wire.signed import Kind, digest, key_id, payload_of, sign
from hardware_sim.office import MADE, Office
from hardware_sim.site import CALIBRATION
from tests.vectors.people import DOCUMENT

NOW = Instant(MADE, timedelta(hours=1))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "journal.sqlite")
    yield made
    made.close()


def reason_of(answer: object) -> Reason:
    assert isinstance(answer, Refusal)
    return answer.reason


def test_a_trust_root_is_what_its_quorum_signed_and_nothing_else(office: Office) -> None:
    root = office.trust_root()
    signed = office.signed_root()
    assert first(signed) == root
    assert reason_of(first(office.signed_root(root, office.custodians[0]))) is Reason.NOT_SIGNED
    assert reason_of(first(office.signed_root(root, *office.custodians, office.officer))) is Reason.UNKNOWN_KEY
    other = office.signed_root(replace(root, organisation="Somebody else"))
    assert reason_of(first(replace(signed, payload=other.payload))) is Reason.BAD_SIGNATURE
    assert reason_of(first(sign(root, Kind.ORDER, *office.custodians))) is Reason.MALFORMED
    assert reason_of(first(sign(DOCUMENT, Kind.TRUST_ROOT, *office.custodians))) is Reason.MALFORMED


def test_the_next_one_is_read_only_after_the_custodians_before_it_have_signed(office: Office) -> None:
    root, strangers = office.trust_root(), Office()
    anything = sign({"not": "a trust root"}, Kind.TRUST_ROOT, *strangers.custodians)
    assert reason_of(following(anything, root, MADE)) is Reason.NOT_SIGNED
    anything = sign({"not": "a trust root"}, Kind.TRUST_ROOT, *office.custodians)
    assert reason_of(following(anything, root, MADE)) is Reason.MALFORMED
    other = sign(replace(root, version=2), Kind.ORDER, *office.custodians)
    assert reason_of(following(other, root, MADE)) is Reason.MALFORMED


def test_an_instant_decides_on_expiry_where_there_is_one(office: Office) -> None:
    root = replace(office.trust_root(), version=2, expires=MADE)
    signed = office.signed_root(root)
    before = office.trust_root()
    assert following(signed, before, None) == root
    assert following(signed, before, MADE - timedelta(seconds=1)) == root
    assert reason_of(following(signed, before, MADE)) is Reason.TRUST_ROOT_EXPIRED
    test = replace(office.trust_root(test=False), version=2)
    assert reason_of(following(office.signed_root(test), before, MADE)) is Reason.NOT_A_TEST
    ordinary = office.trust_root(test=False)
    assert reason_of(following(office.signed_root(replace(before, version=2)), ordinary, MADE)) is Reason.TEST_ONLY


def test_a_quorum_is_counted_in_people(office: Office) -> None:
    third = MemoryKey()
    root = office.trust_root()
    root = replace(root, quorum=3, keys=(*root.keys, PinnedKey(role=Role.CUSTODIAN, key=third.public)))
    one, two = office.custodians
    assert reason_of(first(office.signed_root(root, one, two))) is Reason.NOT_SIGNED
    assert reason_of(first(office.signed_root(root, one, two, two))) is Reason.SAME_ROLE_TWICE
    assert first(office.signed_root(root, third, two, one)) == root


def test_a_file_that_its_custodians_have_not_signed_is_refused(office: Office, store: SqliteStore) -> None:
    with pytest.raises(Misconfigured, match="not believed: not-signed"):
        Trust(office.signed_root(None, office.custodians[0]), store)


def test_a_store_that_cannot_be_trusted_leaves_the_file_in_force(office: Office) -> None:
    """The device comes up and looks at nobody: the journal says why."""
    trusted = Trust(office.signed_root(), BrokenStore(SealBroken("Broken.", "Examine it.")))
    assert trusted.root == office.trust_root()
    with pytest.raises(SealBroken):
        trusted.keep()


def _taken_in(store: SqliteStore, root: TrustRoot, signed: Signed, newest: bytes | None = None) -> None:
    with store.transaction() as transaction:
        name = papers.keep(transaction, signed)
        transaction.put(f"trust-root/version/{root.version}", name.encode())
        transaction.put("trust-root/newest", newest or str(root.version).encode())


def test_a_store_in_which_a_version_is_missing_or_spoilt_is_refused(office: Office, store: SqliteStore) -> None:
    third = replace(office.trust_root(), version=3)
    _taken_in(store, third, office.signed_root(third))
    with pytest.raises(Misconfigured, match="version 2 does not follow"):
        Trust(office.signed_root(), store)
    second = replace(office.trust_root(), version=2)
    _taken_in(store, second, office.signed_root(second), b"3")
    assert Trust(office.signed_root(), store).root == third
    with store.transaction() as transaction:
        transaction.put(papers.PREFIX + digest(payload_of(office.signed_root(second))), b"spoilt")
    with pytest.raises(Misconfigured, match="cannot be read"):
        Trust(office.signed_root(), store)
    _taken_in(store, second, office.signed_root(second), b"many")
    with pytest.raises(Misconfigured, match="cannot be read"):
        Trust(office.signed_root(), store)


def test_a_stored_one_that_others_signed_is_refused(office: Office, store: SqliteStore) -> None:
    second = replace(office.trust_root(), version=2)
    _taken_in(store, second, office.signed_root(second, office.custodians[0]))
    with pytest.raises(Misconfigured, match="not-signed"):
        Trust(office.signed_root(), store)


def test_the_papers_that_a_start_names_are_kept(office: Office, store: SqliteStore) -> None:
    calibration = sign(CALIBRATION, Kind.CALIBRATION, office.evaluator)
    trusted = Trust(office.signed_root(), store)
    trusted.keep(calibration)
    for signed in (office.signed_root(), calibration):
        assert papers.find(store, digest(payload_of(signed))) == signed
    assert trusted.digest == digest(payload_of(office.signed_root()))


# The demand.


@pytest.fixture
def vouched(office: Office, store: SqliteStore) -> tuple[Trust, Vouched, Believed]:
    trusted = Trust(office.signed_root(), store)
    found = evidence(sign(CALIBRATION, Kind.CALIBRATION, office.evaluator), trusted.keys)
    assert isinstance(found, Evidence)
    signers = ((Role.AUTHORISING_OFFICER, office.officer), (Role.COUNTERSIGNING_OFFICER, office.second))
    ids = tuple((role, key_id(key.public)) for role, key in signers)
    believed = Believed(DOCUMENT, "0" * 64, office.signed(DOCUMENT), ids)
    return trusted, Vouched(trusted.keys, found, office.device_key.public), believed


def test_nothing_is_said_while_all_are_believed(vouched: tuple[Trust, Vouched, Believed]) -> None:
    _, demand, believed = vouched
    assert demand.refuses(believed, NOW) is None
    assert demand.missing(believed, NOW) is None
    assert demand.over(believed, NOW) is None


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("officer", "a signer of the authorisation"),
        ("second", "a signer of the authorisation"),
        ("evaluator", "the evaluator of the calibration"),
        ("device_key", "this device's own key"),
    ],
)
@pytest.mark.parametrize("how", ["dropped", "in another role"])
def test_who_is_believed_no_more_is_named(
    office: Office, vouched: tuple[Trust, Vouched, Believed], who: str, says: str, how: str
) -> None:
    trusted, demand, believed = vouched
    key = getattr(office, who).public
    keys = [one for one in trusted.root.keys if one.key != key]
    if how != "dropped":
        keys.append(PinnedKey(role=Role.REVIEWER, key=key))
    assert demand.missing(believed, NOW) is None
    trusted.keys.replace(replace(trusted.root, keys=tuple(keys)))
    refused = demand.refuses(believed, NOW)
    assert refused == Refusal(Reason.REVOKED, says)
    assert demand.missing(believed, NOW) is Reason.REVOKED
    assert demand.over(believed, NOW) is EndReason.REVOKED


def test_nobody_is_believed_once_the_trust_root_has_expired(vouched: tuple[Trust, Vouched, Believed]) -> None:
    trusted, demand, believed = vouched
    end = Instant(trusted.root.expires, timedelta(hours=2))
    assert demand.over(believed, Instant(end.wall - timedelta(seconds=1), end.boot)) is None
    assert demand.missing(believed, end) is Reason.TRUST_ROOT_EXPIRED
    assert demand.over(believed, end) is EndReason.REVOKED


def test_an_authorisation_of_which_nobody_knows_who_signed_it_is_not_vouched_for(
    vouched: tuple[Trust, Vouched, Believed],
) -> None:
    _, demand, believed = vouched
    assert demand.over(believed, NOW) is None
    assert demand.over(replace(believed, signers=()), NOW) is EndReason.REVOKED
    assert demand.over(believed, NOW) is None
