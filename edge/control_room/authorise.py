"""Authorisations: from a readable form to a document that two people sign.

Nothing is signed here that would be malformed on the device; whether it fits the device, the device decides.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec

from edge.control_room.keyring import recipient
from edge.domain.authorisation import (
    SENSITIVE,
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    CategoryCap,
    References,
    Retention,
    SensitiveAuthority,
    UseCase,
)
from edge.domain.authority import Digest, Identifier, KeyId, Name, Recipient, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.wire import watchlist
from edge.wire.signed import Kind, Signs, add_signature, canonical, digest, parse, payload_of, sign


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
    """Sign as the first person. Raises Misconfigured where the device would not even read it."""
    try:
        parse(canonical(document), Authorisation)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error
    return sign(document, Kind.AUTHORISATION, signer)


def countersign(signed: Signed, signer: Signs) -> tuple[Signed, Authorisation]:
    """Sign as the second person. Returns what was signed, to be shown. Raises Undecodable."""
    document = parse(payload_of(signed), Authorisation)
    return add_signature(signed, Kind.AUTHORISATION, signer), document


def in_words(document: Authorisation) -> str:
    """What a person signs, in plain language."""
    counts = ", ".join(f"{count.entries} {count.category.value}" for count in document.watchlist.categories)
    number = len(document.recipients)
    sealed_to = "1 recipient" if number == 1 else f"{number} recipients"
    kind = "TEST " if document.test else ""
    return "\n".join(
        [
            f"{kind}Authorisation {document.id}, number {document.sequence}",
            f"  why    {document.use_case.value}",
            f"  where  {document.site}/{document.device}",
            f"  who    {document.watchlist.entries} entries: {counts}",
            f"  when   {document.not_before:%Y-%m-%d %H:%M}Z to {document.not_after:%H:%M}Z",
            f"  how    at most {document.max_fpir:%} of unlisted passers-by may be pointed at (maximum FPIR)",
            *(["         the threshold may rest on EXTRAPOLATED evidence"] if document.accepts_extrapolation else []),
            f"  hits   sealed to {sealed_to}, kept for {document.retention.hit / timedelta(hours=1):g} h",
        ]
    )


def _path(kind: type, raw: object) -> object:
    if kind is Path and isinstance(raw, str):
        return Path(raw)
    raise TypeError(f"expected a path, found {raw!r}")
