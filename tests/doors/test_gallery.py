"""The gallery, asked directly: nobody before it checks anything here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from edge.control_room import deploy
from edge.domain.authorisation import Category, CategoryCount, ImageSource, SourceCount, UseCase
from edge.domain.comparison import Finding, ScoreBand
from edge.domain.errors import Reason, Refusal
from edge.domain.face import Features, Probe
from edge.domain.orders import Load, WithdrawEntry, WrappedKey
from edge.measure.people import UNSIGNED
from edge.safeguards.gallery import Gallery
from edge.safeguards.verify import Believed
from edge.steps import align
from edge.wire import watchlist
from edge.wire.sealed import ListBinding, wrap
from hardware_sim.scripted import EMBEDDER, features_of
from hardware_sim.site import Site


def gallery_of(site: Site) -> Gallery:
    return site.device.daemon.watch._gallery


def probe(site: Site, features: Features) -> Probe:
    return Probe(features.copy(), 1, site.clock.now())


def search(site: Site, features: Features) -> Finding | Refusal:
    return gallery_of(site).search(probe(site, features), site.clock.now())


def test_it_finds_who_is_listed_and_nobody_else(watching: Site) -> None:
    found = search(watching, features_of(7))
    assert isinstance(found, Finding)
    assert found.candidate is not None
    assert (found.candidate.entry, found.candidate.band) == ("v-0007", ScoreBand.WELL_ABOVE)
    for stranger in range(100, 130):
        found = search(watching, features_of(stranger))
        assert isinstance(found, Finding)
        assert found.candidate is None


def test_it_asks_the_gate_itself(watching: Site) -> None:
    watching.clock.advance(timedelta(seconds=181))
    refused = search(watching, features_of(7))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NO_PRESENCE


def test_a_frame_too_old_is_not_searched(watching: Site) -> None:
    watching.clock.advance(timedelta(seconds=2.5))
    refused = search(watching, features_of(7))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CAPTURE_STALE


def test_no_search_goes_uncounted(watching: Site) -> None:
    journal = watching.device.daemon.tell._journal
    while isinstance(search(watching, features_of(100)), Finding):
        pass
    refused = search(watching, features_of(7))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.COUNT_NOT_RESERVED
    counted = journal._tally.made
    assert counted == journal._tally.reserved
    assert int(watching.device.store.get("searches/reserved") or 0) >= counted


def test_before_the_list_is_open_and_after_the_end_there_is_nothing_to_search(site: Site) -> None:
    assert isinstance(search(site, features_of(7)), Refusal)
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    assert isinstance(search(site, features_of(7)), Finding)
    site.stop()
    assert isinstance(search(site, features_of(7)), Refusal)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_probe_that_is_not_a_number_finds_nobody(watching: Site) -> None:
    for value in (np.nan, np.inf, -np.inf, 0.0):
        found = search(watching, np.full(128, value, np.float32))
        assert isinstance(found, Finding)
        assert found.candidate is None


def test_it_gives_nothing_away(watching: Site) -> None:
    gallery = gallery_of(watching)
    assert repr(gallery) == "<gallery>"
    public = {name for name in dir(gallery) if not name.startswith("_")}
    assert public == {"destroy", "open", "prepare", "search", "threshold", "withdraw"}
    assert not hasattr(gallery, "__iter__")
    assert not hasattr(gallery, "__len__")
    threshold = gallery.threshold
    assert threshold is not None
    assert f"{threshold.score}" not in repr(threshold)


def test_the_threshold_comes_from_the_calibration_and_rises_with_the_list(site: Site) -> None:
    scores = []
    for decoys in (1, 9, 99, 999):
        sealed = site.list_of(7, decoys=decoys)
        deploy.start(site.desk, site.office.signed(site.authorisation(sealed)), site.office.operator)
        threshold = gallery_of(site).threshold
        assert threshold is not None
        scores.append(threshold.score)
        site.stop()
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_another_file_is_refused_at_the_gallery_itself(site: Site) -> None:
    """Even where whoever hands the file over has not compared its digest with the order's."""
    site.run(1)
    sealed, gallery, now = site.list_of(7), gallery_of(site), site.clock.now()
    document = site.authorisation(sealed)
    said = deploy.start(site.desk, site.office.signed(document), site.office.operator)
    listed = document.watchlist.digest
    binding = ListBinding(site=document.site, device=document.device, authorisation=document.id, digest=listed)
    order = Load(
        authorisation=document.id,
        digest=listed,
        size=len(sealed.file),
        key=wrap(sealed.key, said.list_key, binding),
    )
    refused = gallery.open(order, sealed.file[:-1] + bytes([sealed.file[-1] ^ 1]), now)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.WRONG_LIST
    assert gallery.open(order, sealed.file, now) is None


def test_an_unopened_gallery_finds_nobody_whatever_the_gate_believes(site: Site) -> None:
    site.run(1)
    deploy.start(site.desk, site.office.signed(site.authorisation(site.list_of(7))), site.office.operator)
    site.device.daemon.gate.list_opened(site.clock.now())
    site.confirm_presence()
    site.run(0.5)
    assert site.camera.is_open
    refused = search(site, features_of(7))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.LIST_NOT_OPEN


