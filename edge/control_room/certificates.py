"""Certificate authorities: one for a bench, and one for the devices of whoever has no other.

Certificates give a connection, never authority: that is what signatures are for.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.control_room.keyring import write_new
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import EnrolmentRequest
from edge.wire import certificates

LIFE = timedelta(days=30)
BACKDATED = timedelta(minutes=5)
DEVICE_LIFE = timedelta(days=90)
AUTHORITY_LIFE = timedelta(days=3650)


class BenchAuthority:
    """One authority whose private key is never written anywhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name("lamppost bench authority")
        self._certificate = _own(_builder(name, name, self._key.public_key()), self._key).sign(
            self._key, hashes.SHA256()
        )
        write_new(folder / "ca.pem", self._certificate.public_bytes(Encoding.PEM), 0o644)

    @property
    def certificate(self) -> Path:
        """The authority's certificate."""
        return self._folder / "ca.pem"

    def issue(self, common_name: str, *, server: bool = False, now: datetime | None = None) -> tuple[Path, Path]:
        """A certificate for a client, or for a server on this machine. Returns its path and its key's.

        It is valid for :data:`LIFE` from ``now``, which is this instant where it is not given.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        fresh = _builder(_name(common_name), self._certificate.subject, key.public_key(), now)
        builder = _client(fresh, use, self._key)
        if server:
            here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(here), critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        base = self._folder / common_name.replace("/", ".")
        certificate, private = base.with_name(base.name + ".pem"), base.with_name(base.name + ".key")
        write_new(certificate, signed.public_bytes(Encoding.PEM), 0o644)
        write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        return certificate, private


class DeviceAuthority:
    """The devices' authority of a force that has none: a key and a certificate in files, made where neither is.

    It issues what a device asked for, in the one form that a broker's access list goes by, and nothing else.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read both. Raises Misconfigured where only one is there, or they cannot be used."""
        if not certificate.exists() and not key.exists():
            _make_authority(certificate, key)
        try:
            private = load_pem_private_key(key.read_bytes(), password=None)
            self._certificate = x509.load_pem_x509_certificate(certificate.read_bytes())
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Misconfigured(f"The authority {certificate}, {key} cannot be used: {error}.", "Name both.") from error
        if (
            not isinstance(private, ec.EllipticCurvePrivateKey)
            or private.public_key() != self._certificate.public_key()
        ):
            raise Misconfigured(f"{key} is not the key of {certificate}.", "Name the authority's own, an EC key.")
        self._key = private

    def issue(self, request: EnrolmentRequest, now: datetime) -> str:
        """A certificate for a device's connection, in PEM. Raises Undecodable where its request is not sound."""
        key = certificates.requested(request).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return self.certify(key, certificates.common_name(request.site, request.device), now)

    def certify(self, key: ec.EllipticCurvePublicKey, common_name: str, now: datetime) -> str:
        """A client's certificate for a key, in PEM."""
        fresh = _builder(_name(common_name), self._certificate.subject, key, now, DEVICE_LIFE)
        made = _client(fresh, ExtendedKeyUsageOID.CLIENT_AUTH, self._key).sign(self._key, hashes.SHA256())
        return made.public_bytes(Encoding.PEM).decode()


def _make_authority(certificate: Path, key: Path) -> None:
    private, name = ec.generate_private_key(ec.SECP256R1()), _name("lamppost devices")
    made = _own(_builder(name, name, private.public_key(), life=AUTHORITY_LIFE), private).sign(private, hashes.SHA256())
    write_new(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    write_new(certificate, made.public_bytes(Encoding.PEM), 0o644)


def _own(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """An authority's own."""
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(key_id, critical=False)
    )


def _client(
    builder: x509.CertificateBuilder, use: x509.ObjectIdentifier, issuer: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:  # fmt: skip
    """One that an authority issues."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(authority, critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime | None = None,
    life: timedelta = LIFE,
) -> x509.CertificateBuilder:
    now = now or datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
