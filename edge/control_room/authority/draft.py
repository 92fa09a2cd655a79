"""From a form to the document that it asks for, and to everything for which a device would refuse it.

Whatever is wrong is found at once: where a part of the form cannot be read, something harmless stands in for it, and
nothing is said of that part again. What a device would say is asked of the device's own code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import UNSET

from edge.control_room import evidence
from edge.control_room.authority import lines, site
from edge.control_room.authority.fields import place_of
from edge.control_room.authority.form import Form, Hands, Head, How, Problems, When, Who, Why
from edge.control_room.authority.form import read as read_form
from edge.control_room.authority.lines import Place
from edge.control_room.authority.site import Evidence, FactsFile
from edge.control_room.keyring import read_public
from edge.domain.authorisation import (
    SENSITIVE,
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    CategoryCap,
    CategoryCount,
    ImageSource,
    References,
    Retention,
    SensitiveAuthority,
    SourceCount,
    UseCase,
)
from edge.domain.authority import Key, KeyId, Recipient, Role
from edge.domain.errors import LamppostError, Misconfigured, Reason, Undecodable
from edge.domain.rules import Fault
from edge.wire import watchlist
from edge.wire.signed import canonical, digest, parse
from edge.wire.signers import Keys
from edge.wire.terms import faults

_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_NOTHING: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Written:
    """A form, made into what two people sign."""

    document: Authorisation
    proof: str
    """What the evidence says to it, in words."""


def write(path: Path, keys: Keys, proof: Evidence, now: datetime) -> Written:
    """The document that a form asks for. Raises FormRefused with everything that is to be changed."""
    found = lines.read(path)
    form, problems = read_form(found)
    drafting = _Drafting(form, problems, path.parent, keys, now)
    document = drafting.document()
    drafting.judge(document)
    said = drafting.prove(document, proof)
    problems.stop()
    try:
        return Written(parse(canonical(document), Authorisation), said)
    except Undecodable as error:
        raise Misconfigured(f"{path}: the authorisation would not be valid: {error.what}", error.remedy) from error


class _Drafting:
    """One form. ``_unknown`` is what something stands in for."""

    def __init__(self, form: Form, problems: Problems, folder: Path, keys: Keys, now: datetime) -> None:
        self._form = form
        self._problems = problems
        self._folder = folder
        self._keys = keys
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._unknown: set[str] = {one.name for one in fields(form) if getattr(form, one.name) is None}
        self._spoilt: set[Place] = set()
        self._said: set[tuple[Place, Reason]] = set()

    def document(self) -> Authorisation:
        """What the form asks for."""
        form, now = self._form, self._now
        head = form.head or Head(id="unknown")
        when, how = form.when or When(hours=1), form.how or How(max_fpir=Decimal("0.001"))
        facts = self._facts(test=head.test)
        begins, ends = self._window(when, now)
        listed = self._list(form.who or _anybody(), begins)
        hands = form.hands or Hands(operators=(), presence=(), reviewers=(), recipients=())
        return Authorisation(
            id=head.id,
            sequence=head.sequence or int(now.timestamp()),
            test=head.test,
            urgent=head.urgent,
            use_case=UseCase.CRIME_HOTSPOT if form.why is None else form.why.use_case,
            site=facts.site,
            device=facts.device,
            zone=facts.zone,
            sensitive=self._sensitive(listed),
            not_before=begins,
            not_after=ends,
            watchlist=listed,
            models=AuthorisedModels(detector=facts.detector, embedder=facts.embedder),
            calibration=facts.calibration,
            max_fpir=how.max_fpir,
            accepts_extrapolation=how.accepts_extrapolation,
            configuration=facts.configuration,
            preview=UNSET if form.view is None else form.view.preview(),
            retention=self._retention(how),
            operators=self._people("operators", hands.operators, Role.OPERATOR),
            presence=self._people("presence", hands.presence, Role.PRESENCE),
            reviewers=self._people("reviewers", hands.reviewers, Role.REVIEWER),
            references=self._references(),
            recipients=self._recipients(hands.recipients),
        )

    def judge(self, document: Authorisation) -> None:
        """Ask what the device would say, at the earliest moment at which it could be asked."""
        test = document.test
        facts = FactsFile(
            site=document.site, device=document.device, zone=document.zone, configuration=document.configuration,
            detector=document.models.detector, embedder=document.models.embedder, calibration=document.calibration,
        ).facts(simulated=test)  # fmt: skip
        for fault in faults(document, self._keys, facts, max(self._now, document.not_before)):
            if not self._stands_in(fault):
                self._add(fault)

    def prove(self, document: Authorisation, proof: Evidence) -> str:
        """Hold the rate and the length of the list against the evidence."""
        if self._unknown & {"how", "who", "where"}:
            return ""
        if proof.digest != document.calibration:
            self._problems.add(
                ("where", "device"), "the device has another calibration than the one that is here.",
                "Name the device's with --calibration.",
            )  # fmt: skip
            return ""
        try:
            return evidence.check(document, proof.table)
        except Misconfigured as error:
            self._problems.add(("how", "max_fpir"), error.what, error.remedy)
            return ""

    def _stands_in(self, fault: Fault) -> bool:
        places = [place_of(field) for field in fault.fields]
        tables = {"head" if len(place) == 1 else str(place[0]) for place in places}
        return bool(tables & self._unknown) or not self._spoilt.isdisjoint(places)

    def _add(self, fault: Fault) -> None:
        place = next((at for field in fault.fields if self._written(at := place_of(field))), None)
        place = place or (place_of(fault.fields[0]) if fault.fields else ())
        if (place, fault.refusal.reason) in self._said:
            return  # a stale list is stale when its window opens, and when it would begin
        self._said.add((place, fault.refusal.reason))
        self._problems.add(place, f"{fault.refusal.said}.", fault.refusal.remedy)

    def _written(self, place: Place) -> bool:
        return place in self._problems.document.places

    def _window(self, when: When, now: datetime) -> tuple[datetime, datetime]:
        try:
            begins = (when.begins or now).astimezone(UTC).replace(microsecond=0)
            return begins, begins + timedelta(hours=when.hours)
        except OverflowError:
            said = Misconfigured(f"{when.begins} is out of all time.", "Write when the window opens.")
            self._blame(("when", "begins"), said)
            return now, now + timedelta(hours=1)

    def _facts(self, *, test: bool) -> FactsFile:
        where = self._form.where
        if where is not None:
            try:
                return site.read_facts(self._folder / where.device)
            except Misconfigured as error:
                self._blame(("where", "device"), error)
        return FactsFile(
            site="unknown", device="unknown", zone=_NOTHING, configuration=_NOTHING, detector=_NOTHING,
            embedder=_NOTHING, calibration=_NOTHING,
        )  # fmt: skip

    def _list(self, who: Who, begins: datetime) -> AuthorisedList:
        caps = tuple(CategoryCap(category=category, most=most) for category, most in who.caps.items())
        if self._form.who is not None:
            try:
                file = (self._folder / who.watchlist).read_bytes()
                header = watchlist.header_of(file)
                if header.built.tzinfo is None:
                    raise ValueError("it was built at no known time")
                return AuthorisedList(
                    digest=digest(file), entries=header.entries, cap=who.cap, categories=header.categories, caps=caps,
                    sources=header.sources, built=header.built,
                )  # fmt: skip
            except OSError as error:
                said = Misconfigured(f"{who.watchlist} cannot be read: {error.strerror}.", "Name the list's file.")
                self._blame(("who", "watchlist"), said)
            except (Undecodable, ValueError) as error:
                said = Misconfigured(f"{who.watchlist} is no sealed list: {error}.", "Enrol it again.")
                self._blame(("who", "watchlist"), said)
        one = CategoryCount(category=Category.WANTED_BY_COURT, entries=1)
        source = SourceCount(source=ImageSource.CUSTODY, entries=1)
        return AuthorisedList(
            digest=_NOTHING, entries=1, cap=1, categories=(one,),
            caps=(CategoryCap(category=one.category, most=1),), sources=(source,), built=begins,
        )  # fmt: skip

    def _sensitive(self, listed: AuthorisedList) -> SensitiveAuthority | None:
        named = tuple(count.category for count in listed.categories if count.category in SENSITIVE)
        reference = None if self._form.who is None else self._form.who.sensitive_reference
        return SensitiveAuthority(categories=named, reference=reference) if named and reference is not None else None

    def _retention(self, how: How) -> Retention:
        hit, waiting = timedelta(hours=how.hit_retention_hours), timedelta(minutes=how.undelivered_minutes)
        try:
            return Retention(hit=hit, undelivered=waiting)
        except ValueError as error:
            said = Misconfigured(f"{error}.", "Keep hits for longer, or wait less for a recipient.")
            self._blame(("how", "undelivered_minutes"), said)
            return Retention(hit=timedelta(hours=1), undelivered=timedelta(minutes=1))

    def _references(self) -> References:
        why = self._form.why or Why(
            use_case=UseCase.CRIME_HOTSPOT, impact_assessment="unknown", equality_assessment=_NOTHING,
            community_assessment="unknown",
        )  # fmt: skip
        found = why.equality_assessment
        if not _DIGEST.match(found):
            try:
                found = digest((self._folder / found).read_bytes())
            except (OSError, ValueError):
                said = Misconfigured(f"there is no file {found!r}.", "Write the SHA-256 of the evidence, or its file.")
                self._blame(("why", "equality_assessment"), said)
                found = _NOTHING
        return References(
            impact_assessment=why.impact_assessment,
            equality_assessment=found,
            community_assessment=why.community_assessment,
            signage="unknown" if self._form.where is None else self._form.where.signage,
        )

    def _people(self, name: str, texts: tuple[str, ...], role: Role) -> tuple[KeyId, ...]:
        found = []
        for number, text in enumerate(texts):
            if self._keys.role(text) is not None:
                found.append(text)
                continue
            try:
                found.append(read_public(self._folder / text).id)
            except Misconfigured:
                said = Misconfigured(
                    f"{text!r} is no key that the trust root names, and no file of a public key.",
                    f"Name a key whose role is {role.value}: its id, or its .pub file.",
                )
                self._blame(("hands", name, number), said)
                found.append("")
        return tuple(found)

    def _recipients(self, texts: tuple[str, ...]) -> tuple[Recipient, ...]:
        found: list[Recipient] = []
        keys: set[Key] = set()
        for number, text in enumerate(texts):
            try:
                half = read_public(self._folder / text)
                if half.seal is None:
                    raise Misconfigured(f"{text} is a key of somebody else.", "Make one: authority key recipient.")
                if half.key in keys or half.seal in keys:
                    raise Misconfigured(f"{text} stands twice.", "Name it once.")
                keys |= {half.key, half.seal}
                found.append(Recipient(sign=half.key, seal=half.seal))
            except Misconfigured as error:
                self._blame(("hands", "recipients", number), error)
        return tuple(found)

    def _blame(self, place: Place, error: LamppostError) -> None:
        self._problems.add(place, error.what, error.remedy)
        self._spoilt.add(place)
        if place[0] != "hands":
            self._unknown.add(str(place[0]))


def _anybody() -> Who:
    return Who(watchlist="", cap=1, caps={})
