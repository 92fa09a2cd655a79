"""Authorisations: from a readable form to a document that two people sign.

Nothing is signed here that would be malformed on the device; whether it fits the device, the device decides.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from edge.control_room.keyring import recipient
from edge.domain.authorisation import (
    SENSITIVE,
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    CategoryCap,
    Preview,
    References,
    Retention,
    SensitiveAuthority,
    UseCase,
)
from edge.domain.authority import Digest, Identifier, KeyId, Name, Recipient, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.rules import breaks
from edge.wire import watchlist
from edge.wire.signed import (
    Kind,
    Signs,
    add_signature,
    canonical,
    claimed_signers,
    digest,
    key_id,
    parse,
    payload_of,
    sign,
)


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes (TOML). Everything else is computed from the files that it names."""

    id: Identifier
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    use_case: UseCase
    site: Name
    device: Name
    begins: datetime | None = None
    """Now, where absent."""
    hours: Annotated[float, msgspec.Meta(gt=0, le=12)]
    max_fpir: Decimal
    accepts_extrapolation: bool = False
    """Whether the threshold may lie where the calibration only extrapolates its evidence."""
    hit_retention_hours: Annotated[float, msgspec.Meta(gt=0, le=744)] = 24
    undelivered_minutes: Annotated[float, msgspec.Meta(gt=0, le=10)] = 10
    zone: Digest
    configuration: Digest
    """As the device's health and the command ``lamppost facts`` say."""
    urgent: bool = False
    cap: Annotated[int, msgspec.Meta(ge=1)]
    """The most entries that the purpose allows."""
    caps: dict[Category, Annotated[int, msgspec.Meta(ge=1)]]
    """The same by category; a category that is not named here may not be on the list."""
    sensitive_reference: Identifier | None = None
    """Of the decision without which no sensitive category may be listed."""
    preview: Preview | UnsetType = UNSET
    """How often recipients may see a mosaic of the view, in which nobody can be told, and by whose decision. Left out,
    they see none.
    """
    references: References
    operators: tuple[KeyId, ...]
    presence: tuple[KeyId, ...]
    reviewers: tuple[KeyId, ...]
    recipients: tuple[Path, ...]
    """Signing key files of recipients; their ``.seal`` files lie beside them."""
    watchlist: Path
    test: bool = False


def read_form(path: Path) -> Form:
    """Read a form. Raises Misconfigured naming the field that is wrong."""
    try:
        raw = path.read_bytes()
        # strict=False: a TOML author may write max_fpir as a number.
        return msgspec.toml.decode(raw, type=Form, strict=False, dec_hook=_path)
    except OSError as error:
        raise Misconfigured(f"The form {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(
            f"The form {path} is not valid: {error}.", "Compare it with the example in the README."
        ) from error


def write(
    form: Form, folder: Path, *, detector: Digest, embedder: Digest, calibration: Digest, now: datetime
) -> Authorisation:
    """The document that a form asks for. Relative paths are relative to ``folder``. Raises Misconfigured."""
    begins = (form.begins or now).astimezone(UTC).replace(microsecond=0)
    try:
        file = (folder / form.watchlist).read_bytes()
        header = watchlist.header_of(file)
        return Authorisation(
            id=form.id,
            sequence=form.sequence,
            test=form.test,
            urgent=form.urgent,
            use_case=form.use_case,
            site=form.site,
            device=form.device,
            zone=form.zone,
            sensitive=_sensitive(form, header),
            not_before=begins,
            not_after=begins + timedelta(hours=form.hours),
            watchlist=AuthorisedList(
                digest=digest(file),
                entries=header.entries,
                cap=form.cap,
                categories=header.categories,
                caps=tuple(CategoryCap(category=category, most=most) for category, most in form.caps.items()),
                sources=header.sources,
                built=header.built,
            ),
            models=AuthorisedModels(detector=detector, embedder=embedder),
            calibration=calibration,
            max_fpir=form.max_fpir,
            accepts_extrapolation=form.accepts_extrapolation,
            configuration=form.configuration,
            preview=form.preview,
            retention=Retention(
                hit=timedelta(hours=form.hit_retention_hours), undelivered=timedelta(minutes=form.undelivered_minutes)
            ),
            operators=form.operators,
            presence=form.presence,
            reviewers=form.reviewers,
            references=form.references,
            recipients=recipients(form, folder),
        )
    except OSError as error:
        raise Misconfigured(f"The watchlist {form.watchlist} cannot be read: {error.strerror}.", "Name it.") from error
    except (Undecodable, ValueError) as error:
        raise Misconfigured(f"The authorisation would not be valid: {error}", "Change the form.") from error


def _sensitive(form: Form, header: watchlist.Header) -> SensitiveAuthority | None:
    listed = tuple(count.category for count in header.categories if count.category in SENSITIVE)
    if not listed or form.sensitive_reference is None:
        return None
    return SensitiveAuthority(categories=listed, reference=form.sensitive_reference)


