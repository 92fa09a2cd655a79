"""The gallery at its edges: a score that just suffices, evidence that just does, and entries that are withdrawn."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from decimal import Decimal

import pytest

from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Refused
from edge.domain.authorisation import Category, CategoryCount
from edge.domain.authority import Signed
from edge.domain.comparison import Finding, ScoreBand
from edge.domain.errors import Reason, Refusal
from edge.domain.face import Probe
from edge.measure.people import UNSIGNED
from edge.safeguards.gallery import Gallery
from edge.safeguards.verify import Believed
from edge.wire import watchlist
from edge.wire.sealed import KEY_BYTES
from hardware_sim.made_up import CALIBRATION
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


def gallery_of(site: Site) -> Gallery:
    return site.device.daemon.watch._gallery


def found(site: Site, person: int) -> Finding:
    now = site.clock.now()
    said = gallery_of(site).search(Probe(features_of(person).copy(), 1, now), now)
    assert isinstance(said, Finding)
    return said


def begin(site: Site, signed: Signed, sealed: SealedList) -> None:
    said = deploy.start(site.desk, signed, site.office.operator)
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.run(0.3)


def test_a_score_of_the_very_threshold_is_a_candidate_and_one_below_is_not(watching: Site) -> None:
    """As the calibration counts them: its false matches are those at or above a score."""
    gallery = gallery_of(watching)
    opened, prepared = gallery._open, gallery._prepared
    assert opened is not None
    assert prepared is not None
    score = float((opened.content.templates @ features_of(7)).max())
    for threshold, listed in ((score, True), (score + 1e-6, False)):
        prepared.threshold = replace(prepared.threshold, score=threshold)
        candidate = found(watching, 7).candidate
        assert (candidate is not None) is listed
        if candidate is not None:
            assert candidate.band is ScoreBand.AT_THRESHOLD


@pytest.mark.parametrize("accepts", [True, False])
def test_extrapolated_evidence_serves_only_whoever_has_signed_for_it(site: Site, accepts: bool) -> None:
    sealed = site.list_of(7)
    rate = CALIBRATION.extrapolated[0].fmr * 21 * CALIBRATION.searches_per_passage
    document = site.authorisation(sealed, max_fpir=Decimal(rate), accepts_extrapolation=accepts)
    said = gallery_of(site).prepare(Believed(document, "0" * 64, UNSIGNED))
    if accepts:
        assert isinstance(said, tuple)
    else:
        assert isinstance(said, Refusal)
        assert said.reason is Reason.EVIDENCE_TOO_THIN


def test_a_list_of_the_right_size_with_other_categories_is_refused(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    listed = site.authorisation(sealed).watchlist
    other = (
        CategoryCount(category=Category.VOLUNTEER, entries=2),
        CategoryCount(category=Category.SYNTHETIC, entries=19),
    )
    sources = tuple(replace(one, entries=count.entries) for one, count in zip(listed.sources, other, strict=True))
    caps = tuple(replace(one, most=100) for one in listed.caps)
    described = replace(listed, categories=other, sources=sources, caps=caps)
    signed = site.office.signed(site.authorisation(sealed, watchlist=described))
    said = deploy.start(site.desk, signed, site.office.operator)
    with pytest.raises(Refused, match="its categories or sizes are not the authorised ones"):
        deploy.load(site.desk, said, sealed, site.topics, site.office.operator)


@pytest.fixture
def without_seven(site: Site) -> tuple[Signed, SealedList]:
    """7 and 8 were listed, and 7 withdrawn."""
    site.run(0.3)
    sealed = site.list_of(7, 8)
    signed = site.office.signed(site.authorisation(sealed))
    begin(site, signed, sealed)
    site.withdraw(7)
    return signed, sealed


def test_a_withdrawn_entry_is_found_no_more_not_even_after_a_power_cut(
    site: Site, without_seven: tuple[Signed, SealedList]
) -> None:
    assert found(site, 7).candidate is None
    site.power_cut()
    site.run(0.3)
    begin(site, *without_seven)
    assert found(site, 7).candidate is None
    other = found(site, 8).candidate
    assert other is not None
    assert other.entry == "v-0008"
    with pytest.raises(Refused, match="already-decided"):
        site.withdraw(7)


def test_the_disk_keeps_a_name_that_only_a_holder_of_the_list_could_compute_and_nothing_besides(
    site: Site, without_seven: tuple[Signed, SealedList]
) -> None:
    """It is computed here as it is specified, from the list's key: an update of the program in the middle of a
    deployment must not bring anybody back whom it would compute another name for."""
    _, sealed = without_seven
    naming = hmac.digest(sealed.key, b"lamppost withdrawn entries 1", hashlib.sha256)
    name = hmac.digest(naming, watchlist.entry_digest("v-0007"), hashlib.sha256).hex()
    with site.device.store.transaction() as transaction:
        (kept,) = transaction.names("deployment/withdrawn/")
        assert transaction.get(kept) == b""
    assert kept == f"deployment/withdrawn/test-1/{name}"


def test_scores_lie_in_the_locked_memory_and_nothing_is_locked_for_nothing(watching: Site) -> None:
    opened = gallery_of(watching)._open
    assert opened is not None
    assert len(opened.scores) == len(opened.content.templates) == 21
    assert len(opened.naming) == KEY_BYTES
    opened.scores[:] = range(1, 22)
    assert bytes(opened.memory.view[-opened.scores.nbytes :]) == opened.scores.tobytes()
