"""What is carried up and down the ladder is sound in itself, or it is not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge.control_room.certificates import BenchAuthority
from edge.domain.authority import Signed
from edge.domain.errors import Undecodable
from edge.domain.provisioning import MAX_ANSWER_LIFE, Enrolment, EnrolmentRequest, Objected, Objection
from edge.measure.people import MemoryKey
from edge.provision.asking import request
from edge.wire import certificates, enrolment
from edge.wire.signed import Kind, parse, payload_of, sign, to_base64url
from hardware_sim.board import BoardSeals, Custodians
from tests.provision.cast import NOW


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    made, _ = request(
        BoardSeals(tmp_path / "secret"), site="camden", device="post-1", epoch="epoch-1", previous=None, now=NOW
    )
    return made


def said(signed: Signed) -> EnrolmentRequest:
    return parse(payload_of(signed), EnrolmentRequest)


def test_a_request_is_believed_only_where_its_own_key_signed_it(signed: Signed) -> None:
    assert enrolment.asked(signed) == said(signed)
    with pytest.raises(Undecodable, match="not signed by the key that it names"):
        enrolment.asked(sign(said(signed), Kind.ENROLMENT_REQUEST, MemoryKey()))


def csr(name: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, algorithm).public_bytes(Encoding.DER)


def test_a_certificate_request_is_in_the_devices_name_of_a_known_key_and_signed_by_it(signed: Signed) -> None:
    def read(der: bytes) -> object:
        return certificates.requested(replace(said(signed), certificate_request=to_base64url(der)))

    key = ec.generate_private_key(ec.SECP256R1())
    sound = csr("camden/post-1", key)
    read(sound)
    with pytest.raises(Undecodable, match="in another name"):
        read(csr("camden/post-2", key))
    with pytest.raises(Undecodable, match="not signed by its own EC key"):
        read(csr("camden/post-1", ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(Undecodable, match="not signed by its own EC key"):
        read(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises(Undecodable, match="Not a certificate request"):
        read(b"nothing")


def test_an_authority_or_a_servers_certificate_is_not_a_clients(tmp_path: Path) -> None:
    authority = BenchAuthority(tmp_path)
    now = datetime.now(UTC)
    server, _ = authority.issue("broker", server=True)
    client, _ = authority.issue("client")
    assert certificates.unfit(certificates.read(server.read_text()), now) == "not for clients"
    assert certificates.unfit(certificates.read(client.read_text()), now) == ""
    own = certificates.read(authority.certificate.read_text())
    assert certificates.unfit(own, now) == "an authority's own"
    assert "valid from" in certificates.unfit(certificates.read(client.read_text()), now + timedelta(days=31))
    assert "valid from" in certificates.unfit(certificates.read(client.read_text()), now - timedelta(days=1))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"networks": ("0.0.0.0/0",)}, "every address there is"),
        ({"networks": ("192.0.2.0/24", "::/0")}, "every address there is"),
        ({"networks": ("192.0.2.1/24",)}, "host bits"),
        ({"expires": NOW + MAX_ANSWER_LIFE + timedelta(seconds=1)}, "at most 14 days"),
        ({"expires": NOW}, "at most 14 days"),
        ({"issued": NOW.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_an_answer_lives_a_while_and_allows_some_addresses(
    signed: Signed, tmp_path: Path, fields: dict[str, object], says: str
) -> None:
    answer = Custodians(tmp_path).answer(signed, NOW)
    document = parse(payload_of(answer.enrolment), Enrolment)
    with pytest.raises(ValueError, match=says):
        replace(document, **fields)  # type: ignore[arg-type]


def test_a_wiped_devices_next_epoch_has_a_name_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a name of its own"):
        Custodians(tmp_path).order(NOW, epoch="epoch-2", head=None, following="epoch-2")


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b"\xff", b'{"enrolment":1}', b"[" * 100_000, b" " * 2_000_000])
def test_a_file_that_is_no_answer_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(Objected) as caught:
        enrolment.read_answer(raw)
    assert caught.value.objection is Objection.UNREADABLE


def test_a_trust_root_that_has_run_out_enrols_nobody(signed: Signed, tmp_path: Path) -> None:
    people = Custodians(tmp_path)
    answer = people.answer(signed, NOW)
    document = parse(payload_of(answer.enrolment), Enrolment)
    later = NOW + timedelta(days=400)
    late = replace(document, issued=later - timedelta(days=1), expires=later + timedelta(days=1))
    again = replace(answer, enrolment=sign(late, Kind.ENROLMENT, *people.pair))
    with pytest.raises(Objected) as caught:
        enrolment.believed(again, signed, people.read_out(), later)
    assert caught.value.objection is Objection.OUT_OF_TIME
