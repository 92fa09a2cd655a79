"""Signed documents: ours can be read by others, and nothing but the one spelling is believed."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.authorisation import Authorisation, AuthorisedModels
from edge.domain.authority import Signature, Signed, TrustRoot
from edge.domain.errors import LamppostError, Undecodable
from edge.domain.orders import Heading, Status, Verb
from edge.steps.calibrate import Calibration
from edge.wire import watchlist
from edge.wire.events import disclose, heading_of, order_document, read_order
from edge.wire.log import decode_leaf
from edge.wire.signed import (
    Kind,
    add_signature,
    canonical,
    claimed_signers,
    from_base64url,
    holds,
    key_id,
    parse,
    payload_of,
    sign,
    to_base64url,
)
from hardware_sim.office import MemoryKey, Office

ROOT = Office().trust_root()


def test_key_ids_are_jwk_thumbprints() -> None:
    """RFC 8037, appendix A.3."""
    assert key_id("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_another_library_verifies_what_we_sign() -> None:
    joserfc = pytest.importorskip("joserfc.jws")
    from joserfc.jwk import OKPKey

    one, two = MemoryKey(), MemoryKey()
    signed = add_signature(sign(ROOT, Kind.STATE, one), Kind.STATE, two)
    keys: dict[str, dict[str, str | list[str]]] = {
        key_id(key.public): {"kty": "OKP", "crv": "Ed25519", "x": key.public} for key in (one, two)
    }
    document = {
        "payload": signed.payload,
        "signatures": [{"protected": s.protected, "signature": s.signature} for s in signed.signatures],
    }

    registry = joserfc.JWSRegistry(algorithms=["Ed25519"])

    def find(member: object) -> OKPKey:
        return OKPKey.import_key(keys[member.headers()["kid"]])  # type: ignore[attr-defined]

    verified = joserfc.deserialize_json(document, find, registry=registry)
    assert verified.payload == canonical(ROOT)


def test_we_verify_what_another_library_signs() -> None:
    joserfc = pytest.importorskip("joserfc.jws")
    from joserfc.jwk import OKPKey

    key = OKPKey.generate_key("Ed25519")
    public = str(key.as_dict(private=False)["x"])
    header = canonical({"alg": "Ed25519", "kid": key_id(public), "typ": Kind.STATE.value})
    member = {"protected": json.loads(header)}
    registry = joserfc.JWSRegistry(algorithms=["Ed25519"])
    made = joserfc.serialize_json([member], canonical(ROOT), key, registry=registry)
    signed = Signed(payload=made["payload"], signatures=tuple(Signature(**s) for s in made["signatures"]))
    assert holds(signed, Kind.STATE, public)
    assert parse(payload_of(signed), TrustRoot) == ROOT


def test_a_signature_on_one_kind_of_document_does_not_pass_for_another() -> None:
    key = MemoryKey()
    signed = sign(ROOT, Kind.REPLY, key)
    with pytest.raises(Undecodable, match="lamppost-order"):
        holds(signed, Kind.ORDER, key.public)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"typ": "JWT"},
        {"crit": ["exp"]},
        {"jwk": {}},
        {"b64": False},
        {"kid": "short"},
    ],
)
def test_other_algorithms_and_header_fields_are_refused(header: dict[str, object]) -> None:
    key = MemoryKey()
    good = {"alg": "Ed25519", "kid": key_id(key.public), "typ": Kind.ORDER.value}
    protected = to_base64url(canonical(good | header))
    payload = to_base64url(canonical(ROOT))
    signature = to_base64url(key.sign(f"{protected}.{payload}".encode()))
    signed = Signed(payload=payload, signatures=(Signature(protected=protected, signature=signature),))
    with pytest.raises(Undecodable):
        holds(signed, Kind.ORDER, key.public)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text.replace('"test":true', '"test": true'),
        lambda text: text.replace('"keys"', '"extra":1,"keys"'),
        lambda text: text.replace('"test":true', '"test":false,"test":true'),
        lambda text: text.replace('"version":1', '"version":1.0'),
        lambda text: text.replace('"version":1', '"version":1e0'),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n",
        lambda text: text.replace('"test"', '"\\u0074est"'),
        lambda text: json.dumps(dict(reversed(json.loads(text).items())), separators=(",", ":")),
    ],
)
def test_only_the_one_spelling_of_a_document_is_read(spelling: object) -> None:
    good = canonical(ROOT).decode()
    assert parse(good.encode(), TrustRoot) == ROOT
    other = spelling(good)  # type: ignore[operator]
    assert other != good
    with pytest.raises(Undecodable):
        parse(other.encode(), TrustRoot)


@given(st.binary(max_size=80))
def test_base64url_has_one_spelling(raw: bytes) -> None:
    text = to_base64url(raw)
    assert from_base64url(text) == raw
    for other in (text + "=", text + "A", " " + text):
        with contextlib.suppress(Undecodable):
            assert from_base64url(other) != raw


def test_an_order_survives_its_trip() -> None:
    key, now = MemoryKey(), datetime(2026, 6, 1, tzinfo=UTC)
    heading = Heading(id="o1", verb=Verb.STATUS, site="s", device="d", epoch="e", issued=now, expires=now, counter=5)
    signed = order_document(heading, Status(), key)
    assert claimed_signers(signed, Kind.ORDER) == [key_id(key.public)]
    assert read_order(signed, key.public).heading == heading


PARSERS = [
    lambda raw: parse(raw, Authorisation),
    lambda raw: parse(raw, TrustRoot),
    lambda raw: parse(raw, Calibration),
    lambda raw: disclose(raw, Kind.ORDER),
    heading_of,
    decode_leaf,
    watchlist.header_of,
]


@pytest.mark.parametrize("parser", PARSERS)
@given(raw=st.one_of(st.binary(max_size=400), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_rubbish_is_refused_with_a_remedy(parser: object, raw: bytes) -> None:
    with pytest.raises(Undecodable) as error:
        parser(raw)  # type: ignore[operator]
    assert error.value.remedy


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 50_000, b"9" * 300_000, b'"' + b"\xff" * 50 + b'"'])
@pytest.mark.parametrize("parser", PARSERS)
def test_deep_long_and_crooked_input_is_refused(parser: object, raw: bytes) -> None:
    with pytest.raises(LamppostError):
        parser(raw)  # type: ignore[operator]


def test_bounds_of_an_authorisation_are_checked_where_it_is_read(site_document: Authorisation) -> None:
    import msgspec

    whole = msgspec.json.decode(canonical(site_document))
    for field, value in {
        "max_fpir": "NaN",
        "max_fpir ": "0",
        "max_fpir  ": "1.5",
        "sequence": 0,
        "site": "Not A Name",
        "id": "../../etc",
        "not_after": whole["not_before"],
        "not_before": "2026-06-01T09:00:00",
        "hit_retention": "P32D",
        "operators": [],
        "recipients": [],
        "calibration": "zz",
    }.items():
        broken = dict(whole) | {field.strip(): value}
        with pytest.raises(Undecodable):
            parse(msgspec.json.encode(broken, order="sorted"), Authorisation)


@pytest.fixture
def site_document() -> Authorisation:
    from hardware_sim.office import Office, sealed_list
    from hardware_sim.scripted import features_of

    office, now = Office(), datetime(2026, 6, 1, tzinfo=UTC)
    sealed = sealed_list([("v-1", features_of(1))], decoys=2, embedder="e" * 64, built=now)
    return office.authorise(
        sealed, now, models=AuthorisedModels(detector="d" * 64, embedder="e" * 64), calibration="c" * 64, zone="0" * 64,
        configuration="1" * 64, max_fpir=Decimal("0.01"), lasts=timedelta(hours=1),
    )  # fmt: skip
