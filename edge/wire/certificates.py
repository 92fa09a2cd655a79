"""The certificate of a device's connection: what is asked for, and whether what was issued is for this device.

A certificate gives a connection and no authority. Its common name, ``<site>/<device>``, is what a broker's access list
goes by, so a certificate in another name would be another device's topics.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.domain.authority import Name
from edge.domain.errors import Undecodable
from edge.domain.provisioning import EnrolmentRequest
from edge.wire.signed import from_base64url, to_base64url

_FAULTS = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.InvalidVersion)


def common_name(site: Name, device: Name) -> str:
    """Of the device's certificate."""
    return f"{site}/{device}"


def request(key: ec.EllipticCurvePrivateKey, site: Name, device: Name) -> str:
    """A PKCS #10 request (RFC 2986) for a client's certificate in the device's name, DER in base64url."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name(site, device))])
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return to_base64url(made.public_bytes(Encoding.DER))


def requested(said: EnrolmentRequest) -> x509.CertificateSigningRequest:
    """The certificate request: signed by its own key, in the device's name. Raises Undecodable."""
    try:
        found = x509.load_der_x509_csr(from_base64url(said.certificate_request))
        names = [str(one.value) for one in found.subject]
        key, sound = found.public_key(), found.is_signature_valid
    except _FAULTS as error:
        raise Undecodable(f"Not a certificate request: {error}.", "Have the device ask again.") from error
    if not sound or not isinstance(key, ec.EllipticCurvePublicKey):
        raise Undecodable("The certificate request is not signed by its own EC key.", "Have the device ask again.")
    if names != [common_name(said.site, said.device)]:
        raise Undecodable("The certificate request is in another name.", "Have the device ask again.")
    return found


def read(pem: str) -> x509.Certificate:
    """The first certificate of a PEM text. Raises Undecodable where any of it is none."""
    try:
        return x509.load_pem_x509_certificates(pem.encode("ascii"))[0]
    except _FAULTS as error:
        raise Undecodable(f"Not a certificate in PEM: {error}.", "Give the authority's own output.") from error


def key_of(found: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """The public key, in the one spelling that two can be compared by. Raises Undecodable for an unknown kind."""
    try:
        return public_bytes(found.public_key())
    except _FAULTS as error:
        raise Undecodable(f"Not a known kind of key: {error}.", "Have it issued for the request.") from error


def public_bytes(key: Any) -> bytes:  # noqa: ANN401
    """A public key of any kind."""
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def as_pem(said: EnrolmentRequest) -> bytes:
    """A certificate request as other authorities want it. Raises Undecodable."""
    return requested(said).public_bytes(Encoding.PEM)


def name_of(found: x509.Certificate) -> str:
    """The common name; of several, or none, what nobody is called."""
    try:
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except _FAULTS:
        return ""
    return str(names[0].value) if len(names) == 1 else ""


def unfit(found: x509.Certificate, now: datetime) -> str:
    """Why a client could not use it at this time, in words; empty where it could."""
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        return f"valid from {found.not_valid_before_utc:%Y-%m-%d %H:%M}Z to {found.not_valid_after_utc:%Y-%m-%d %H:%M}Z"
    try:
        extensions = found.extensions
    except _FAULTS as error:
        return f"its extensions cannot be read: {error}"
    for extension in extensions:
        if (
            isinstance(extension.value, x509.ExtendedKeyUsage)
            and ExtendedKeyUsageOID.CLIENT_AUTH not in extension.value
        ):
            return "not for clients"
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            return "an authority's own"
    return ""
