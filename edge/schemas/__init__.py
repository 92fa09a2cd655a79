"""The published schemas: what each signed document looks like, made from the very types that read it.

JSON Schema (2020-12) says what a field may be. What fields must be together it cannot say; that stands in the
description, rule by rule, and each rule has a vector in the tests that breaks it and nothing else. The files beside
this module are the same, for whoever wants to read them without running anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from edge.domain.access import Opinion, View
from edge.domain.authorisation import AccuracyReport, Authorisation, Ratification
from edge.domain.authority import Signed, TrustRoot
from edge.domain.custody import NewClock, NewEpoch
from edge.domain.errors import Reason
from edge.domain.models import ModelList
from edge.domain.orders import BODIES, Heading, Reply, Verb
from edge.domain.provisioning import Enrolment, EnrolmentRequest, Reprovisioning
from edge.domain.subjects import EnrolmentResult, Export, Subjects
from edge.steps.calibrate import Calibration
from edge.wire.events import (
    CloudEvent,
    Deployment,
    HitContent,
    PreviewContent,
    SealedHit,
    SealedPreview,
    State,
)
from edge.wire.health import Health
from edge.wire.parcels import Parcel
from edge.wire.public import Public
from edge.wire.signed import Kind

CANONICAL: Final = (
    "Canonical form: UTF-8 JSON with the keys of every object sorted, no white space, every field present "
    "(but for one that is not required and has nothing to say, which is left out) and none "
    "besides. Instants are RFC 3339 with their zone (Z for UTC) and six digits of a second, or none where it is whole; "
    "spans are ISO 8601 durations in seconds or days; decimal numbers "
    "are strings. A payload that is not exactly the canonical form of what it decodes to is refused."
)
"""Of the payload of every signed document."""
SIGNED: Final = (
    "A JWS in general JSON serialisation (RFC 7515, section 7.2.1). Each protected header is the canonical form of "
    'exactly {"alg":"Ed25519","kid":...,"typ":...}: kid is the JWK thumbprint (RFC 7638) of the signing key, typ the '
    "kind of document. No unprotected header. Base64url without padding, in its one canonical spelling."
)
RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "authorisation": (
        "Signed by an authorising officer (where urgent, by an urgent officer instead) and a countersigning officer, "
        "each once; by an independent key too where the trust root's policy asks for it; by nobody else.",
        "The window ends after it begins and lasts at most 12 hours; where urgent, at most 4.",
        "watchlist.built lies at most 24 hours before not_before, and before the start itself.",
        "max_fpir lies between 0 and 1; unless test, it is at most 0.001.",
        "watchlist.categories add up to watchlist.entries, none twice; entries is at most cap.",
        "watchlist.caps names every category that is listed, once, and no other; no count exceeds its cap.",
        "Sensitive categories (under-18-at-risk, victim-or-witness-at-risk) are listed only where sensitive names "
        "exactly those listed; where none is listed, sensitive is null.",
        "watchlist.sources: 'none' counts exactly the synthetic entries, 'volunteer' exactly the volunteers, who have "
        "no other source; every other entry comes from at least one source, and from each at most once.",
        "An accuracy-test lists volunteers and nobody else; no other use case lists one, unless test. Synthetic "
        "entries need test.",
        "preview is left out where there is to be none (never null); preview.every lies between 10 seconds and "
        "an hour.",
        "retention.hit is at most 31 days; retention.undelivered at most 10 minutes and at most retention.hit.",
        "No key of a recipient stands twice, or is pinned by the trust root.",
        "Everything that it names of the device (site, device, zone, models, calibration, configuration) is the "
        "device's own; sources, categories, entries and built are those of the sealed list's header.",
    ),
    "trust-root": (
        "Signed by the quorum of the custodians whom it names; version n + 1 also by the quorum of version n.",
        "No key stands twice; no two witnesses share a name; there are at least quorum custodians.",
        "policy.cosigned_within lies between 1 and 60 minutes, policy.accuracy_test_within between 0 and 365 days; "
        "policy.witnesses is at most the number of witnesses.",
        "test never changes from version to version.",
    ),
    "new-epoch": ("Signed by the quorum of the custodians.",),
    "new-clock": ("Signed by the quorum of the custodians.",),
    "enrolment-request": (
        "Signed by the key that it names.",
        "certificate_request is signed by its own EC key; its subject is the common name <site>/<device> and no more.",
    ),
    "enrolment": (
        "Signed by the quorum of the custodians of the trust root that it names, which names key as a device's.",
        "site, device, epoch and key are the request's, and request is the digest of its signed payload.",
        "certificate is for the key of certificate_request, in the name <site>/<device>, for clients, and valid.",
        "expires lies after issued, at most 14 days; no network is every address there is; where broker.host is an "
        "address, a network holds it.",
    ),
    "reprovisioning": (
        "Signed by the quorum of the custodians of the trust root that the device has in force.",
        "next_epoch is not epoch; head is not behind the last head that the device's journal signed, and null only "
        "where that journal cannot be read.",
    ),
    "view": ("Signed by whoever opened the hit; previous is the digest of the line before.",),
    "opinion": ("Signed by the reviewer; previous is the digest of the line before.",),
    "ratification": ("Signed by one authorising officer.", "digest is of the urgent authorisation's signed payload."),
    "accuracy-report": (
        "Signed by one evaluator.",
        "found is at most passages; volunteers at most those that the test's list has.",
        "authorisation and digest name a test that ran on this device; tested lies in its window.",
        "site, device, zone, configuration, models and calibration are the device's own, and the test's.",
    ),
    "order": (
        "Signed by one key whose role may give the order.",
        "expires lies at most 60 seconds after issued; counter is higher than in any earlier order of the key.",
    ),
    "models": ("Signed by one evaluator.", "No file and no digest stands twice."),
    "export": (
        "Signed by the exporting system, with a key that the control room pins.",
        "made is at most 24 hours past; subjects is the SHA-256 of the subjects' file as it lies beside this one; "
        "entries and pictures are what that file lists.",
    ),
    "calibration": ("Signed by one evaluator.", "The points fall strictly: higher scores, lower rates."),
}
NOUNS: Final[Mapping[Kind, type]] = {
    Kind.AUTHORISATION: Authorisation,
    Kind.TRUST_ROOT: TrustRoot,
    Kind.RATIFICATION: Ratification,
    Kind.ACCURACY_REPORT: AccuracyReport,
    Kind.CALIBRATION: Calibration,
    Kind.REPLY: Reply,
    Kind.STATE: State,
    Kind.HEALTH: Health,
    Kind.DEPLOYMENT: Deployment,
    Kind.HIT: SealedHit,
    Kind.PREVIEW: SealedPreview,
    Kind.NEW_EPOCH: NewEpoch,
    Kind.NEW_CLOCK: NewClock,
    Kind.VIEW: View,
    Kind.OPINION: Opinion,
    Kind.PUBLIC: Public,
    Kind.MODELS: ModelList,
    Kind.PARCEL: Parcel,
    Kind.ENROLMENT_REQUEST: EnrolmentRequest,
    Kind.ENROLMENT: Enrolment,
    Kind.REPROVISIONING: Reprovisioning,
    Kind.EXPORT: Export,
}
UNSIGNED: Final[Mapping[str, tuple[type, tuple[str, ...]]]] = {
    "subjects": (
        Subjects,
        (
            "JSON with these fields and none besides, in any order and spacing; at most 64 MiB and 100,000 pictures. "
            "An export binds it by its digest.",
            "Or CSV (RFC 4180, UTF-8) with the header id,category,rationale,picture,digest,source,taken: a row for "
            "each picture, the rows of an id together; a subject without a picture has one row with the last four "
            "empty. What is null here is empty there.",
            "No id stands twice, and no picture twice under an id. category is not synthetic, source not none.",
            "In a signed export every picture has its digest and every subject its rationale.",
            "file leads from the folder of this file to a file below it, without links, '..' or a leading slash.",
        ),
    ),
    "enrolment-result": (
        EnrolmentResult,
        (
            "What lamppost enrol --result prints. exit is its exit status: 0 sealed; 65 spoilt, by the entries in "
            "faults; 77 refused, because the export is not believed or not valid; 78 refused, because the command, the "
            "models or the calibration are not in order; 1 failed.",
        ),
    ),
}
"""What is read or written without a signature of its own."""
_REASONS: Final = sorted(reason.value for reason in Reason)
WORDS: Final[Mapping[tuple[str, str], dict[str, Any]]] = {
    ("State", "reasons"): {"items": {"type": "string", "enum": _REASONS}},
    ("Reply", "reason"): {
        "description": "Empty, or why it was rejected: one of these words, and in brackets what it is about.",
        "pattern": rf"^(({'|'.join(_REASONS)})( \([\s\S]*\))?)?$",
    },
}
"""Fields whose words are this version's, where the type lets a later version have more."""
OPTIONAL: Final[Mapping[str, frozenset[str]]] = {Authorisation.__name__: frozenset({"preview"})}
"""Fields that are left out where they have nothing to say."""
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def names() -> list[str]:
    """What there is a schema of."""
    return sorted(["signed", "order", *UNSIGNED, *(_name(kind) for kind in NOUNS)])


