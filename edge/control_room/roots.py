"""Trust roots in the control room: from a readable form to a document that custodians sign, version by version."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec

from edge.control_room.keyring import read_public
from edge.domain.authority import Key, PinnedKey, PinnedWitness, Policy, PublicText, Role, Signed, TrustRoot
from edge.domain.errors import Misconfigured, Refusal, Undecodable
from edge.wire.custodians import custodians, first
from edge.wire.signed import Kind, Signs, add_signature, canonical, claimed_signers, key_id, parse, payload_of, sign

_PUBLIC: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_REVOKES: Final = {
    Role.AUTHORISING_OFFICER: "what they signed ends at once",
    Role.URGENT_OFFICER: "what they signed ends at once",
    Role.COUNTERSIGNING_OFFICER: "what they signed ends at once",
    Role.INDEPENDENT: "what they signed ends at once, where the policy asks for them",
    Role.PRESENCE: "a lease that they confirmed is void, and the camera shuts",
    Role.EVALUATOR: "calibrations and accuracy reports that they signed are worth nothing: install others",
    Role.DEVICE: "the device is believed no more, and looks at nobody",
}


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the force demands of itself besides."""

    independent: bool = False
    """Whether every authorisation needs a third signature, by an independent key."""
    witnesses: int = 0
    cosigned_within_minutes: float = 30
    accuracy_test_within_days: float | None = None


class RootForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes (TOML). The version follows from the previous trust root."""

    organisation: PublicText
    contact: PublicText
    expires: datetime
    quorum: Annotated[int, msgspec.Meta(ge=2, le=16)]
    keys: dict[Role, tuple[str, ...]]
    """By role: public keys, or their files."""
    witnesses: tuple[PinnedWitness, ...] = ()
    policy: PolicyForm = PolicyForm()
    test: bool = False


def read_form(path: Path) -> RootForm:
    """Read a form. Raises Misconfigured naming the field that is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=RootForm)
    except OSError as error:
        raise Misconfigured(f"The form {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(
            f"The form {path} is not valid: {error}.", "Compare it with the example in the README."
        ) from error


def write(form: RootForm, folder: Path, previous: TrustRoot | None) -> TrustRoot:
    """The trust root that a form asks for. Relative paths are relative to ``folder``. Raises Misconfigured."""
    policy, within = form.policy, form.policy.accuracy_test_within_days
    pinned = [PinnedKey(role=role, key=_public(text, folder)) for role, texts in form.keys.items() for text in texts]
    try:
        root = TrustRoot(
            test=form.test,
            version=1 if previous is None else previous.version + 1,
            expires=form.expires.astimezone(UTC).replace(microsecond=0),
            organisation=form.organisation,
            contact=form.contact,
            quorum=form.quorum,
            keys=tuple(pinned),
            witnesses=form.witnesses,
            policy=Policy(
                independent=policy.independent,
                witnesses=policy.witnesses,
                cosigned_within=timedelta(minutes=policy.cosigned_within_minutes),
                accuracy_test_within=None if within is None else timedelta(days=within),
            ),
        )
        parse(canonical(root), TrustRoot)
    except (Undecodable, ValueError, OverflowError) as error:
        raise Misconfigured(f"The trust root would not be valid: {error}", "Change the form.") from error
    if previous is not None and previous.test is not root.test:
        raise Misconfigured("A trust root stays what it is: a test's, or none.", "Provision the device anew.")
    return root


def read(signed: Signed) -> TrustRoot:
    """What a trust root says, however many have signed it so far. Raises Misconfigured."""
    try:
        return parse(payload_of(signed), TrustRoot)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error


def believed(signed: Signed) -> TrustRoot:
    """A trust root that its custodians have signed. Raises Misconfigured."""
    root = first(signed)
    if isinstance(root, Refusal):
        raise Misconfigured(f"The trust root is not believed: {root}", "Name one that its custodians have signed.")
    return root


def first_signature(root: TrustRoot, previous: TrustRoot | None, custodian: Signs) -> Signed:
    """Sign as the first custodian. Raises Misconfigured where the key is none of theirs."""
    _may_sign(root, previous, custodian)
    return sign(root, Kind.TRUST_ROOT, custodian)


def next_signature(signed: Signed, previous: TrustRoot | None, custodian: Signs) -> Signed:
    """Sign as another custodian. Raises Misconfigured where the key is none of theirs, or has signed."""
    _may_sign(read(signed), previous, custodian)
    if key_id(custodian.public) in claimed_signers(signed, Kind.TRUST_ROOT):
        raise Misconfigured("This custodian has signed it before.", "Have another one sign.")
    return add_signature(signed, Kind.TRUST_ROOT, custodian)


def lacking(signed: Signed, previous: TrustRoot | None) -> str:
    """Whose signatures are missing still, in words; empty where none is."""
    claimed, said = set(claimed_signers(signed, Kind.TRUST_ROOT)), []
    for root in filter(None, (previous, read(signed))):
        missing = root.quorum - len(claimed & custodians(root).keys())
        if missing > 0:
            said.append(f"{missing} more of version {root.version}'s custodians")
    return " and ".join(said)


def in_words(root: TrustRoot, previous: TrustRoot | None) -> str:
    """What a custodian signs, in plain language; every key, and what follows for those that are dropped."""
    policy = root.policy
    lines = [
        f"{'TEST ' if root.test else ''}Trust root, version {root.version}",
        f"  of        {root.organisation}, {root.contact}",
        f"  until     {root.expires:%Y-%m-%d %H:%M}Z; no key is believed afterwards",
        f"  quorum    {root.quorum} custodians",
    ]
    before = set() if previous is None else {(one.role, one.key) for one in previous.keys}
    now = {(one.role, one.key) for one in root.keys}
    for role, key in sorted(now, key=lambda one: (one[0].value, one[1])):
        new = "" if previous is None or (role, key) in before else "  NEW"
        lines.append(f"  believes  {role.value:22} {key_id(key)}{new}")
    for role, key in sorted(before - now, key=lambda one: (one[0].value, one[1])):
        lines.append(f"  REVOKES   {role.value:22} {key_id(key)}: {_REVOKES.get(role, 'their orders are refused')}")
    lines += [f"  witness   {witness.name} {key_id(witness.key)}" for witness in root.witnesses]
    tested = policy.accuracy_test_within
    lines += [
        f"  demands   {'a third, independent signature' if policy.independent else 'no independent signature'}; "
        f"cosignatures of {policy.witnesses} witnesses within {policy.cosigned_within / timedelta(minutes=1):g} min; "
        + ("no accuracy test" if tested is None else f"an accuracy test within {tested / timedelta(days=1):g} days")
    ]
    return "\n".join(lines)


def _may_sign(root: TrustRoot, previous: TrustRoot | None, custodian: Signs) -> None:
    known = custodians(root).keys() | (set() if previous is None else custodians(previous).keys())
    if key_id(custodian.public) not in known:
        raise Misconfigured(
            f"{key_id(custodian.public)} is no custodian of this trust root.",
            "Sign with a custodian's key; a custodian who is dropped signs with --previous.",
        )


def _public(text: str, folder: Path) -> Key:
    return text if _PUBLIC.match(text) else read_public(folder / text).key
