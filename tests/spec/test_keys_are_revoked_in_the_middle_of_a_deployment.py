"""Custodians decide whose signature counts; what they take back is void at once, and stays so after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.authority import PinnedKey, Role, Signed, TrustRoot
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import BrokerLost, Misconfigured
from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.device import Booted, TrustRotated
from edge.domain.orders import Trust, Verb
from edge.safeguards import papers
from edge.wire.signed import digest, payload_of
from hardware_sim.office import MemoryKey, Office
from hardware_sim.site import Site


def following(office: Office, *dropped: MemoryKey, **fields: object) -> TrustRoot:
    """The next trust root, without some keys; in the place of each, one of somebody else."""
    root = office.trust_root()
    gone = {key.public for key in dropped}
    keys = tuple(replace(one, key=MemoryKey().public) if one.key in gone else one for one in root.keys)
    return replace(root, version=2, keys=keys, **fields)  # type: ignore[arg-type]


def rotate(site: Site, signed: Signed) -> None:
    site.desk.order(Verb.TRUST, Trust(root=signed), site.office.operator)


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


@pytest.mark.parametrize("role", ["officer", "second", "evaluator", "device_key"])
def test_a_deployment_ends_when_one_who_stands_for_it_is_revoked(watching: Site, role: str) -> None:
    memory = watching.device.host.buffers[-1]
    watching.walk(7)
    rotate(watching, watching.office.signed_root(following(watching.office, getattr(watching.office, role))))
    assert watching.device.daemon.gate.believed is None
    assert not watching.camera.is_open
    assert not any(memory.view)
    assert ends(watching) == [EndReason.REVOKED]
    watching.run(6)
    assert watching.hits == []


def test_it_goes_on_when_somebody_else_is_revoked(watching: Site) -> None:
    office = watching.office
    rotate(watching, office.signed_root(following(office, office.urgent, office.independent, office.reviewer)))
    watching.walk(7)
    watching.run(6)
    assert watching.condition is Condition.ACTIVE
    assert len(watching.hits) == 1


def test_the_lease_of_a_revoked_presence_key_is_void_and_the_camera_shuts(watching: Site) -> None:
    office = watching.office
    watching.officer_on_scene = False
    rotate(watching, office.signed_root(following(office, office.presence)))
    assert watching.condition is Condition.PAUSED
    assert watching.reasons == ("no-presence",)
    watching.run(0.2)
    assert not watching.camera.is_open
    with pytest.raises(BrokerLost, match="No answer"):
        watching.confirm_presence()
    assert watching.condition is Condition.PAUSED


def test_the_lease_of_an_officer_who_is_still_believed_goes_on(watching: Site) -> None:
    rotate(watching, watching.office.signed_root(following(watching.office, watching.office.operator)))
    assert watching.condition is Condition.ACTIVE


def test_a_revoked_operator_may_order_nothing_more(watching: Site) -> None:
    office = watching.office
    rotate(watching, office.signed_root(following(office, office.operator)))
    with pytest.raises(BrokerLost, match="No answer"):
        deploy.status(watching.desk, office.operator)


def test_an_authorisation_signed_with_a_revoked_key_does_not_begin(site: Site) -> None:
    site.run(1)
    rotate(site, site.office.signed_root(following(site.office, site.office.officer)))
    with pytest.raises(Refused, match="unknown-key"):
        site.deploy(7)


def test_a_revoked_key_stays_revoked_after_a_restart(site: Site) -> None:
    site.run(1)
    signed = site.office.signed_root(following(site.office, site.office.officer))
    rotate(site, signed)
    site.power_cut()
    site.run(1)
    with pytest.raises(Refused, match="unknown-key"):
        site.deploy(7)
    name = digest(payload_of(signed))
    assert TrustRotated(version=2, digest=name) in site.journal()
    assert [event.trust_root for event in site.journal() if isinstance(event, Booted)][-1] == name
    kept = papers.find(site.device.store, name)
    assert kept is not None
    assert kept.payload == signed.payload


def test_every_version_follows_the_one_before_and_the_chain_is_walked_again_at_a_start(site: Site) -> None:
    site.run(1)
    office = site.office
    second = following(office, office.urgent)
    rotate(site, office.signed_root(second))
    rotate(site, office.signed_root(replace(second, version=3)))
    site.power_cut()
    site.run(1)
    assert deploy.status(site.desk, office.operator)
    with pytest.raises(Refused, match="trust-root-old"):
        rotate(site, office.signed_root(replace(second, version=5)))
    with pytest.raises(Refused, match="trust-root-old"):
        rotate(site, office.signed_root(second))


def test_the_newest_one_again_changes_nothing(site: Site) -> None:
    site.run(1)
    signed = site.office.signed_root(following(site.office))
    rotate(site, signed)
    rotate(site, signed)
    assert sum(isinstance(event, TrustRotated) for event in site.journal()) == 1


def test_the_quorum_before_and_the_quorum_after_must_both_agree(site: Site) -> None:
    site.run(1)
    office, new = site.office, (MemoryKey(), MemoryKey())
    root = following(office, *office.custodians)
    keys = [one for one in root.keys if one.role is not Role.CUSTODIAN]
    keys += [PinnedKey(role=Role.CUSTODIAN, key=key.public) for key in new]
    root = replace(root, keys=tuple(keys))
    for signers in (office.custodians, new, (office.custodians[0], *new), (*office.custodians, new[0])):
        with pytest.raises(Refused, match="not-signed"):
            rotate(site, office.signed_root(root, *signers))
    with pytest.raises(Refused, match="unknown-key"):
        rotate(site, office.signed_root(root, *office.custodians, *new, MemoryKey()))
    rotate(site, office.signed_root(root, *office.custodians, *new))
    # From now on the new custodians alone decide.
    with pytest.raises(Refused, match="not-signed"):
        rotate(site, office.signed_root(replace(root, version=3), *office.custodians))
    rotate(site, office.signed_root(replace(root, version=3), *new))


def test_one_custodian_decides_nothing_however_often(site: Site) -> None:
    site.run(1)
    first = site.office.custodians[0]
    for signers, says in (((first,), "not-signed"), ((first, first), "same-role-twice")):
        with pytest.raises(Refused, match=says):
            rotate(site, site.office.signed_root(following(site.office), *signers))


def test_a_trust_root_for_tests_stays_one_and_an_expired_one_is_not_taken_in(site: Site) -> None:
    site.run(1)
    office = site.office
    with pytest.raises(Refused, match="not-a-test"):
        rotate(site, office.signed_root(following(office, test=False)))
    with pytest.raises(Refused, match="trust-root-expired"):
        rotate(site, office.signed_root(following(office, expires=site.clock.now().wall)))


def test_when_the_trust_root_expires_what_runs_ends_and_only_a_newer_one_helps(watching: Site) -> None:
    office = watching.office
    soon = watching.clock.now().wall + timedelta(seconds=20)
    rotate(watching, office.signed_root(following(office, expires=soon)))
    watching.run(15)
    assert watching.condition is Condition.ACTIVE
    watching.run(6)
    assert watching.condition is Condition.IDLE
    assert ends(watching) == [EndReason.REVOKED]
    with pytest.raises(Refused, match="trust-root-expired"):
        watching.deploy(7)
    rotate(watching, office.signed_root(replace(following(office), version=3)))
    watching.deploy(7)


def test_a_policy_that_newly_asks_for_a_third_signature_ends_what_lacks_it(watching: Site) -> None:
    office = watching.office
    rotate(watching, office.signed_root(following(office, policy=replace(office.policy, independent=True))))
    assert ends(watching) == [EndReason.REVOKED]
    with pytest.raises(Refused, match="not-signed"):
        watching.deploy(7)


def test_a_device_whose_evaluator_was_revoked_does_not_start_again_before_another_has_signed(site: Site) -> None:
    site.run(1)
    office, other = site.office, MemoryKey()
    root = following(office, office.evaluator)
    root = replace(root, keys=(*root.keys, PinnedKey(role=Role.EVALUATOR, key=other.public)))
    rotate(site, office.signed_root(root))
    with pytest.raises(Refused, match="revoked"):
        site.deploy(7)
    with pytest.raises(AssertionError):
        site.power_cut()
    site.evaluator = other
    site.power_cut()
    site.run(1)
    site.deploy(7)


def test_a_store_whose_trust_root_does_not_follow_from_the_file_is_refused(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.run(1)
    rotate(site, site.office.signed_root(following(site.office)))
    strangers = Office()
    site.provisioned = strangers.signed_root()
    with pytest.raises(Misconfigured, match="does not follow"):
        site.power_cut()


def test_a_newer_file_counts_and_an_older_one_changes_nothing(site: Site) -> None:
    site.run(1)
    office = site.office
    first, second = office.signed_root(), office.signed_root(following(office, office.officer))
    rotate(site, second)
    third = office.signed_root(replace(following(office, office.second), version=3))
    for file, expected in ((first, second), (second, second), (third, third)):
        site.provisioned = file
        site.power_cut()
        booted = [event for event in site.journal() if isinstance(event, Booted)]
        assert booted[-1].trust_root == digest(payload_of(expected))
    other = replace(following(office, office.urgent), organisation="Somebody else")
    site.provisioned = office.signed_root(other)
    with pytest.raises(Misconfigured, match="Another trust root of version 2"):
        site.power_cut()
