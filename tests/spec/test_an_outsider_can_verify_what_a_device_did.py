"""Whoever has a bundle and the custodians' word can tell, without anybody's help, what a device did."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge import cli
from edge.adapters.archive import archive
from edge.audit.bundle import HEAD, LEAVES, PAGE, Page
from edge.audit.case import Brought
from edge.audit.export import export
from edge.audit.report import Report, examine
from edge.control_room import decisions
from edge.domain.authorisation import UseCase
from edge.domain.authority import Signed
from edge.domain.leaves.deployment import Began, CaptureOpened
from edge.domain.orders import Verdict
from edge.measure.people import POLICY
from edge.wire.notes import read_note
from edge.wire.signed import canonical, digest, parse, payload_of
from hardware_sim.office import Office
from hardware_sim.site import Site

WITNESSED = replace(POLICY, witnesses=1, cosigned_within=timedelta(minutes=10))


@pytest.fixture
def witnessed(tmp_path: Path) -> Site:
    """A device whose policy asks for a witness, which has cosigned its journal."""
    state = tmp_path / "state"
    state.mkdir()
    site = Site(state, witnesses=1, office=Office(policy=WITNESSED))
    site.run(40)
    return site


def brought(site: Site) -> Brought:
    """What the custodians gave out: the trust root that the device was provisioned with."""
    assert site.provisioned is not None
    return Brought(root=digest(payload_of(site.provisioned)))


def bundle(site: Site) -> Path:
    """What the device hands over."""
    folder = site.folder.parent / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    with archive(site.folder) as state:
        export(state, folder, site=site.office.site, device=site.office.device, epoch=site.epoch)
    return folder


def examined(site: Site) -> Report:
    return examine(bundle(site), brought(site))


def a_deployment(site: Site) -> None:
    """The volunteer 7 and two passers-by go past, and then the operator stops."""
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(2)
    site.walk(7, after=1)
    site.walk(30, after=6)
    site.walk(31, after=11)
    site.run(100)
    site.officer_on_scene = False
    site.stop()
    site.run(60)


@pytest.fixture
def deployed(witnessed: Site) -> Site:
    a_deployment(witnessed)
    return witnessed


def test_in_a_simulator_volunteers_stand_for_anybody_to_the_device_and_to_the_outsider(witnessed: Site) -> None:
    witnessed.deploy(7, use_case=UseCase.SOUGHT_PERSON_EXPECTED)
    witnessed.run(1)
    witnessed.stop()
    witnessed.run(60)
    assert examined(witnessed).names == frozenset()


def test_a_bundle_of_a_device_that_ran_a_whole_deployment_holds(deployed: Site) -> None:
    report = examined(deployed)
    assert report.names == frozenset()
    assert report.holds
    (figures,) = report.deployments
    assert (figures.searches, figures.uncounted, figures.hits.committed, figures.list_entries) == (3, 0, 1, 21)
    assert figures.why == "stopped"
    assert [witness.size for witness in report.witnesses] != [None]


def test_the_command_takes_the_trust_root_as_it_was_provisioned(
    deployed: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployed.provisioned is not None
    (tmp_path / "trust-root.json").write_bytes(canonical(deployed.provisioned))
    assert cli.main(["verify", str(bundle(deployed)), "--trust-root", str(tmp_path / "trust-root.json")]) == 0
    said = capsys.readouterr().out
    assert "HOLDS   Nothing was found wrong." in said
    assert "SIMULATOR's journal: nobody real was looked at" in said


def test_a_bundle_of_several_deployments_and_a_power_cut_holds(deployed: Site) -> None:
    signed = deployed.deploy(7)
    deployed.confirm_presence()
    deployed.officer_on_scene = True
    deployed.run(10)
    deployed.power_cut()
    deployed.officer_on_scene = False
    deployed.run(70)
    assert signed.payload
    report = examined(deployed)
    assert report.names == frozenset()
    assert [figures.why for figures in report.deployments] == ["stopped", "restart"]
    assert report.deployments[1].uncounted > 0
    assert report.totals is not None
    assert report.totals.searches == 3


def test_a_bundle_of_a_device_that_is_looking_holds(witnessed: Site) -> None:
    witnessed.deploy(7)
    witnessed.confirm_presence()
    witnessed.officer_on_scene = True
    witnessed.run(400)
    report = examined(witnessed)
    assert report.names == frozenset()
    assert [figures.why for figures in report.deployments] == [None]


def test_a_bundle_of_a_device_whose_officer_left_holds(witnessed: Site) -> None:
    """The lease runs out, the camera shuts, and ten minutes later the list is destroyed."""
    witnessed.deploy(7)
    witnessed.confirm_presence()
    witnessed.run(900)
    report = examined(witnessed)
    assert report.names == frozenset()
    assert [figures.why for figures in report.deployments] == ["paused-too-long"]


def test_a_bundle_of_an_idle_day_holds(witnessed: Site) -> None:
    for _ in range(30):
        witnessed.clock.advance(timedelta(minutes=14))
        witnessed.run(60)
    report = examined(witnessed)
    assert report.names == frozenset()
    assert report.deployments == ()


# What is done to such a bundle afterwards is found out.


def change(folder: Path, name: str, content: bytes) -> None:
    """Change a file, and the first page with it."""
    (folder / name).write_bytes(content)
    page = parse((folder / PAGE).read_bytes(), Page)
    leaves = (folder / LEAVES).read_bytes().count(b"\n")
    (folder / PAGE).write_bytes(canonical(replace(page, leaves=leaves, files={**page.files, name: digest(content)})))


def lines(folder: Path) -> list[bytes]:
    return (folder / LEAVES).read_bytes().splitlines(keepends=True)


def test_a_leaf_that_was_taken_out_is_missed(deployed: Site) -> None:
    folder = bundle(deployed)
    kept = [line for line in lines(folder) if CaptureOpened.kind.encode() not in line]
    change(folder, LEAVES, b"".join(kept))
    assert {"leaves-cut", "outside-deployment"} <= examine(folder, brought(deployed)).names


def test_a_count_that_was_changed_is_noticed(deployed: Site) -> None:
    folder = bundle(deployed)
    changed = [line.replace(b'"searches":3', b'"searches":30') for line in lines(folder)]
    assert changed != lines(folder)
    change(folder, LEAVES, b"".join(changed))
    assert examine(folder, brought(deployed)).names == {"history-differs"}


def test_a_tail_that_was_cut_off_is_missed_where_a_witness_has_seen_it(deployed: Site) -> None:
    """The device's own head is cut to match: a witness's is brought."""
    deployed.run(40)
    whole = bundle(deployed)
    notes = [read_note(path.read_bytes()) for path in sorted((whole / "cosigned").iterdir())]
    page = parse((whole / PAGE).read_bytes(), Page)
    cut = [name for name in page.files if name.startswith("cosigned/")]
    folder = whole.parent / "cut"
    shutil.copytree(whole, folder)
    change(folder, LEAVES, b"".join(lines(whole)[:3]))
    for name in (*cut, HEAD):
        (folder / name).unlink()
    short = parse((folder / PAGE).read_bytes(), Page)
    files = {name: value for name, value in short.files.items() if name not in (*cut, HEAD)}
    (folder / PAGE).write_bytes(canonical(replace(short, files=files)))
    assert "leaves-cut" not in examine(folder, brought(deployed)).names
    found = examine(folder, replace(brought(deployed), heads=tuple(notes)))
    assert "leaves-cut" in found.names


def test_another_devices_word_is_not_taken(deployed: Site) -> None:
    other = Office()
    found = examine(bundle(deployed), Brought(root=digest(canonical(other.trust_root()))))
    assert found.names >= {"root-other"}


def test_an_authorisation_with_a_forged_signature_is_found_out(deployed: Site) -> None:
    folder = bundle(deployed)
    began = next(event for event in deployed.journal() if isinstance(event, Began))
    name = f"papers/{began.digest}.json"
    signed = parse((folder / name).read_bytes(), Signed)
    first, second = signed.signatures
    forged = replace(signed, signatures=(first, replace(second, signature=first.signature)))
    change(folder, name, canonical(forged))
    assert examine(folder, brought(deployed)).names == {"authorisation-not-signed"}


# What people decided.


def test_a_bundle_of_a_hit_that_was_confirmed_and_held_holds(witnessed: Site) -> None:
    office = witnessed.office
    witnessed.deploy(7)
    witnessed.confirm_presence()
    witnessed.officer_on_scene = True
    witnessed.walk(7, after=1)
    witnessed.run(10)
    (hit,) = witnessed.hits
    decisions.review(witnessed.desk, hit.sealed.id, hit.sealed.sequence, Verdict.CONFIRMED, 12, office.reviewer)
    until = witnessed.clock.now().wall + timedelta(days=40)
    decisions.hold(witnessed.desk, hit.sealed.id, hit.sealed.sequence, until, "case-1", office.officer)
    witnessed.officer_on_scene = False
    witnessed.stop()
    witnessed.run(60)
    report = examined(witnessed)
    assert report.names == frozenset()
    (figures,) = report.deployments
    assert (figures.hits.confirmed, figures.review_seconds) == (1, 12)


def test_a_device_that_its_breaker_stopped_and_the_auditor_agree(witnessed: Site) -> None:
    """Two of four passers-by were false alerts, at one in a hundred: the device stopped, and had to."""
    office = witnessed.office
    witnessed.deploy(7, 8)
    witnessed.confirm_presence()
    witnessed.officer_on_scene = True
    for number, person in enumerate((7, 8, 30, 31)):
        witnessed.walk(person, after=1 + 5 * number)
    witnessed.run(70)
    witnessed.officer_on_scene = False
    for hit in witnessed.hits:
        decisions.review(witnessed.desk, hit.sealed.id, hit.sealed.sequence, Verdict.FALSE, 12, office.reviewer)
    witnessed.run(60)
    report = examined(witnessed)
    assert report.names == frozenset()
    (figures,) = report.deployments
    assert figures.suspended
    assert figures.why == "suspended"
    assert (figures.rate.false, figures.rate.searches) == (2, 4)