def recipients(form: Form, folder: Path) -> tuple[Recipient, ...]:
    """The recipients that a form names. Raises Misconfigured."""
    return tuple(recipient(folder / path) for path in form.recipients)


def first_signature(document: Authorisation, signer: Signs) -> Signed:
    """Sign as the first person. Raises Misconfigured where no device would accept it, whoever else signs."""
    try:
        parse(canonical(document), Authorisation)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error
    _keeps_the_rules(document)
    return sign(document, Kind.AUTHORISATION, signer)


def countersign(signed: Signed, signer: Signs) -> tuple[Signed, Authorisation]:
    """Sign as the second person, or a third. Returns what was signed too. Raises Undecodable, Misconfigured."""
    document = parse(payload_of(signed), Authorisation)
    if key_id(signer.public) in claimed_signers(signed, Kind.AUTHORISATION):
        raise Misconfigured("This key has signed it before.", "Have another person sign, with a key of their own role.")
    _keeps_the_rules(document)
    return add_signature(signed, Kind.AUTHORISATION, signer), document


def in_words(document: Authorisation) -> str:
    """What a person signs, all of it, in plain language."""
    return "\n".join([*_purpose(document), *_people(document), *_means(document), *_hands(document)])


def _purpose(document: Authorisation) -> list[str]:
    kind = ("TEST " if document.test else "") + ("URGENT " if document.urgent else "")
    ratify = ["         URGENT: to be ratified by the authorising officer within 24 h, or all of it is destroyed"]
    return [
        f"{kind}Authorisation {document.id}, number {document.sequence}",
        f"  why    {document.use_case.value}",
        f"  where  {document.site}/{document.device}, zone {document.zone}",
        f"  when   {document.not_before:%Y-%m-%d %H:%M}Z to {document.not_after:%Y-%m-%d %H:%M}Z "
        f"({(document.not_after - document.not_before) / timedelta(hours=1):g} h)",
        *(ratify if document.urgent else []),
    ]


def _people(document: Authorisation) -> list[str]:
    listed, sensitive = document.watchlist, document.sensitive
    caps = {cap.category: cap.most for cap in listed.caps}
    lines = [f"  who    {listed.entries} entries, at most {listed.cap} for this purpose:"]
    for count in listed.categories:
        most = f"at most {caps[count.category]}" if count.category in caps else "NO LIMIT STATED"
        mark = "  SENSITIVE" if count.category in SENSITIVE else ""
        lines.append(f"         {count.entries} {count.category.value} ({most}){mark}")
    if sensitive is not None:
        named = ", ".join(category.value for category in sensitive.categories)
        lines.append(f"         sensitive categories authorised by {sensitive.reference}: {named}")
    sources = ", ".join(f"{count.entries} {count.source.value}" for count in listed.sources)
    lines.append(f"         pictures from: {sources}")
    return [*lines, f"         built {listed.built:%Y-%m-%d %H:%M}Z, list {listed.digest}"]


def _means(document: Authorisation) -> list[str]:
    return [
        f"  how    at most {document.max_fpir:%} (1 in {int(1 / document.max_fpir):,}) of unlisted passers-by may be "
        "pointed at (maximum FPIR)",
        *(["         the threshold may rest on EXTRAPOLATED evidence"] if document.accepts_extrapolation else []),
        f"         detector {document.models.detector}",
        f"         embedder {document.models.embedder}",
        f"         calibration {document.calibration}",
        f"         configuration {document.configuration}",
    ]


def _hands(document: Authorisation) -> list[str]:
    number, references = len(document.recipients), document.references
    sealed_to = "1 recipient" if number == 1 else f"{number} recipients"
    return [
        f"  hits   sealed to {sealed_to}, kept for {document.retention.hit / timedelta(hours=1):g} h; "
        f"undelivered, for {document.retention.undelivered / timedelta(minutes=1):g} min",
        *(f"         recipient {key_id(recipient.sign)}" for recipient in document.recipients),
        f"  view   {_seen(document.preview)}",
        *(f"  by     operator {identifier}" for identifier in document.operators),
        *(f"         on scene {identifier}" for identifier in document.presence),
        *(f"         reviewer {identifier}" for identifier in document.reviewers),
        f"  after  impact assessment {references.impact_assessment}, equality {references.equality_assessment}, "
        f"community {references.community_assessment}, signs {references.signage}",
    ]


def _seen(preview: Preview | UnsetType) -> str:
    """What of the view is to be seen besides hits."""
    if isinstance(preview, UnsetType):
        return "nothing of it is shown to anybody but in a hit"
    return (
        f"recipients see a mosaic of 16 x 9 cells, in which nobody can be told, every "
        f"{preview.every.total_seconds():g} s at most: decided in {preview.reference}"
    )


def _keeps_the_rules(document: Authorisation) -> None:
    broken = breaks(document)
    if broken is not None:
        raise Misconfigured(f"A device would refuse this authorisation: {broken}", "Change the form.")


def _path(kind: type, raw: object) -> object:
    if kind is Path and isinstance(raw, str):
        return Path(raw)
    raise TypeError(f"expected a path, found {raw!r}")
