"""Hits in the control room's folder: looked at before they are decided, by two where two are asked for, then sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room import keeping, references
from edge.control_room.console import views
from edge.control_room.console.cases import Cases, NotNow
from edge.control_room.console.deciding import Second, Standing, outcome
from edge.control_room.keeping import Over, Purpose
from edge.domain.access import View, Why
from edge.domain.errors import Undecodable
from edge.domain.orders import Verdict
from edge.wire.events import read
from edge.wire.signed import Kind, claimed_signers, key_id
from hardware_sim.office import MemoryKey
from tests.control_room.console.desks import NAME, PERSON, Desks, desks

AUDIT = Purpose(Why.AUDIT, "audit-1")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Desks]:
    made = desks(tmp_path)
    yield made
    made.site.device.store.close()


def standing(cases: Cases) -> Standing:
    (case,) = cases.all()
    return outcome(case.arrived.said, cases.second).standing


def test_nobody_decides_without_having_looked(both: Desks) -> None:
    case = both.first.took(NAME, both.hit())
    hit = case.arrived.sealed.id
    with pytest.raises(NotNow, match="press Look"):
        both.first.decide(hit, Verdict.CONFIRMED, settles=False)
    with pytest.raises(NotNow, match="both pictures"):
        both.first.look(hit)
    both.first.picture(hit, probe=True)
    both.site.run(30)
    with pytest.raises(NotNow, match="both pictures"):
        both.first.look(hit)
    both.first.picture(hit, probe=False)
    with pytest.raises(NotNow, match="only just"):
        both.first.look(hit)
    both.site.run(1.5)
    both.first.look(hit)
    with pytest.raises(NotNow, match="longer"):
        both.first.decide(hit, Verdict.CONFIRMED, settles=False)
    both.site.run(2.5)
    both.first.decide(hit, Verdict.CONFIRMED, settles=False)
    assert case.kept.opinions()[0][1].seconds >= 34


def test_whoever_sees_a_picture_has_signed_for_it_first(both: Desks) -> None:
    case = both.first.took(NAME, both.hit())
    arrival = [read(signed, View).ticket for signed in case.kept.views()]
    assert arrival == ["on-arrival"]
    both.first.picture(case.arrived.sealed.id, probe=True)
    both.first.picture(case.arrived.sealed.id, probe=False)
    signed = case.kept.views()[1:]
    assert [(read(one, View).why, read(one, View).ticket) for one in signed] == [(Why.ALERT, "console")]
    assert claimed_signers(signed[0], Kind.VIEW) == [both.first.me]


def test_a_second_reviewer_corrects_a_wrong_decision_and_the_device_hears_that(both: Desks) -> None:
    opened = both.hit()
    mine, other = both.first.took(NAME, opened), both.second.took(NAME, opened)
    both.looks(both.first, mine)
    both.first.decide(opened.sealed.id, Verdict.CONFIRMED, settles=False)
    with pytest.raises(NotNow, match="Another reviewer"):
        both.first.decide(opened.sealed.id, Verdict.FALSE, settles=False)
    assert both.first.untold() == []
    both.second.scan()
    assert standing(both.second) is Standing.SECOND
    both.looks(both.second, other)
    both.second.decide(opened.sealed.id, Verdict.FALSE, settles=False)
    assert standing(both.second) is Standing.DIFFER
    with pytest.raises(NotNow, match="meanwhile"):
        both.second.decide(opened.sealed.id, Verdict.FALSE, settles=False)
    both.first.scan()
    with pytest.raises(NotNow, match="Another reviewer"):
        both.first.decide(opened.sealed.id, Verdict.CONFIRMED, settles=True)
    with pytest.raises(NotNow, match="press Look"):
        both.second.decide(opened.sealed.id, Verdict.FALSE, settles=True)
    both.looks(both.second, other)
    both.second.decide(opened.sealed.id, Verdict.FALSE, settles=True)
    assert [verdict for _, verdict, _ in both.second.untold()] == [Verdict.FALSE]
    both.first.scan()
    assert both.first.untold() == []
    both.second.told(other, None)
    both.first.scan()
    assert mine.arrived.told, "what the device was told from another console is known here"
    assert [opinion.verdict for _, opinion in mine.kept.opinions()] == [Verdict.CONFIRMED, Verdict.FALSE, Verdict.FALSE]
    with pytest.raises(NotNow):
        both.first.decide(opened.sealed.id, Verdict.CONFIRMED, settles=True)


def test_what_is_settled_is_sealed_again_and_opening_it_takes_a_reason(both: Desks) -> None:
    both.first = both.another(0, Second.NEVER)
    case = both.first.took(NAME, both.hit())
    hit = case.arrived.sealed.id
    both.looks(both.first, case)
    both.first.decide(hit, Verdict.CONFIRMED, settles=False)
    assert both.first.closed(case)
    with pytest.raises(NotNow, match="sealed"):
        both.first.picture(hit, probe=True)
    both.first.open(hit, AUDIT)
    assert both.first.picture(hit, probe=True)
    assert read(case.kept.views()[-1], View).ticket == "audit-1"


def test_a_console_that_starts_later_finds_everything_sealed(both: Desks) -> None:
    opened = both.hit()
    case = both.first.took(NAME, opened)
    both.looks(both.first, case)
    both.first.decide(opened.sealed.id, Verdict.INCONCLUSIVE, settles=False)
    late = both.another(1)
    late.scan()
    (found,) = late.all()
    assert found.arrived.content is None
    assert late.closed(found)
    assert standing(late) is Standing.SECOND
    shown = views.hit(found.arrived, late.me, late.second, closed=late.closed(found))
    assert "entry" not in shown
    assert "category" not in shown
    with pytest.raises(NotNow):
        late.picture(opened.sealed.id, probe=True)
    late.open(opened.sealed.id, AUDIT)
    both.looks(late, found)
    late.decide(opened.sealed.id, Verdict.INCONCLUSIVE, settles=False)
    assert [verdict for _, verdict, _ in late.untold()] == [Verdict.INCONCLUSIVE]


def test_the_second_reviewer_is_not_told_what_the_first_decided(both: Desks) -> None:
    opened = both.hit()
    mine, other = both.first.took(NAME, opened), both.second.took(NAME, opened)
    both.looks(both.first, mine)
    both.first.decide(opened.sealed.id, Verdict.CONFIRMED, settles=False)
    both.second.scan()
    shown = views.hit(other.arrived, both.second.me, both.second.second, closed=False)
    assert shown["opinions"] == []
    assert "confirmed" not in str(shown).replace("not an identification", "")
    assert (shown["mine"], shown["standing"]) == (True, "second")


def test_an_opinion_by_nobody_whom_the_trust_root_names_counts_for_nothing(both: Desks) -> None:
    opened = both.hit()
    case = both.first.took(NAME, opened)
    stranger = MemoryKey()
    forger = Cases({NAME: both.shelf()}, both.readers[0], stranger, Second.NEVER, both.site.clock)
    forged = forger.took(NAME, opened)
    both.looks(forger, forged)
    forger.decide(opened.sealed.id, Verdict.FALSE, settles=False)
    both.first.scan()
    assert case.arrived.said == ()
    assert key_id(stranger.public) not in str(case.arrived.said)
    assert forger.untold() == []


def test_a_line_of_the_opinions_cannot_be_taken_out(both: Desks) -> None:
    case = both.first.took(NAME, both.hit())
    both.looks(both.first, case)
    both.first.decide(case.arrived.sealed.id, Verdict.CONFIRMED, settles=False)
    other = both.another(1)
    other.scan()
    other.open(case.arrived.sealed.id, AUDIT)
    both.looks(other, other.all()[0])
    other.decide(case.arrived.sealed.id, Verdict.CONFIRMED, settles=False)
    log = both.folder / NAME / case.kept.authorisation / "opinions"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[1])
    with pytest.raises(Undecodable, match="line of the opinions is missing"):
        case.kept.opinions()


def test_a_score_is_never_more_than_its_band(both: Desks) -> None:
    case = both.first.took(NAME, both.hit())
    shown = views.hit(case.arrived, both.first.me, both.first.second, closed=False)
    assert shown["band"] in {"at-threshold", "above", "well-above"}
    assert not any(isinstance(value, float) for value in shown.values())
    assert shown["statement"] == "possible match, not an identification"


def test_after_its_retention_nothing_of_it_is_left(both: Desks) -> None:
    case = both.first.took(NAME, both.hit())
    place = both.folder / NAME / case.kept.authorisation
    assert len(list((place / "references").iterdir())) == 1
    both.site.clock.advance(timedelta(hours=25))
    now = both.site.clock.now().wall
    with pytest.raises(NotNow, match="time is over"):
        both.first.picture(case.arrived.sealed.id, probe=True)
    with pytest.raises(Over):
        case.kept.open(1, both.readers[0].private, MemoryKey(), AUDIT, now)
    assert both.first.forget(now) == [case.arrived.sealed.id]
    key = both.folder.parent / "recipient.pem"
    key.write_bytes(b"x" * 64)
    key.with_name("recipient.pem.seal").write_bytes(b"y" * 64)
    keeping.sweep(both.shelf().deployments(), key, now)
    assert not key.exists()
    assert not key.with_name("recipient.pem.seal").exists()
    assert list(place.glob("*.hit")) == list((place / "references").iterdir()) == []


def test_losing_one_operators_keys_loses_no_hit_and_stops_no_work(both: Desks) -> None:
    opened = both.hit()
    both.looks(both.first, both.first.took(NAME, opened))
    both.first.decide(opened.sealed.id, Verdict.CONFIRMED, settles=False)
    del both.readers, both.first  # the first operator's keys are gone, and with them whatever only they could open
    other = both.second
    other.scan()
    other.open(opened.sealed.id, AUDIT)
    both.looks(other, other.all()[0])
    other.decide(opened.sealed.id, Verdict.CONFIRMED, settles=False)
    assert [verdict for _, verdict, _ in other.untold()] == [Verdict.CONFIRMED]


def test_references_are_of_the_list_alone_and_for_its_recipients_alone(both: Desks) -> None:
    site, folder = both.site, both.folder / NAME
    names = {path.name for path in (folder / "test-1" / "references").iterdir()}
    assert len(names) == 1, "the picture of somebody who is not on the list was passed over"
    assert f"v-{PERSON:04d}" not in str(names)
    args = (folder, site.office.site, site.office.device, "test-1", f"v-{PERSON:04d}")
    assert references.opened(*args, both.readers[1].private) is not None
    with pytest.raises(Undecodable, match="not sealed to this key"):
        references.opened(*args, X25519PrivateKey.generate())
    assert references.opened(folder, "bench", "post-1", "test-1", "v-9999", both.readers[0].private) is None
