"""Every rule that lies between fields, signatures and what was accepted before: broken, and kept to the limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from edge.domain.authorisation import (
    MAX_FPIR,
    Authorisation,
    Category,
    CategoryCap,
    CategoryCount,
    ImageSource,
    SourceCount,
    UseCase,
)
from edge.domain.authority import Role, Signature, Signed
from edge.wire.signed import Kind, canonical, digest, from_base64url, to_base64url
from tests.vectors.people import (
    COUNTER,
    DOCUMENT,
    INDEPENDENT,
    KEYS,
    NOW,
    OFFICER,
    SECOND,
    STRANGER,
    URGENT,
    plain,
    signed,
)

ACCEPTED = "accepted"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """One document, and what a door must say to it under these circumstances."""

    rule: str
    case: str
    signed: Signed
    expect: str
    root: str = "ordinary"
    now: datetime = NOW
    simulated: bool = False
    remembered: dict[str, str] = field(default_factory=dict)


def every() -> Iterator[Case]:
    """All of them."""
    yield from _signatures()
    yield from _forms()
    yield from _urgent()
    yield from _independent()
    yield from _rates()
    yield from _lists()
    yield from _tests()
    yield from _times()
    yield from _remembered()


def _signatures() -> Iterator[Case]:
    rule = "two people of distinct authorising roles sign, with pinned keys, this very document as what it is"
    good = signed(DOCUMENT)
    first, second = good.signatures
    other = signed(replace(DOCUMENT, sequence=43))
    yield Case(rule, "as it should be", good, ACCEPTED)
    yield Case(rule, "in the other order", signed(DOCUMENT, COUNTER, OFFICER), ACCEPTED)
    yield Case(rule, "the authorising officer alone", signed(DOCUMENT, OFFICER), "not-signed")
    yield Case(rule, "the countersigning officer alone", signed(DOCUMENT, COUNTER), "not-signed")
    yield Case(rule, "two of one role", signed(DOCUMENT, OFFICER, SECOND), "same-role-twice")
    yield Case(rule, "one twice", signed(DOCUMENT, OFFICER, OFFICER), "same-role-twice")
    yield Case(rule, "a stranger", signed(DOCUMENT, OFFICER, STRANGER), "unknown-key")
    yield Case(rule, "a stranger besides", signed(DOCUMENT, OFFICER, COUNTER, STRANGER), "unknown-key")
    for role in (Role.OPERATOR, Role.PRESENCE, Role.REVIEWER, Role.DEVICE, Role.EVALUATOR, Role.CUSTODIAN):
        yield Case(rule, f"the {role.value} besides", signed(DOCUMENT, OFFICER, COUNTER, KEYS[role]), "wrong-role")
    yield Case(rule, "changed after it was signed", replace(good, payload=other.payload), "bad-signature")
    moved = replace(second, signature=first.signature)
    yield Case(rule, "one signature copied to the other", replace(good, signatures=(first, moved)), "bad-signature")
    yield Case(rule, "a bit changed", replace(good, signatures=(first, _flipped(second))), "bad-signature")
    yield Case(rule, "signed as an order", signed(DOCUMENT, kind=Kind.ORDER), "malformed")
    for what, header in _headers(first):
        yield Case(rule, what, replace(good, signatures=(header, second)), "malformed")


def _headers(first: Signature) -> Iterator[tuple[str, Signature]]:
    header = msgspec.json.decode(from_base64url(first.protected), type=dict)
    spoilt = {
        "without an algorithm": {name: value for name, value in header.items() if name != "alg"},
        "with the algorithm none": header | {"alg": "none"},
        "with the algorithm's old name": header | {"alg": "EdDSA"},
        "with a key of its own": header | {"jwk": {"crv": "Ed25519", "kty": "OKP", "x": STRANGER.public}},
        "with a critical extension": header | {"crit": ["b64"], "b64": False},
        "with a key id that is none": header | {"kid": "officer"},
    }
    for what, one in spoilt.items():
        protected = to_base64url(msgspec.json.encode(one, order="sorted"))
        yield f"a header {what}", replace(first, protected=protected)


def _flipped(signature: Signature) -> Signature:
    raw = bytearray(from_base64url(signature.signature))
    raw[0] ^= 1
    return replace(signature, signature=to_base64url(bytes(raw)))


def _forms() -> Iterator[Case]:
    rule = "the payload is exactly the canonical form of an authorisation"
    raw, found = canonical(DOCUMENT), plain(DOCUMENT)
    none = {name: value for name, value in found.items() if name != "preview"}
    yield Case(rule, "no preview, and not a word of one", signed(none), ACCEPTED)
    yield Case(rule, "white space", signed(raw.replace(b",", b", ")), "malformed")
    unsorted = b'{"zone":' + msgspec.json.encode(found["zone"]) + b"," + raw[1:].replace(
        b',"zone":' + msgspec.json.encode(found["zone"]), b""
    )  # fmt: skip
    yield Case(rule, "keys that are not sorted", signed(unsorted), "malformed")
    yield Case(rule, "a field that nobody knows", signed(found | {"threshold": 0.3}), "malformed")
    yield Case(rule, "a field twice", signed(raw[:-1] + b',"zone":' + msgspec.json.encode(found["zone"]) + b"}"),
               "malformed")  # fmt: skip
    yield Case(rule, "not an object", signed(b"[]"), "malformed")
    yield Case(rule, "nothing", signed(b""), "malformed")
    yield Case(rule, "not text", signed(b"\xff\xfe"), "malformed")
    yield Case(rule, "nested without end", signed(b"[" * 5_000), "malformed")
    good = signed(DOCUMENT)
    spelt = replace(good, payload=good.payload + "=")
    yield Case(rule, "base64url with padding", _resigned(spelt), "malformed")


def _resigned(document: Signed) -> Signed:
    from edge.wire.signed import add_signature

    bare = replace(document, signatures=())
    for signer in (OFFICER, COUNTER):
        bare = add_signature(bare, Kind.AUTHORISATION, signer)
    return bare


def _urgent() -> Iterator[Case]:
    rule = "an urgent authorisation is signed by an urgent officer in the authorising officer's place, for 4 hours"
    urgent = replace(DOCUMENT, urgent=True)
    yield Case(rule, "as it should be", signed(urgent, URGENT, COUNTER), ACCEPTED)
    yield Case(rule, "urgent, signed by the authorising officer", signed(urgent, OFFICER, COUNTER), "wrong-role")
    yield Case(rule, "urgent, signed by both officers", signed(urgent, OFFICER, URGENT, COUNTER), "wrong-role")
    yield Case(rule, "not urgent, signed by the urgent officer", signed(DOCUMENT, URGENT, COUNTER), "wrong-role")
    yield Case(rule, "the two officers without a countersignature", signed(urgent, OFFICER, URGENT), "not-signed")
    yield Case(rule, "the urgent officer alone", signed(urgent, URGENT), "not-signed")
    limit = replace(urgent, not_after=urgent.not_before + 4 * HOUR)
    yield Case(rule, "four hours", signed(limit, URGENT, COUNTER), ACCEPTED)
    longer = replace(limit, not_after=limit.not_after + timedelta(seconds=1))
    yield Case(rule, "a second more", signed(longer, URGENT, COUNTER), "lives-too-long")


def _independent() -> Iterator[Case]:
    rule = "an independent key signs as a third where the policy asks for it, and may where it does not"
    third, urgent = "asks-for-independent", replace(DOCUMENT, urgent=True)
    yield Case(rule, "it may", signed(DOCUMENT, OFFICER, COUNTER, INDEPENDENT), ACCEPTED)
    yield Case(rule, "it must, and has", signed(DOCUMENT, OFFICER, COUNTER, INDEPENDENT), ACCEPTED, third)
    yield Case(rule, "it must, and has not", signed(DOCUMENT), "not-signed", third)
    yield Case(rule, "urgent, and has not", signed(urgent, URGENT, COUNTER), "not-signed", third)
    yield Case(rule, "urgent, and has", signed(urgent, URGENT, COUNTER, INDEPENDENT), ACCEPTED, third)
    yield Case(rule, "in place of one of the two", signed(DOCUMENT, OFFICER, INDEPENDENT), "not-signed", third)


def _rates() -> Iterator[Case]:
    rule = "the maximum FPIR is at most 1 in 1,000"
    yield Case(rule, "at the limit", signed(replace(DOCUMENT, max_fpir=MAX_FPIR)), ACCEPTED)
    above = replace(DOCUMENT, max_fpir=MAX_FPIR + Decimal("0.000001"))
    yield Case(rule, "a little above", signed(above), "max-fpir-too-high")
    yield Case(rule, "far below", signed(replace(DOCUMENT, max_fpir=Decimal("0.0000001"))), ACCEPTED)


def listing(people: dict[Category, int], sources: dict[ImageSource, int], **fields: object) -> Authorisation:
    """An authorisation of another list, each category capped at what is listed."""
    counts = tuple(CategoryCount(category=category, entries=entries) for category, entries in people.items())
    caps = tuple(CategoryCap(category=category, most=entries) for category, entries in people.items())
    pictures = tuple(SourceCount(source=source, entries=entries) for source, entries in sources.items())
    total = sum(people.values())
    listed = replace(DOCUMENT.watchlist, entries=total, cap=total, categories=counts, caps=caps, sources=pictures)
    return replace(DOCUMENT, watchlist=listed, sensitive=None, **fields)  # type: ignore[arg-type]


def _lists() -> Iterator[Case]:
    rule = "a list keeps to its categories, caps and sources"
    wanted, custody = {Category.WANTED_BY_COURT: 10}, {ImageSource.CUSTODY: 10}
    yield Case(rule, "at its caps", signed(listing(wanted, custody)), ACCEPTED)
    yield Case(rule, "sources overlap", signed(listing(wanted, custody | {ImageSource.INVESTIGATION: 4})), ACCEPTED)
    one_short = listing(wanted, {ImageSource.CUSTODY: 5, ImageSource.INVESTIGATION: 4})
    yield Case(rule, "one entry comes from nowhere", signed(one_short), "wrong-source")
    lone = replace(listing(wanted, custody), sensitive=DOCUMENT.sensitive)
    yield Case(rule, "sensitive authority for nobody", signed(lone), "sensitive")
    both = {Category.UNDER_18_AT_RISK: 1, Category.VICTIM_OR_WITNESS_AT_RISK: 1}
    named = listing(both, {ImageSource.GIVEN_BY_FAMILY: 2})
    yield Case(rule, "sensitive without authority", signed(named), "sensitive")
    authority = replace(DOCUMENT.sensitive, categories=tuple(both)[::-1])  # type: ignore[type-var]
    yield Case(rule, "two sensitive categories, both named", signed(replace(named, sensitive=authority)), ACCEPTED)
    spare = replace(listing(wanted, custody).watchlist, caps=DOCUMENT.watchlist.caps)
    spared = replace(listing(wanted, custody), watchlist=spare)
    yield Case(rule, "caps for categories that are not listed", signed(spared), "not-capped")


def _tests() -> Iterator[Case]:
    rule = "volunteers are listed for an accuracy test, alone, from pictures of their own; decoys in tests only"
    volunteers, own = {Category.VOLUNTEER: 12}, {ImageSource.VOLUNTEER: 12}
    test = listing(volunteers, own, use_case=UseCase.ACCURACY_TEST)
    yield Case(rule, "an accuracy test", signed(test), ACCEPTED)
    yield Case(rule, "volunteers for another purpose", signed(listing(volunteers, own)), "wrong-list")
    mixed = listing({**volunteers, Category.WANTED_BY_COURT: 1}, {**own, ImageSource.CUSTODY: 1},
                    use_case=UseCase.ACCURACY_TEST)  # fmt: skip
    yield Case(rule, "a wanted person in an accuracy test", signed(mixed), "wrong-list")
    custody = listing(volunteers, {ImageSource.CUSTODY: 12}, use_case=UseCase.ACCURACY_TEST)
    yield Case(rule, "volunteers from custody pictures", signed(custody), "wrong-source")
    also = listing(volunteers, own | {ImageSource.CUSTODY: 1}, use_case=UseCase.ACCURACY_TEST)
    yield Case(rule, "and from custody pictures too", signed(also), "wrong-source")
    decoys = listing({**volunteers, Category.SYNTHETIC: 50}, {**own, ImageSource.NONE: 50},
                     use_case=UseCase.ACCURACY_TEST)  # fmt: skip
    yield Case(rule, "decoys outside a simulator", signed(decoys), "test-only")
    marked = replace(decoys, test=True)
    yield Case(rule, "a test where the trust root is none", signed(marked), "test-only", simulated=True)
    yield Case(rule, "a test where the camera is real", signed(marked), "test-only", "simulator")
    yield Case(rule, "a test in the simulator", signed(marked), ACCEPTED, "simulator", simulated=True)
    anybody = replace(marked, use_case=UseCase.CRIME_HOTSPOT)
    yield Case(rule, "volunteers in the simulator stand for anybody", signed(anybody), ACCEPTED, "simulator",
               simulated=True)  # fmt: skip
    wanted = replace(listing({Category.WANTED_BY_COURT: 3}, {ImageSource.CUSTODY: 3}), test=True)
    wanted = replace(wanted, use_case=UseCase.ACCURACY_TEST)
    yield Case(rule, "and nobody else is measured there either", signed(wanted), "wrong-list", "simulator",
               simulated=True)  # fmt: skip
    loose = replace(marked, max_fpir=DOCUMENT.max_fpir * 1000)
    yield Case(rule, "a loose rate in the simulator", signed(loose), ACCEPTED, "simulator", simulated=True)
    yield Case(rule, "no test in the simulator", signed(test), "not-a-test", "simulator", simulated=True)
    yield Case(rule, "no test under a simulator's trust root", signed(test), "not-a-test", "simulator")
    pictured = replace(marked, watchlist=replace(
        marked.watchlist, sources=(*marked.watchlist.sources[:1], SourceCount(source=ImageSource.NONE, entries=51))
    ))  # fmt: skip
    yield Case(rule, "more without a picture than decoys", signed(pictured), "wrong-source", "simulator",
               simulated=True)  # fmt: skip


def _times() -> Iterator[Case]:
    rule = "now lies in the window, the list is fresh at this very start, and the trust root has not expired"
    good = signed(DOCUMENT)
    yield Case(rule, "at the beginning", good, ACCEPTED, now=DOCUMENT.not_before)
    early = DOCUMENT.not_before - timedelta(seconds=1)
    yield Case(rule, "a second before", good, "not-yet-valid", now=early)
    yield Case(rule, "a second before the end", good, ACCEPTED, now=DOCUMENT.not_after - timedelta(seconds=1))
    yield Case(rule, "at the end", good, "expired", now=DOCUMENT.not_after)
    yield Case(rule, "under an expired trust root", good, "trust-root-expired", "expired")
    limit = replace(DOCUMENT, not_after=DOCUMENT.not_before + 12 * HOUR)
    yield Case(rule, "twelve hours", signed(limit), ACCEPTED)
    old = replace(DOCUMENT, watchlist=replace(DOCUMENT.watchlist, built=DOCUMENT.not_before - 23 * HOUR))
    yield Case(rule, "fresh when the window opens", signed(old), ACCEPTED)
    yield Case(rule, "no longer at a later start", signed(old), "list-stale", now=NOW + HOUR)
    exact = replace(DOCUMENT, watchlist=replace(DOCUMENT.watchlist, built=NOW - 24 * HOUR))
    yield Case(rule, "exactly 24 hours", signed(exact), ACCEPTED)
    opening = replace(DOCUMENT, watchlist=replace(DOCUMENT.watchlist, built=DOCUMENT.not_before - 24 * HOUR))
    yield Case(rule, "exactly 24 hours when the window opens", signed(opening), ACCEPTED, now=DOCUMENT.not_before)
    soon = replace(DOCUMENT, watchlist=replace(DOCUMENT.watchlist, built=NOW + timedelta(seconds=5)))
    yield Case(rule, "built by a clock 5 seconds ahead", signed(soon), ACCEPTED)


def _remembered() -> Iterator[Case]:
    rule = "no authorisation comes back: none that ended, none older than the latest, no second one of a number"
    good, name = signed(DOCUMENT), digest(canonical(DOCUMENT))
    yield Case(rule, "the same again, after a restart", good, ACCEPTED, remembered={"sequence": "42", "digest": name})
    yield Case(rule, "after one that ended", good, ACCEPTED, remembered={"closed": "41", "sequence": "41"})
    yield Case(rule, "it has ended", good, "replayed",
               remembered={"closed": "42", "sequence": "42", "digest": name})  # fmt: skip
    yield Case(rule, "last week's", good, "replayed", remembered={"closed": "57", "sequence": "57"})
    yield Case(rule, "older than the latest", good, "replayed", remembered={"closed": "40", "sequence": "43"})
    yield Case(rule, "another of the same number", good, "id-reused",
               remembered={"closed": "41", "sequence": "42", "digest": "0" * 64})  # fmt: skip
