"""Where the force demands it, nobody is sought before volunteers have shown how many are found, here and lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.control_room import accuracy, deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Refused
from edge.domain.authorisation import AccuracyReport, Authorisation, Category, ImageSource, SourceCount, UseCase
from edge.domain.authority import PinnedKey, Role, TrustRoot
from edge.domain.leaves.deployment import AccuracyTested
from edge.domain.orders import Accuracy, Trust, Verb
from edge.measure.people import POLICY
from edge.safeguards import papers
from edge.steps import align
from edge.wire import watchlist
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.office import MemoryKey, Office
from hardware_sim.scripted import EMBEDDER, features_of
from hardware_sim.site import Site

WITHIN = timedelta(days=90)


@pytest.fixture
def demanding(tmp_path: Path) -> Site:
    """A device of a force that asks for a test every 90 days."""
    site = Site(tmp_path, office=Office(policy=replace(POLICY, accuracy_test_within=WITHIN)))
    site.run(1)
    return site


def ordinary(site: Site) -> Authorisation:
    """For one wanted person, no volunteer and no decoy."""
    file, key = watchlist.seal(
        [watchlist.Entry("w-0001", Category.WANTED_BY_COURT, 1)],
        np.stack([features_of(3)]),
        embedder=EMBEDDER,
        alignment=align.RECIPE,
        built=site.clock.now().wall,
        sources=(SourceCount(source=ImageSource.CUSTODY, entries=1),),
    )
    return site.authorisation(SealedList(file, key), use_case=UseCase.SOUGHT_PERSON_EXPECTED)


def begin(site: Site, document: Authorisation) -> None:
    deploy.start(site.desk, site.office.signed(document), site.office.operator)


def run_a_test(site: Site) -> tuple[Authorisation, AccuracyReport]:
    """A test that ran: volunteer 7 passes twice and is found, volunteer 8 passes once behind a newspaper."""
    sealed = site.list_of(7, 8)
    document = site.authorisation(sealed)
    said = deploy.start(site.desk, site.office.signed(document), site.office.operator)
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    passages, before = [], len(site.hits)
    for person, seen in ((7, True), (8, False), (7, True)):
        begins = site.clock.now().wall
        if seen:
            site.walk(person, lasts=4)
        site.run(40)
        passages.append(accuracy.Passage(f"v-{person:04d}", begins, begins + timedelta(seconds=6)))
    leads = [accuracy.Lead(hit.content.entry, hit.content.captured) for hit in site.hits[before:]]
    site.stop()
    site.officer_on_scene = False
    return document, accuracy.report(document, digest(canonical(document)), passages, leads)


def send(site: Site, report: AccuracyReport, by: MemoryKey | None = None) -> None:
    signed = sign(report, Kind.ACCURACY_REPORT, by or site.office.evaluator)
    site.desk.order(Verb.ACCURACY, Accuracy(report=signed), site.office.operator)


def test_the_report_is_what_was_counted_on_scene_held_against_what_was_opened(demanding: Site) -> None:
    _, report = run_a_test(demanding)
    assert (report.passages, report.found, report.false, report.volunteers) == (3, 2, 0, 2)
    assert "TPIR      66.7% (95 % interval 9.4% to 99.2%, exact)" in accuracy.in_words(report)


def test_without_a_report_only_a_test_begins(demanding: Site) -> None:
    with pytest.raises(Refused, match="accuracy-test-due"):
        begin(demanding, ordinary(demanding))
    _, report = run_a_test(demanding)
    with pytest.raises(Refused, match="accuracy-test-due"):
        begin(demanding, ordinary(demanding))
    send(demanding, report)
    begin(demanding, ordinary(demanding))


def test_where_no_test_is_demanded_none_is_needed(site: Site) -> None:
    site.run(1)
    begin(site, ordinary(site))


def test_it_is_recorded_with_its_paper_once_and_survives_a_restart(demanding: Site) -> None:
    document, report = run_a_test(demanding)
    send(demanding, report)
    send(demanding, report)
    (leaf,) = [event for event in demanding.journal() if isinstance(event, AccuracyTested)]
    assert (leaf.authorisation, leaf.passages, leaf.found) == (document.id, 3, 2)
    assert papers.find(demanding.device.store, leaf.digest) is not None
    demanding.power_cut()
    demanding.run(1)
    begin(demanding, ordinary(demanding))


def test_a_test_is_worth_nothing_after_its_time(demanding: Site) -> None:
    _, report = run_a_test(demanding)
    send(demanding, report)
    age = demanding.clock.now().wall - report.tested
    demanding.pass_time(WITHIN - age - timedelta(seconds=10))
    begin(demanding, ordinary(demanding))
    demanding.stop()
    demanding.pass_time(timedelta(minutes=1))
    with pytest.raises(Refused, match="accuracy-test-due"):
        begin(demanding, ordinary(demanding))


def test_a_report_says_no_more_than_the_journal_bears_out(demanding: Site) -> None:
    _, report = run_a_test(demanding)
    for more in ({"found": 3}, {"false": 1}):
        with pytest.raises(Refused, match="not-borne-out"):
            send(demanding, replace(report, **more))  # type: ignore[arg-type]
    send(demanding, report)


@pytest.mark.parametrize("key", ["officer", "operator", "custodian"])
def test_only_an_evaluator_reports(demanding: Site, key: str) -> None:
    _, report = run_a_test(demanding)
    office = demanding.office
    with pytest.raises(Refused, match="wrong-role"):
        send(demanding, report, office.custodians[0] if key == "custodian" else getattr(office, key))


def test_another_report_of_the_same_test_is_refused(demanding: Site) -> None:
    _, report = run_a_test(demanding)
    send(demanding, report)
    with pytest.raises(Refused, match="already-decided"):
        send(demanding, replace(report, found=3))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"site": "elsewhere"}, "wrong-device"),
        ({"device": "post-2"}, "wrong-device"),
        ({"zone": "0" * 64}, "wrong-zone"),
        ({"configuration": "0" * 64}, "wrong-configuration"),
        ({"calibration": "0" * 64}, "wrong-calibration"),
        ({"digest": "0" * 64}, "other-authorisation"),
        ({"authorisation": "test-9"}, "other-authorisation"),
        ({"volunteers": 3}, "wrong-list"),
    ],
)
def test_a_report_is_of_this_place_this_chain_and_a_test_that_ran(
    demanding: Site, fields: dict[str, object], reason: str
) -> None:
    _, report = run_a_test(demanding)
    with pytest.raises(Refused, match=reason):
        send(demanding, replace(report, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["detector", "embedder"])
def test_a_report_of_other_models_is_refused(demanding: Site, model: str) -> None:
    _, report = run_a_test(demanding)
    other = replace(report.models, **{model: "0" * 64})
    with pytest.raises(Refused, match="wrong-model"):
        send(demanding, replace(report, models=other))


def test_a_report_is_made_within_the_tests_window_and_not_in_the_future(demanding: Site) -> None:
    document, report = run_a_test(demanding)
    for when in (
        document.not_before - timedelta(seconds=1),
        document.not_after + timedelta(seconds=1),
        demanding.clock.now().wall + timedelta(minutes=1),
    ):
        with pytest.raises(Refused, match="expired"):
            send(demanding, replace(report, tested=when))


def test_an_ordinary_deployment_is_no_test(site: Site) -> None:
    site.run(1)
    document = ordinary(site)
    begin(site, document)
    report = AccuracyReport(
        authorisation=document.id,
        digest=digest(canonical(document)),
        site=document.site,
        device=document.device,
        zone=document.zone,
        configuration=document.configuration,
        models=document.models,
        calibration=document.calibration,
        volunteers=1,
        passages=1,
        found=1,
        false=0,
        tested=document.not_before,
    )
    with pytest.raises(Refused, match="other-authorisation"):
        send(site, report)


def test_an_older_test_does_not_take_the_place_of_a_newer_one(demanding: Site) -> None:
    _, older = run_a_test(demanding)
    demanding.pass_time(timedelta(days=80))
    demanding.run(1)
    _, newer = run_a_test(demanding)
    send(demanding, newer)
    send(demanding, older)
    demanding.pass_time(timedelta(days=20))
    begin(demanding, ordinary(demanding))


def test_a_test_of_an_evaluator_who_was_revoked_is_worth_nothing(demanding: Site) -> None:
    office, other = demanding.office, MemoryKey()
    root = office.trust_root()
    both = replace(root, version=2, keys=(*root.keys, PinnedKey(role=Role.EVALUATOR, key=other.public)))
    rotate(demanding, both)
    _, report = run_a_test(demanding)
    send(demanding, report, other)
    document = ordinary(demanding)
    rotate(demanding, replace(root, version=3))
    with pytest.raises(Refused, match="accuracy-test-due"):
        begin(demanding, document)
    rotate(demanding, replace(both, version=4))
    begin(demanding, document)


def rotate(site: Site, root: TrustRoot) -> None:
    site.desk.order(Verb.TRUST, Trust(root=site.office.signed_root(root)), site.office.operator)
