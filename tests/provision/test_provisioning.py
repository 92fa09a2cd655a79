"""A device is provisioned by two custodians, with keys that it made itself, and all at once or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edge import settings
from edge.adapters.provisioned import KEYS, Places, Provisioned
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import Sealing
from edge.provision.commands import WARNING, asked
from edge.wire import enrolment
from edge.wire.signed import digest, payload_of
from hardware_sim.board import BoardSeals
from tests.provision.cast import NOW, Device, bare, everything


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return bare(tmp_path)


def test_a_bare_device_asks_is_answered_and_belongs(device: Device) -> None:
    signed = device.asks()
    assert device.disk.in_force() is None
    found = device.accepts(device.custodians.answer(signed, NOW))
    assert device.disk.in_force() == "epoch-1"
    known = device.settings()
    assert (known.device.site, known.device.name, known.device.epoch) == ("camden", "post-1", "epoch-1")
    assert known.paths.state == device.disk.places.state
    assert (known.broker.host, known.broker.port) == ("192.0.2.7", 8883)
    assert str(known.paths.key) in ("$CREDENTIALS_DIRECTORY/device-key", str(known.paths.key))
    shown = x509.load_pem_x509_certificate(known.broker.certificate.read_bytes())
    assert shown.subject.rfc4514_string() == "CN=camden/post-1"
    assert device.disk.places.drop_in.read_text().endswith("[Service]\nIPAddressAllow=192.0.2.0/24\n")
    assert enrolment.fingerprint(found.trust_root) == device.custodians.read_out()


def test_the_keys_are_made_on_the_device_and_lie_there_sealed(device: Device) -> None:
    signed = device.asks()
    device.accepts(device.custodians.answer(signed, NOW))
    for name in KEYS:
        path = device.disk.places.credential(name)
        assert stat.S_IMODE(path.resolve().stat().st_mode) == 0o600
        assert b"PRIVATE" not in path.read_bytes()
        assert load_pem_private_key(device.seals.unseal(name, path.read_bytes()), None) is not None
    assert not [name for name, raw in everything(device.disk.places.root).items() if b"PRIVATE KEY" in raw]


def test_no_two_devices_and_no_two_requests_have_a_key_in_common(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = bare(tmp_path / "a"), bare(tmp_path / "b")
    requests = [enrolment.asked(one) for one in (first.asks(), second.asks(), second.asks(again=True))]
    assert len({one.key for one in requests}) == len({one.certificate_request for one in requests}) == 3
    assert len({one.nonce for one in requests}) == 3


def test_asking_twice_finds_the_same_request_and_asking_again_makes_another(device: Device) -> None:
    first = device.asks()
    assert device.asks() == first
    assert device.asks(again=True) != first
    with pytest.raises(Misconfigured, match="It has asked to be camden/post-1"):
        device.asks(site="soho")


def test_the_person_on_the_ladder_is_told_who_it_is_what_to_read_out_and_what_comes_next(device: Device) -> None:
    signed = device.asks()
    said = asked(signed, "cam0")
    spoken = enrolment.fingerprint(digest(payload_of(signed)))
    assert len(spoken) == 24
    for words in ("camden/post-1", spoken, "lamppost provision --instance cam0 --accept", WARNING):
        assert words in said


def test_a_tpm_needs_no_warning(tmp_path: Path) -> None:
    device = bare(tmp_path)
    device.seals = BoardSeals(tmp_path / "tpm", Sealing.TPM2)
    said = asked(device.asks(), "cam0")
    assert WARNING not in said
    assert "the TPM of this board" in said


@pytest.mark.parametrize("typed", ["AAAA BBBB CCCC DDDD EEEE", "aaaabbbbccccddddeeee", "aaaa-bbbb cccc-DDDD-eeee"])
def test_a_fingerprint_is_compared_however_it_was_written_down(typed: str) -> None:
    found = "00" * 32
    assert enrolment.fingerprint(found) == "aaaa-aaaa-aaaa-aaaa-aaaa"
    assert not enrolment.same_fingerprint(typed, found)
    assert enrolment.same_fingerprint("AAAAAAAA aaaa-aaaa AAAA", found)
    assert not enrolment.same_fingerprint("aaaa-aaaa-aaaa-aaaa", found)


def test_what_the_place_decides_stands_in_the_settings_too(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    device.accepts(answer, site=b"threads = 3\n[camera]\nwidth = 1280\nheight = 720\n")
    assert (device.settings().threads, device.settings().camera.width) == (3, 1280)


def test_what_was_laid_down_for_the_place_is_taken_where_nobody_names_another(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    device.disk.places.place.write_text("threads = 4\n")
    device.accepts(answer)
    assert device.settings().threads == 4


@pytest.mark.parametrize(
    ("site", "says"),
    [
        (b"[broker]\nhost = 'elsewhere'\n", "name broker"),
        (b"[device]\nepoch = 'other'\n", "name device"),
        (b"[camera]\nwidth = 1281\n", "not valid"),
        (b"[camera\n", "cannot be read"),
        (b"\xff", "cannot be read"),
    ],
)
def test_what_the_place_decides_cannot_change_who_the_device_is(device: Device, site: bytes, says: str) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    before = everything(device.disk.places.root)
    with pytest.raises(Misconfigured, match=says):
        device.accepts(answer, site=site)
    assert everything(device.disk.places.root) == before


def test_a_provisioned_device_is_not_provisioned_again_by_one_person(device: Device) -> None:
    device.provisioned()
    before = everything(device.disk.places.root)
    for again in (False, True):
        with pytest.raises(Misconfigured, match="bring the decision of two custodians"):
            device.asks(again=again)
    assert everything(device.disk.places.root) == before


def test_a_file_in_the_way_of_a_link_is_not_thrown_away(device: Device) -> None:
    answer = device.custodians.answer(device.asks(), NOW)
    place = device.disk.places.settings
    place.write_text("threads = 1\n")
    with pytest.raises(Misconfigured, match="is a file, where a link belongs"):
        device.accepts(answer)
    assert place.read_text() == "threads = 1\n"
    place.unlink()
    device.accepts(answer)


def test_two_instances_of_one_box_share_nothing(device: Device) -> None:
    device.provisioned()
    other = Device(
        device.folder, device.custodians, Provisioned(Places("cam1", device.disk.places.root)), device.seals
    )  # fmt: skip
    answer = other.custodians.answer(other.asks(site="soho"), NOW)
    other.accepts(answer)
    first, second = device.settings(), other.settings()
    assert (first.device.site, second.device.site) == ("camden", "soho")
    assert first.paths.state != second.paths.state
    for name in KEYS:
        keys = {one.disk.places.credential(name).read_bytes() for one in (device, other)}
        assert len(keys) == 2


def test_only_one_process_provisions_an_instance_at_a_time(device: Device) -> None:
    with (
        device.disk.alone(),
        pytest.raises(Misconfigured, match="Somebody else"),
        Provisioned(device.disk.places).alone(),
    ):
        pass


def test_a_device_that_nobody_answered_has_no_settings_and_its_daemon_does_not_start(device: Device) -> None:
    device.asks()
    with pytest.raises(Misconfigured, match="cannot be read"):
        settings.load(device.disk.places.settings)