@pytest.mark.parametrize(
    ("built", "entries", "reason"),
    [(timedelta(seconds=1), 21, "list-stale"), (timedelta(0), 20, "wrong-list")],
)
def test_a_list_other_than_its_authorisation_describes_is_refused(
    site: Site, built: timedelta, entries: int, reason: str
) -> None:
    """The digest is right; what the two people read before they signed is not."""
    site.run(1)
    sealed = site.list_of(7)
    listed = site.authorisation(sealed).watchlist
    decoys = CategoryCount(category=Category.SYNTHETIC, entries=entries - 1)
    no_pictures = SourceCount(source=ImageSource.NONE, entries=entries - 1)
    described = replace(
        listed,
        built=listed.built - built,
        entries=entries,
        categories=tuple(count if count.category is Category.VOLUNTEER else decoys for count in listed.categories),
        sources=(listed.sources[0], no_pictures),
    )
    signed = site.office.signed(site.authorisation(sealed, watchlist=described))
    said = deploy.start(site.desk, signed, site.office.operator)
    with pytest.raises(deploy_refused(), match=reason):
        deploy.load(site.desk, said, sealed, site.topics, site.office.operator)


def test_one_deployment_is_prepared_at_a_time_and_none_is_opened_unprepared(site: Site) -> None:
    gallery, now = gallery_of(site), site.clock.now()
    sealed = site.list_of(7)
    document = site.authorisation(sealed)
    believed = Believed(document, "0" * 64, UNSIGNED)
    order = Load(
        authorisation=document.id,
        digest=document.watchlist.digest,
        size=len(sealed.file),
        key=WrappedKey(to="A" * 43, sealed="A" * 80),
    )
    assert reason_of(gallery.open(order, sealed.file, now)) is Reason.NO_AUTHORISATION
    assert isinstance(gallery.prepare(believed), tuple)
    assert reason_of(gallery.prepare(believed)) is Reason.OTHER_AUTHORISATION
    other = replace(order, authorisation="test-0")
    assert reason_of(gallery.open(other, sealed.file, now)) is Reason.OTHER_AUTHORISATION
    gallery.destroy()
    assert gallery.threshold is None


def reason_of(said: object) -> Reason | None:
    return said.reason if isinstance(said, Refusal) else None


def test_a_list_enrolled_with_another_embedder_is_refused(site: Site) -> None:
    from hardware_sim.office import sealed_list

    site.run(1)
    foreign = sealed_list([("v-0007", features_of(7))], decoys=3, embedder="f" * 64, built=site.clock.now().wall)
    assert EMBEDDER != "f" * 64
    said = deploy.start(site.desk, site.office.signed(site.authorisation(foreign)), site.office.operator)
    with pytest.raises(deploy_refused(), match="wrong-model"):
        deploy.load(site.desk, said, foreign, site.topics, site.office.operator)


def deploy_refused() -> type[Exception]:
    from edge.control_room.desk import Refused

    return Refused


def test_a_list_whose_sources_are_not_those_that_were_signed_is_refused(site: Site) -> None:
    site.run(1)
    people = [watchlist.Entry("w-0001", Category.WANTED_BY_COURT, 1)]
    custody = (SourceCount(source=ImageSource.CUSTODY, entries=1),)
    now = site.clock.now().wall
    file, key = watchlist.seal(
        people, np.stack([features_of(3)]), embedder=EMBEDDER, alignment=align.RECIPE, built=now, sources=custody
    )
    sealed = deploy.SealedList(file, key)
    document = site.authorisation(sealed, use_case=UseCase.CRIME_HOTSPOT)
    court = (SourceCount(source=ImageSource.COURT_OR_PRISON, entries=1),)
    other = replace(document, watchlist=replace(document.watchlist, sources=court))
    said = deploy.start(site.desk, site.office.signed(other), site.office.operator)
    with pytest.raises(deploy_refused(), match="wrong-source"):
        deploy.load(site.desk, said, sealed, site.topics, site.office.operator)


def test_the_content_key_of_a_list_is_overwritten_as_soon_as_the_list_is_open(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge.adapters.host.memory import scrub

    seen: list[tuple[bytes, bytes]] = []

    def watched(secret: bytes) -> None:
        before = bytes(bytearray(secret))
        scrub(secret)
        seen.append((before, bytes(bytearray(secret))))

    monkeypatch.setattr(site.device.host, "scrub", watched)
    site.run(1)
    sealed = site.list_of(7)
    site.deploy_list(sealed)
    assert sealed.key in [before for before, _ in seen]
    assert {after for _, after in seen} == {bytes(32)}


def test_an_order_for_another_deployment_withdraws_nothing(watching: Site) -> None:
    """Nor does one that was sealed to another deployment's key."""
    gallery, now = gallery_of(watching), watching.clock.now()
    entry = WrappedKey(to="A" * 43, sealed="A" * 80)
    for authorisation, reason in (("test-0", Reason.OTHER_AUTHORISATION), ("test-1", Reason.MALFORMED)):
        order = WithdrawEntry(authorisation=authorisation, entry=entry)
        assert reason_of(gallery.withdraw(order, "k" * 43, now)) is reason
    assert "entry-withdrawn" not in [event.kind for event in watching.journal()]