def published(name: str) -> str:
    """The schema of a document, laid out for reading. Raises KeyError where there is none of this name."""
    if name in UNSIGNED:
        noun, rules = UNSIGNED[name]
        made = _of(noun)
    elif name == "signed":
        made, rules = _of(Signed), (SIGNED,)
    else:
        made = _order() if name == "order" else _of(_nouns()[name])
        rules = (CANONICAL, *RULES.get(name, ("Signed by the device.",)))
    head = {
        "$schema": _DIALECT,
        "title": f"lamppost-{name}" if name != "signed" else "a signed document",
        "description": "\n".join(rules),
    }
    return msgspec.json.format(msgspec.json.encode(head | made), indent=2).decode() + "\n"


def components(ref_template: str) -> dict[str, Any]:
    """The schemas of everything that crosses the broker, by name; each order's is named after its verb.

    ``ref_template`` says how one refers to another, such as ``#/components/schemas/{name}``.
    """
    sent = [noun for kind, noun in NOUNS.items() if kind is not Kind.EXPORT]  # which only a control room reads
    nouns = [Heading, *BODIES.values(), *sent, HitContent, PreviewContent, CloudEvent]
    made, found = msgspec.json.schema_components(nouns, ref_template=ref_template)
    described = _strict_all(found)
    envelope = found["CloudEvent"] | {"additionalProperties": True}
    heading, bodies = made[0], made[1 : len(BODIES) + 1]
    orders = {
        f"{''.join(part.capitalize() for part in verb.value.split('-'))}Order": _order_of(verb, heading, body)
        for verb, body in zip(BODIES, bodies, strict=True)
    }
    return described | orders | {"CloudEvent": envelope}


