"""The hits that this console knows of: as they came, as they lie in the folder, and what was decided about them.

Every console of a control room keeps to one folder (a shared disk, where there are several machines): what one has
taken in and what one reviewer has decided, the others find there, whichever of them were running.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from edge.control_room import keeping, references
from edge.control_room.console.deciding import Said, Second, Standing, outcome
from edge.control_room.console.looking import Look
from edge.control_room.console.shelf import Shelf
from edge.control_room.console.views import Arrived
from edge.control_room.desk import Opened, Reader
from edge.control_room.keeping import Kept, Purpose
from edge.domain.access import Opinion, Why
from edge.domain.authority import Identifier, Signed
from edge.domain.errors import LamppostError
from edge.domain.orders import Verdict
from edge.ports import Clock
from edge.wire.events import Deployment, HitContent
from edge.wire.signed import Kind, Signs, from_base64url, holds, key_id

HERE: Final = "console"
"""The ticket of what is looked at because it came."""


class NotNow(LamppostError):
    """Something has to be done first, or is over."""


@dataclass(slots=True)
class Case:
    """One hit."""

    arrived: Arrived
    kept: Kept
    look: Look = field(default_factory=Look)
    viewed: bool = False
    """Whether it is written down that this reviewer sees it."""
    face: bytes | None = field(default=None, repr=False)
    reference: bytes | None = field(default=None, repr=False)

    @property
    def sequence(self) -> int:
        """Its number."""
        return self.arrived.sealed.sequence


class Cases:
    """All of them. Any thread may call it."""

    def __init__(
        self, shelves: Mapping[str, Shelf], reader: Reader, reviewer: Signs, second: Second, clock: Clock
    ) -> None:
        self._shelves = shelves
        self._reader = reader
        self._reviewer = reviewer
        self.me = key_id(reviewer.public)
        self.second = second
        self._clock = clock
        self._lock = threading.RLock()
        self._cases: dict[Identifier, Case] = {}
        self._read: dict[str, int] = {}
        """How much of each file of opinions was read."""

    def expect(self, device: str, said: Deployment) -> None:
        """A deployment is in force: its hits may come. Raises Misconfigured."""
        shelf = self._shelves[device]
        Kept(shelf.folder, said.authorisation, shelf.device_key).expect(said)

    def took(self, device: str, opened: Opened) -> Case:
        """A hit came. It is kept sealed and its showing written down before anybody is told. Raises Misconfigured."""
        shelf = self._shelves[device]
        kept = Kept(shelf.folder, opened.sealed.authorisation, shelf.device_key)
        kept.add(opened.signed)
        kept.log(opened.sealed, self._reader.signer, Purpose(Why.ALERT, "on-arrival"), opened.opened.wall)
        with self._lock:
            before = self._cases.get(opened.sealed.id)
            said = before.arrived.said if before is not None else ()
            arrived = Arrived(device, opened.sealed, opened.content, opened.opened.wall, said)
            case = Case(arrived, kept)
            self._fill(case, opened.content)
            self._cases[opened.sealed.id] = case
            return case

    def all(self) -> list[Case]:
        """Every one."""
        with self._lock:
            return list(self._cases.values())

    def now(self, case: Case) -> Case:
        """The same hit, as it is known now: it may have come over the wire since it was found in the folder."""
        with self._lock:
            return self._cases.get(case.arrived.sealed.id, case)

    def closed(self, case: Case) -> bool:
        """Whether its pictures are sealed again."""
        return case.face is None

    def scan(self) -> list[Case]:
        """Look into the folder for what others took in and decided. Returns what changed. Raises Undecodable."""
        changed = []
        for shelf in self._shelves.values():
            for kept in shelf.deployments():
                changed += self._found(shelf, kept)
                changed += self._heard(shelf, kept)
        return changed + self._told_by_others()

    def picture(self, hit: Identifier, *, probe: bool) -> bytes:
        """A picture, for the page. What is seen is written down first. Raises NotNow, Misconfigured."""
        with self._lock:
            case, now = self._case(hit), self._clock.now()
            found = case.face if probe else case.reference
            if found is None:
                raise NotNow("This picture is sealed, or there is none.", "Open the hit for a reason first.")
            if not case.viewed:
                why = Why.ALERT if case.arrived.came is not None else Why.REVIEW
                case.kept.log(case.arrived.sealed, self._reviewer, Purpose(why, HERE), now.wall)
                case.viewed = True
            case.look = case.look.showed(now, probe=probe)
            return found

    def look(self, hit: Identifier) -> None:
        """The reviewer says that they look. Raises NotNow."""
        with self._lock:
            case, now = self._case(hit), self._clock.now()
            missing = case.look.wants(now)
            if missing:
                raise NotNow(missing, "")
            case.look = case.look.begun(now)

    def decide(self, hit: Identifier, verdict: Verdict, *, settles: bool) -> Case:
        """The reviewer decides; it is signed and written down. Raises NotNow, Misconfigured."""
        with self._lock:
            case, now = self._case(hit), self._clock.now()
            self._heard(self._shelves[case.arrived.device], case.kept)
            self._may_decide(case, settles=settles)
            missing = case.look.may_decide(verdict, now)
            if missing:
                raise NotNow(missing, "")
            sealed = case.arrived.sealed
            opinion = Opinion(
                at=now.wall, authorisation=sealed.authorisation, hit=sealed.id, sequence=sealed.sequence,
                verdict=verdict, seconds=case.look.seconds(now), settles=settles, previous=keeping.FIRST,
            )  # fmt: skip
            case.kept.decide(opinion, self._reviewer)
            self._heard(self._shelves[case.arrived.device], case.kept)
            return case

    def open(self, hit: Identifier, purpose: Purpose) -> Case:
        """Open a sealed hit for a reason, which is written down first. Raises NotNow, Over, Misconfigured."""
        with self._lock:
            case, now = self._case(hit), self._clock.now()
            content = case.kept.open(case.sequence, self._reader.private, self._reviewer, purpose, now.wall)
            case.viewed = True
            case.arrived = replace(case.arrived, content=content)
            self._fill(case, content)
            return case

    def content(self, hit: Identifier, purpose: Purpose) -> HitContent:
        """What is inside, for a copy that leaves; written down first. Raises NotNow, Over, Misconfigured."""
        with self._lock:
            case, now = self._case(hit), self._clock.now()
            return case.kept.open(case.sequence, self._reader.private, self._reviewer, purpose, now.wall)

    def told(self, case: Case, answer: Signed | None) -> None:
        """The device has taken the verdict in. Raises Misconfigured."""
        case.kept.told(case.sequence, answer)
        with self._lock:
            case.arrived = replace(case.arrived, told=True, trouble="")

    def trouble(self, case: Case, why: str) -> None:
        """The device has not taken it in yet."""
        with self._lock:
            case.arrived = replace(case.arrived, trouble=why)

    def untold(self) -> list[tuple[Case, Verdict, int]]:
        """What this reviewer has settled and the device does not know yet."""
        found = []
        for case in self.all():
            stands = outcome(case.arrived.said, self.second)
            if stands.verdict is not None and stands.by == self.me and not case.arrived.told:
                found.append((case, stands.verdict, stands.seconds))
        return found

    def forget(self, now: datetime) -> list[Identifier]:
        """Drop from memory what is past its time. Returns which."""
        with self._lock:
            over = [hit for hit, case in self._cases.items() if now >= case.arrived.sealed.destroy_by]
            for hit in over:
                del self._cases[hit]
            return over

    def _case(self, hit: Identifier) -> Case:
        case = self._cases.get(hit)
        if case is None or self._clock.now().wall >= case.arrived.sealed.destroy_by:
            raise NotNow("There is no such hit, or its time is over.", "")
        return case

    def _may_decide(self, case: Case, *, settles: bool) -> None:
        said, stands = case.arrived.said, outcome(case.arrived.said, self.second).standing
        if stands is Standing.SETTLED:
            raise NotNow("It was decided before.", "")
        if (stands is Standing.DIFFER) is not settles:
            raise NotNow("Another reviewer has decided meanwhile.", "Look at it as it is now.")
        first_is_mine = bool(said) and said[0].by == self.me
        if (first_is_mine and settles) or (not settles and any(one.by == self.me for one in said)):
            raise NotNow("Another reviewer has to decide now.", "Have them do it in their own console.")

    def _fill(self, case: Case, content: HitContent) -> None:
        """Have both pictures at hand."""
        sealed, shelf = case.arrived.sealed, self._shelves[case.arrived.device]
        case.face = from_base64url(content.face)
        case.reference = references.opened(
            shelf.folder, sealed.site, sealed.device, sealed.authorisation, content.entry, self._reader.private
        )
        case.look = replace(case.look, no_reference=case.reference is None)
        case.arrived = replace(case.arrived, reference=case.reference is not None)

    def _found(self, shelf: Shelf, kept: Kept) -> list[Case]:
        """Hits in the folder that did not come to this console."""
        with self._lock:
            mine = {(case.arrived.device, case.arrived.sealed.authorisation, case.sequence) for case in self.all()}
            found = []
            for sequence in kept.sequences():
                if (shelf.name, kept.authorisation, sequence) in mine:
                    continue
                sealed = kept.sealed(sequence)
                case = Case(Arrived(shelf.name, sealed, None, None, told=kept.is_told(sequence)), kept)
                self._cases[sealed.id] = case
                found.append(case)
                self._read.pop(kept.authorisation + shelf.name, None)
            return found

    def _heard(self, shelf: Shelf, kept: Kept) -> list[Case]:
        """Opinions that were written down since it was looked last, by reviewers whom the trust root names."""
        with self._lock:
            mark, size = kept.authorisation + shelf.name, kept.opinions_size()
            if self._read.get(mark) == size:
                return []
            said: dict[Identifier, list[Said]] = {}
            for signed, opinion in kept.opinions():
                by = next((name for name, key in shelf.reviewers.items() if holds(signed, Kind.OPINION, key)), None)
                if by is not None:
                    said.setdefault(opinion.hit, []).append(Said(by, opinion.verdict, opinion.seconds, opinion.settles))
            self._read[mark] = size
            return [case for hit, each in said.items() if (case := self._said(hit, tuple(each), kept)) is not None]

    def _told_by_others(self) -> list[Case]:
        """Settled hits of which the device was told from another console."""
        with self._lock:
            found = [case for case in self.all() if not case.arrived.told and self.closed(case)]
            now = [case for case in found if case.kept.is_told(case.sequence)]
            for case in now:
                case.arrived = replace(case.arrived, told=True, trouble="")
            return now

    def _said(self, hit: Identifier, said: tuple[Said, ...], kept: Kept) -> Case | None:
        case = self._cases.get(hit)
        if case is None or case.arrived.said == said:
            return None
        case.arrived = replace(case.arrived, said=said, told=kept.is_told(case.sequence))
        standing = outcome(said, self.second).standing
        if standing is Standing.SETTLED:
            case.face = case.reference = None  # opening it again takes a reason
        elif standing is Standing.DIFFER:
            case.look = replace(case.look, acted=None)  # whoever settles it looks again
        return case
