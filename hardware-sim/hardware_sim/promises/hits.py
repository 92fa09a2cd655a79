"""Hits: of whom, how often, to whom, and what becomes of them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

import cv2
import numpy as np

from edge.control_room.desk import Opened
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired, HitReviewed
from edge.domain.message import Outgoing
from edge.wire.events import HitContent, SealedHit, disclose
from edge.wire.signed import Kind, canonical, parse, payload_of
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.scripted import FACE
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story
from hardware_sim.timeline.truth import Passage

STATEMENT: Final = "possible match, not an identification"
USEFUL: Final = timedelta(minutes=10)
AGAIN: Final = timedelta(seconds=4.5)
"""Sooner nothing is sent again on the same connection, unless somebody asks."""
GRACE: Final = timedelta(seconds=12)
SLACK: Final = timedelta(seconds=1.2)
REVIEWERS: Final = frozenset({"reviewer", "other-reviewer"})


def passage_of(story: Story, hit: Opened) -> Passage | None:
    """Whose passage a hit is of, by whom the list names and when they went by."""
    stand = story.stand
    person = int(hit.content.entry.rpartition("-")[2]) if hit.content.entry.startswith("v-") else -1
    at = hit.content.captured - stand.clock.true + stand.clock.elapsed
    return next(
        (
            one for one in stand.truth.passages
            if person in (one.person, one.same_as) and one.begins - SLACK <= at <= one.ends + SLACK
        ),
        None,
    )  # fmt: skip


class HitsAreOfTheListed(Promise):
    """Who is named in a hit is on the list, and somebody went by who is like them."""

    name = "hits-are-of-the-listed"
    says = "A hit names an entry of the list in force that was not withdrawn, and somebody like it went by just then."

    def opened(self, hit: Opened) -> Broken:
        """Where the device's clock is right."""
        stand = self.stand
        people = {one.document.id: one.people for one in self.story.deployments}.get(hit.sealed.authorisation)
        entry = hit.content.entry
        if people is None or entry not in {f"v-{person:04d}" for person in people}:
            yield f"a hit names {entry}, whom the list does not"
            return
        if abs(stand.clock.now().wall - stand.clock.true) > timedelta(seconds=1):
            return
        found = passage_of(self.story, hit)
        if found is None:
            yield f"a hit says that {entry} was seen at {hit.content.captured:%H:%M:%S}, and nobody like it went by"
        elif hit.content.captured > hit.sealed.committed or hit.content.searched < hit.content.captured:
            yield "a hit was committed before its face was captured"
        elif int(entry.rpartition("-")[2]) in stand.truth.withdrawn and found.begins > stand.truth.withdrawn_at:
            yield f"a hit names {entry}, whose entry was withdrawn before they came"


class OneHitPerPassage(Promise):
    """By the scenario's own passages."""

    name = "one-passage-is-one-hit"
    says = "One passage gives one hit at most, and every hit has an id of its own."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._ids: set[str] = set()

    def opened(self, hit: Opened) -> Broken:
        """Count it for its passage."""
        if hit.sealed.id in self._ids:
            yield f"hit {hit.sealed.sequence} has the id of an earlier one"
        self._ids.add(hit.sealed.id)
        passage = passage_of(self.story, hit)
        if passage is not None:
            passage.found += 1
            if passage.hit_after is None:
                passage.hit_after = hit.sealed.committed - self.stand.clock.true + self.now - passage.begins
            if passage.found > 1:
                yield f"a passage of {passage.person} has given {passage.found} hits"


class HitsAreLeads(Promise):
    """What a reviewer is shown."""

    name = "a-hit-is-a-lead-and-no-more"
    says = "A hit says that it is no identification, and shows one face with its surroundings, not the street."

    def opened(self, hit: Opened) -> Broken:
        """Its statement and its picture."""
        content = hit.content
        if content.statement != STATEMENT:
            yield f"a hit says {content.statement!r}"
        raw = base64.urlsafe_b64decode(content.face + "=" * (-len(content.face) % 4))
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        if picture is None or max(picture.shape[:2]) > 3 * FACE:
            yield f"the picture of a hit is {None if picture is None else picture.shape[:2]}: more than a face"


