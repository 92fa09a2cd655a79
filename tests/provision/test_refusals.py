"""An answer that is not for this very request, device, key and time changes nothing, and each no has its own reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import enrolment
from edge.control_room.certificates import DeviceAuthority
from edge.domain.authority import Role, Signed
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import OBJECTIONS, Answer, BrokerPlace, Enrolment, Objected, Objection
from edge.measure.people import MemoryKey, trust_root
from edge.wire import certificates
from edge.wire.enrolment import asked, fingerprint
from edge.wire.signed import Kind, add_signature, digest, parse, payload_of, sign
from hardware_sim.board import changed, later
from hardware_sim.made_up import CALIBRATION
from tests.provision.cast import NOW, Device, bare, everything

Spoilt = Callable[[Device, Answer], Answer]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return bare(tmp_path)


def _other_device(device: Device) -> Device:
    folder = device.folder / "other"
    folder.mkdir()
    return bare(folder)


def _certificate_of_another(device: Device, answer: Answer) -> Answer:
    other = _other_device(device)
    theirs = other.custodians.answer(other.asks(), NOW)
    return changed(answer, device.custodians, certificate=_certificate(theirs))


def _certificate_in_another_name(device: Device, answer: Answer) -> Answer:
    """For the right key, in the name of the post next to it."""
    request = asked(device.asks())
    people = device.custodians.folder
    authority = DeviceAuthority(people / "devices-ca.pem", people / "devices-ca.key")
    known = certificates.common_name
    neighbour = replace(request, device="post-2")
    key = certificates.requested(request).public_key()
    made = authority.certify(key, known(neighbour.site, neighbour.device), NOW)  # type: ignore[arg-type]
    return changed(answer, device.custodians, certificate=made)


def _certificate(answer: Answer) -> str:
    return parse(payload_of(answer.enrolment), Enrolment).certificate


def _other_root(device: Device, answer: Answer) -> Answer:
    """A trust root of the right custodians, which does not name the device."""
    keys = [(Role.CUSTODIAN, one.public) for one in device.custodians.pair]
    root = sign(trust_root([*keys, (Role.DEVICE, MemoryKey().public)], NOW), Kind.TRUST_ROOT, *device.custodians.pair)
    device.custodians.last = root
    return changed(
        replace(answer, trust_root=root), device.custodians, trust_root=digest(payload_of(root))
    )  # fmt: skip


def _root_of_one(device: Device, answer: Answer) -> Answer:
    root = replace(answer.trust_root, signatures=answer.trust_root.signatures[:1])
    return replace(answer, trust_root=root)


def _signed_by(*signers: MemoryKey) -> Spoilt:
    def spoil(device: Device, answer: Answer) -> Answer:
        payload = changed(answer, device.custodians).enrolment.payload
        bare_of = Signed(payload=payload, signatures=())
        for one in signers or device.custodians.pair[:1]:
            bare_of = add_signature(bare_of, Kind.ENROLMENT, one)
        return replace(answer, enrolment=bare_of)

    return spoil


def _with(**fields: object) -> Spoilt:
    return lambda device, answer: changed(answer, device.custodians, **fields)


CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
SPOILT: dict[str, tuple[Spoilt, Objection]] = {
    "another site": (_with(site="soho"), Objection.OTHER_DEVICE),
    "another device": (_with(device="post-2"), Objection.OTHER_DEVICE),
    "another epoch": (_with(epoch="epoch-9"), Objection.OTHER_DEVICE),
    "another request": (_with(request="0" * 64), Objection.OTHER_REQUEST),
    "another key": (_with(key=MemoryKey().public), Objection.OTHER_KEY),
    "another trust root signed for": (_with(trust_root="0" * 64), Objection.OTHER_ROOT),
    "signed once": (_signed_by(), Objection.NOT_SIGNED),
    "signed by strangers": (_signed_by(MemoryKey(), MemoryKey()), Objection.NOT_SIGNED),
    "a trust root signed once": (_root_of_one, Objection.ROOT_NOT_BELIEVED),
    "a trust root without the device": (_other_root, Objection.ROOT_WITHOUT_DEVICE),
    "a certificate of another key": (_certificate_of_another, Objection.CERTIFICATE_OF_ANOTHER_KEY),
    "a certificate in another name": (_certificate_in_another_name, Objection.CERTIFICATE_OF_ANOTHER_NAME),
    "no certificate": (_with(certificate="nothing"), Objection.CERTIFICATE_UNUSABLE),
    "no authority": (_with(broker=BrokerPlace(host="192.0.2.7", port=1, ca=CA)), Objection.CERTIFICATE_UNUSABLE),
    "a broker out of reach": (_with(networks=("198.51.100.0/24",)), Objection.BROKER_SHUT_OUT),
    "a calibration of a stranger": (
        lambda _, answer: replace(answer, calibration=sign(CALIBRATION, Kind.CALIBRATION, MemoryKey())),
        Objection.CALIBRATION_NOT_BELIEVED,
    ),
    "a decision where no journal ended": (
        lambda device, answer: replace(answer, opening=answer.enrolment),
        Objection.JOURNAL_NOT_BOUND,
    ),
    "not yet": (_with(issued=NOW + timedelta(hours=1), expires=NOW + timedelta(hours=2)), Objection.OUT_OF_TIME),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_answer_is_refused_for_its_own_reason_and_changes_nothing(device: Device, what: str) -> None:
    spoil, objection = SPOILT[what]
    answer = spoil(device, device.custodians.answer(device.asks(), NOW))
    before = everything(device.disk.places.root)
    with pytest.raises(Objected) as caught:
        device.accepts(answer)
    assert caught.value.objection is objection
    assert caught.value.remedy == OBJECTIONS[objection]
    assert everything(device.disk.places.root) == before
    assert device.disk.in_force() is None


def test_an_answer_that_is_too_old_is_refused(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    with pytest.raises(Objected) as caught:
        device.accepts(answer, now=later(NOW))
    assert caught.value.objection is Objection.OUT_OF_TIME


def test_a_certificate_that_has_run_out_is_refused_though_the_answer_has_not(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    ends = NOW + timedelta(days=200)
    long_ago = changed(answer, device.custodians, issued=ends - timedelta(days=1), expires=ends + timedelta(days=1))
    with pytest.raises(Objected) as caught:
        device.accepts(long_ago, now=ends)
    assert caught.value.objection is Objection.CERTIFICATE_UNUSABLE
    assert "valid from" in str(caught.value)


def test_the_trust_root_is_the_one_that_was_read_out_or_nothing_is_believed(device: Device) -> None:
    """A whole force of strangers, with everything in order among themselves."""
    answer = device.custodians.answer(device.asks(), NOW)
    with pytest.raises(Objected) as caught:
        device.accepts(answer, typed=fingerprint("ab" * 32))
    assert caught.value.objection is Objection.OTHER_ROOT


def test_an_answer_to_an_earlier_request_of_the_same_device_is_refused(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    device.asks(again=True)
    with pytest.raises(Objected) as caught:
        device.accepts(answer)
    assert caught.value.objection is Objection.OTHER_KEY


def test_a_device_that_has_asked_nothing_accepts_nothing(device: Device) -> None:
    other = _other_device(device)
    answer = other.custodians.answer(other.asks(), NOW)
    with pytest.raises(Objected) as caught:
        device.accepts(answer, typed=other.custodians.read_out())
    assert caught.value.objection is Objection.NOT_ASKED


def test_keys_that_this_board_did_not_seal_are_lost(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    (device.disk.places.root / "secret").write_bytes(b"\0" * 32)
    with pytest.raises(Objected) as caught:
        device.accepts(answer)
    assert caught.value.objection is Objection.KEYS_LOST


def test_sealed_keys_that_were_exchanged_for_others_are_noticed(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    other = _other_device(device)
    other.seals = device.seals
    other.asks()
    for name in ("device-key", "tls-key"):
        kept = (device.disk.places.coming / name).read_bytes()
        (device.disk.places.coming / name).write_bytes((other.disk.places.coming / name).read_bytes())
        with pytest.raises(Objected) as caught:
            device.accepts(answer)
        assert caught.value.objection is Objection.OTHER_KEY
        (device.disk.places.coming / name).write_bytes(kept)
    device.accepts(answer)


def test_every_objection_has_a_remedy_of_its_own() -> None:
    assert set(OBJECTIONS) == set(Objection)
    assert len(set(OBJECTIONS.values())) == len(OBJECTIONS)


def test_custodians_do_not_sign_for_a_device_that_read_out_something_else(device: Device) -> None:
    signed = device.asks()
    enrolment.compared(signed, fingerprint(digest(payload_of(signed))))
    with pytest.raises(Misconfigured, match="Do not sign"):
        enrolment.compared(signed, fingerprint("ab" * 32))
