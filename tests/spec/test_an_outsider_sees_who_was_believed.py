"""Trust roots, ratifications and accuracy tests: what a device leaves of them is what an outsider's kit asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import deploy
from edge.domain.authorisation import AccuracyReport, Authorisation, Ratification
from edge.domain.orders import Accuracy, Ratify, Trust, Verb
from edge.measure.people import POLICY
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.office import MemoryKey, Office
from hardware_sim.site import Site
from tests.spec.test_an_outsider_can_verify_what_a_device_did import examined

DEMANDING = replace(POLICY, witnesses=1, cosigned_within=timedelta(minutes=10), accuracy_test_within=timedelta(days=90))


@pytest.fixture
def demanding(tmp_path: Path) -> Site:
    """A device of a force that asks for a witness and for accuracy tests."""
    state = tmp_path / "state"
    state.mkdir()
    site = Site(state, witnesses=1, office=Office(policy=DEMANDING))
    site.run(40)
    return site


def begin(site: Site, **fields: object) -> Authorisation:
    sealed = site.list_of(7)
    document = site.authorisation(sealed, **fields)
    first = site.office.urgent if document.urgent else site.office.officer
    said = deploy.start(site.desk, sign(document, Kind.AUTHORISATION, first, site.office.second), site.office.operator)
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(70)
    return document


def end(site: Site) -> None:
    site.officer_on_scene = False
    site.stop()
    site.run(70)


def test_papers_of_every_kind_hold_in_a_bundle(demanding: Site) -> None:
    site, office = demanding, demanding.office
    document = begin(site, urgent=True)
    name = digest(canonical(document))
    decision = Ratification(authorisation=document.id, digest=name, ratified=True, decided=site.clock.now().wall)
    signed = sign(decision, Kind.RATIFICATION, office.officer)
    site.desk.order(Verb.RATIFY, Ratify(ratification=signed), office.operator)
    end(site)
    report = AccuracyReport(
        authorisation=document.id, digest=name, site=document.site, device=document.device, zone=document.zone,
        configuration=document.configuration, models=document.models, calibration=document.calibration, volunteers=1,
        passages=3, found=0, false=0, tested=document.not_before + timedelta(seconds=60),
    )  # fmt: skip
    accuracy = Accuracy(report=sign(report, Kind.ACCURACY_REPORT, office.evaluator))
    site.desk.order(Verb.ACCURACY, accuracy, office.operator)
    root = office.trust_root()
    keys = tuple(replace(one, key=MemoryKey().public) if one.key == office.urgent.public else one for one in root.keys)
    second = replace(root, version=2, keys=keys)
    site.desk.order(Verb.TRUST, Trust(root=office.signed_root(second)), office.operator)
    site.power_cut()
    site.run(70)
    begin(site)
    end(site)
    found = examined(site)
    assert found.names == frozenset()
    assert found.holds


def test_so_do_the_traces_of_a_no_and_of_a_revocation(demanding: Site) -> None:
    site, office = demanding, demanding.office
    document = begin(site, urgent=True)
    decision = Ratification(
        authorisation=document.id, digest=digest(canonical(document)), ratified=False, decided=site.clock.now().wall
    )
    signed = sign(decision, Kind.RATIFICATION, office.officer)
    site.desk.order(Verb.RATIFY, Ratify(ratification=signed), office.operator)
    site.officer_on_scene = False
    site.run(70)
    begin(site)
    root = office.trust_root()
    keys = tuple(replace(one, key=MemoryKey().public) if one.key == office.officer.public else one for one in root.keys)
    site.desk.order(Verb.TRUST, Trust(root=office.signed_root(replace(root, version=2, keys=keys))), office.operator)
    site.officer_on_scene = False
    site.run(70)
    found = examined(site)
    assert found.names == frozenset()
    assert [figures.why for figures in found.deployments] == ["not-ratified", "revoked"]