def _nouns() -> dict[str, type]:
    return {_name(kind): noun for kind, noun in NOUNS.items()}


def _name(kind: Kind) -> str:
    return kind.value.removeprefix("lamppost-")


def _of(noun: type) -> dict[str, Any]:
    (made,), components = msgspec.json.schema_components([noun], ref_template="#/$defs/{name}")
    return {**made, "$defs": _strict_all(components)}


def _order() -> dict[str, Any]:
    """Heading and body belong together: the verb says which body it is."""
    made, components = msgspec.json.schema_components([Heading, *BODIES.values()], ref_template="#/$defs/{name}")
    heading, bodies = made[0], made[1:]
    kinds = [_order_of(verb, heading, body) for verb, body in zip(BODIES, bodies, strict=True)]
    return {"oneOf": kinds, "$defs": _strict_all(components)}


def _order_of(verb: Verb, heading: object, body: object) -> dict[str, Any]:
    return {
        "description": f"The order `{verb.value}` as it is signed: for which device and until when; and what it asks.",
        "type": "object",
        "properties": {
            "heading": {"allOf": [heading, {"properties": {"verb": {"const": verb.value}}}]},
            "body": body,
        },
        "required": ["heading", "body"],
        "additionalProperties": False,
    }


def _strict_all(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Every schema of an object strict, and with the words that its type leaves open."""
    made: dict[str, Any] = {name: _strict(one) for name, one in schemas.items()}
    for (noun, field), words in WORDS.items():
        if noun in made:
            made[noun]["properties"][field] |= words
    return made


def _strict(schema: object) -> object:
    r"""Every field, none besides; and ``$`` where Python's patterns say ``\Z``."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {name: _strict(one) for name, one in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        required = sorted(set(made["properties"]) - OPTIONAL.get(made.get("title", ""), frozenset()))
        made |= {"required": required, "additionalProperties": False}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = made["pattern"].replace(r"\Z", "$")
    return made
