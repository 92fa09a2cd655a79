"""From what the socket, TLS and paho say to a trouble with a name."""

from __future__ import annotations

import re
import socket
import ssl
from typing import Final

from edge.domain.link import Trouble

_BY_REASON: Final = {
    "UNSUPPORTED_PROTOCOL": Trouble.TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": Trouble.TLS_VERSION,
    "WRONG_SSL_VERSION": Trouble.TLS_VERSION,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": Trouble.CERTIFICATE_EXPIRED,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": Trouble.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": Trouble.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_BAD_CERTIFICATE": Trouble.CERTIFICATE_REFUSED,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": Trouble.CERTIFICATE_REFUSED,
    "TLSV1_ALERT_UNKNOWN_CA": Trouble.CERTIFICATE_REFUSED,
    "TLSV1_ALERT_DECRYPT_ERROR": Trouble.CERTIFICATE_REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": Trouble.CERTIFICATE_REFUSED,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Trouble.CERTIFICATE_REFUSED,
}
_EXPIRED: Final = 10
"""X509_V_ERR_CERT_HAS_EXPIRED."""
_SSL_IN_LOG: Final = re.compile(r"\[SSL: ([A-Z0-9_]+)\]")


def of_error(error: Exception) -> Trouble:
    """Why an attempt to connect failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.BROKER_EXPIRED if error.verify_code == _EXPIRED else Trouble.BROKER_NOT_BELIEVED
    if isinstance(error, ssl.SSLError):
        return _BY_REASON.get(error.reason or "", Trouble.TLS_FAILED)
    if isinstance(error, TimeoutError):
        return Trouble.TIMED_OUT
    if isinstance(error, socket.gaierror):
        return Trouble.NAME_UNKNOWN
    return Trouble.UNREACHABLE if isinstance(error, OSError) else Trouble.BROKEN


def of_log(line: str) -> Trouble | None:
    """What TLS said, where paho says it to its log alone: a TLS 1.3 broker judges a client after the handshake."""
    found = _SSL_IN_LOG.search(line)
    return None if found is None else _BY_REASON.get(found[1], Trouble.TLS_FAILED)