class HitsGoOutOnce(Promise):
    """What crosses the broker."""

    name = "hits-go-out-sealed-once-and-expire"
    says = "A hit is never retained, expires within ten minutes, is not sent again at once, and not when it is over."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._sent: dict[int, tuple[timedelta, int]] = {}
        self.asked = False

    def message(self, message: Outgoing) -> Broken:
        """On the topic of hits."""
        topics, stand = self.stand.topics, self.stand
        if message.topic.endswith("/cmd/replay"):
            self._sent.clear()
        if message.topic != topics.hit or not message.payload:
            return
        sealed = parse(payload_of(disclose(message.payload, Kind.HIT)), SealedHit)
        if message.retain:
            yield f"hit {sealed.sequence} is a retained message"
        if message.expires is None or message.expires > USEFUL:
            yield f"hit {sealed.sequence} does not expire at the broker"
        if stand.truth.honest and stand.clock.true >= sealed.expires + timedelta(seconds=1):
            yield f"hit {sealed.sequence} is sent past its usefulness"
        before = self._sent.get(sealed.sequence)
        connections = stand.device.link.connections + 1000 * stand.starts
        if before is not None and before[1] == connections and self.now - before[0] < AGAIN:
            yield f"hit {sealed.sequence} is sent twice within {(self.now - before[0]).total_seconds():.1f} s"
        self._sent[sealed.sequence] = self.now, connections


class EveryHitCommitted(Promise):
    """The journal is committed to the very hit that was sent."""

    name = "every-hit-has-its-leaf"
    says = "The journal has a leaf for every hit before it is sent, committed to the very content that was sealed."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._commitments: dict[int, str] = {}

    def leaf(self, recorded: Recorded) -> Broken:
        """Remember what the journal is committed to."""
        if isinstance(recorded.leaf.event, HitCommitted):
            self._commitments[recorded.leaf.event.sequence] = recorded.leaf.event.commitment
        elif isinstance(recorded.leaf.event, HitReviewed) and self._by(recorded.leaf.event) not in REVIEWERS:
            yield "the journal does not say which reviewer decided"

    def _by(self, event: HitReviewed) -> str:
        return self.stand.office.name_of(event.key)

    def opened(self, hit: Opened) -> Broken:
        """Recomputed from what the recipient has read."""
        self.story.record.take_leaves()
        content: HitContent = hit.content
        salt = base64.urlsafe_b64decode(content.salt + "=" * (-len(content.salt) % 4))
        digest = hashlib.sha256(salt + canonical(replace(content, salt=""))).hexdigest()
        found = self._commitments.get(hit.sealed.sequence)
        if found is None:
            yield f"hit {hit.sealed.sequence} came, and has no leaf"
        elif found != digest:
            yield f"the leaf of hit {hit.sealed.sequence} is committed to something else"


class EveryNumberEndsOnce(Promise):
    """Numbers without gaps, and one end for each."""

    name = "every-number-has-one-end"
    says = "Hits are numbered without gaps, and each number ends once: acknowledged or expired within its time."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._open: dict[int, timedelta] = {}
        self._last = 0

    def leaf(self, recorded: Recorded) -> Broken:
        """One after the other."""
        event = recorded.leaf.event
        if isinstance(event, HitCommitted):
            if event.sequence != self._last + 1:
                yield f"hit {event.sequence} follows hit {self._last}"
            self._last = event.sequence
            self._open[event.sequence] = recorded.at
        elif isinstance(event, HitAcknowledged | HitExpired) and self._open.pop(event.sequence, None) is None:
            yield f"hit {event.sequence} ends, and was not open"

    def end(self) -> Broken:
        """What is over must have ended, where the device could record it."""
        if not self.recording or self.stand.up_for < GRACE:
            return
        for sequence, committed in self._open.items():
            if self.now - committed > USEFUL + GRACE:
                yield f"hit {sequence} was committed {(self.now - committed).total_seconds():.0f} s ago, and has no end"
