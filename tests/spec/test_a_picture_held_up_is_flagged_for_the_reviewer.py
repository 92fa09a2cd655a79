"""Where a picture may have been held up instead of a face, the reviewer of the hit is told, and nobody else.

The people of the scripted grade are painted stripes, which the product rightly takes for a print.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.control_room.show import hit_line
from edge.domain.comparison import PresentationCue
from edge.domain.errors import Undecodable
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted
from edge.safeguards.hits import commitment
from edge.wire.events import HitContent
from edge.wire.signed import canonical, from_base64url, parse
from hardware_sim.site import Site


def everything_outside_memory(site: Site, folder: Path) -> bytes:
    on_disk = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"\0".join(on_disk + [heard.topic.encode() + heard.payload for heard in site.broker.heard])


def test_the_flag_comes_sealed_with_the_hit_and_the_reviewer_sees_it(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    assert PresentationCue.RASTER in hit.content.presentation
    line = hit_line(hit)
    assert "possible match, not an identification  -  presentation suspected" in line
    assert "the pattern of a screen or a print" in line


def test_where_there_is_no_cue_the_reviewer_is_told_nothing(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    plain = replace(hit, content=replace(hit.content, presentation=()))
    assert hit_line(plain).endswith("possible match, not an identification")


def test_a_flag_never_withholds_a_hit(watching: Site) -> None:
    for number in range(3):
        watching.walk(7, after=5 * number)
    watching.run(18)
    assert [bool(hit.content.presentation) for hit in watching.hits] == [True] * 3
    events = watching.journal()
    assert [len([e for e in events if isinstance(e, kind)]) for kind in (HitCommitted, HitAcknowledged)] == [3, 3]


def test_nobody_but_the_recipient_can_read_the_flag(watching: Site, tmp_path: Path) -> None:
    watching.walk(7)
    watching.run(6)
    assert watching.hits[0].content.presentation
    kept = everything_outside_memory(watching, tmp_path)
    assert not [cue for cue in PresentationCue if f'"{cue.value}"'.encode() in kept]
    assert b"presentation" not in kept


def test_the_journals_commitment_covers_the_flag(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    salt = from_base64url(hit.content.salt)
    committed = next(event for event in watching.journal() if isinstance(event, HitCommitted))
    assert commitment(salt, hit.content) == committed.commitment
    assert commitment(salt, replace(hit.content, presentation=())) != committed.commitment


def test_nothing_of_it_is_said_counted_or_kept_of_anybody_unlisted(watching: Site, tmp_path: Path) -> None:
    for number in range(10):
        watching.walk(100 + number, after=2 * number)
    watching.run(30)
    watching.stop()
    watching.run(1)
    kept = everything_outside_memory(watching, tmp_path)
    assert b"presentation" not in kept
    counters = watching.device.daemon.report.counters()
    assert counters["searches"] >= 10
    assert not [name for name in counters if "presentation" in name or "cue" in name]


def test_only_the_cues_that_are_published_can_be_told(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    content = canonical(watching.hits[0].content)
    assert parse(content, HitContent) == watching.hits[0].content
    with pytest.raises(Undecodable):
        parse(content.replace(b'"raster"', b'"nervous"'), HitContent)
