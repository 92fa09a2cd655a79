"""A threshold comes from a calibration that the pinned evaluator signed, and from no other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge import assemble, machine, settings
from edge.domain.authority import Signature
from edge.domain.errors import Misconfigured, Reason, Refusal
from edge.safeguards.verify import Evidence, Keys, evidence
from edge.wire.signed import Kind, canonical, digest, key_id, sign, to_base64url
from hardware_sim.bench import Bench
from hardware_sim.office import MemoryKey, Office
from hardware_sim.site import CALIBRATION, Site


@pytest.fixture
def office() -> Office:
    return Office()


def test_the_evaluators_table_is_believed_and_named_by_its_digest(office: Office) -> None:
    signed = sign(CALIBRATION, Kind.CALIBRATION, office.evaluator)
    found = evidence(signed, Keys(office.trust_root()))
    assert found == Evidence(CALIBRATION, digest(canonical(CALIBRATION)), signed, key_id(office.evaluator.public))


def test_nobody_elses_is(office: Office) -> None:
    keys = Keys(office.trust_root())
    for signer in (office.officer, office.second, office.operator, office.presence, office.device_key):
        found = evidence(sign(CALIBRATION, Kind.CALIBRATION, signer), keys)
        assert isinstance(found, Refusal)
        assert found.reason is Reason.WRONG_ROLE
    stranger = evidence(sign(CALIBRATION, Kind.CALIBRATION, MemoryKey()), keys)
    assert isinstance(stranger, Refusal)
    assert stranger.reason is Reason.UNKNOWN_KEY


def test_a_changed_table_is_refused(office: Office) -> None:
    keys, signed = Keys(office.trust_root()), sign(CALIBRATION, Kind.CALIBRATION, office.evaluator)
    looser = replace(CALIBRATION, points=tuple(replace(p, score=p.score - Decimal("0.1")) for p in CALIBRATION.points))
    found = evidence(replace(signed, payload=to_base64url(canonical(looser))), keys)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.BAD_SIGNATURE


def test_neither_an_unsigned_nor_another_document_passes(office: Office) -> None:
    keys = Keys(office.trust_root())
    bare = evidence(replace(sign(CALIBRATION, Kind.CALIBRATION, office.evaluator), signatures=()), keys)
    assert isinstance(bare, Refusal)
    assert bare.reason is Reason.NOT_SIGNED
    for kind, noun in ((Kind.ORDER, CALIBRATION), (Kind.CALIBRATION, office.trust_root())):
        other = evidence(sign(noun, kind, office.evaluator), keys)
        assert isinstance(other, Refusal)
        assert other.reason is Reason.MALFORMED
    rubbish = replace(
        sign(CALIBRATION, Kind.CALIBRATION, office.evaluator), signatures=(Signature(protected="e30", signature="AA"),)
    )
    assert isinstance(evidence(rubbish, keys), Refusal)


def test_the_daemon_does_not_start_without(tmp_path: Path, models: Path) -> None:
    """With the real models and files: an unsigned table, then one that somebody else signed."""
    shipped = settings.shared("calibration.json")
    bench = Bench.make(tmp_path / "bench", models=models, calibration=shipped)
    configured = settings.load(bench.config)
    (tmp_path / "site").mkdir()
    world = machine.equipped(configured, kept=True, camera=Site(tmp_path / "site").device.camera)
    bench.calibration.write_bytes(shipped.read_bytes())
    with pytest.raises(Misconfigured, match="is not signed"):
        assemble.daemon(configured, world)
    bench.calibration.write_bytes(canonical(sign(CALIBRATION, Kind.CALIBRATION, MemoryKey())))
    with pytest.raises(Misconfigured, match="is not believed: unknown-key"):
        assemble.daemon(configured, world)
