"""What a broker lets one end of the wire do, and what stands between the two. Closed sets: health counts them."""

from __future__ import annotations

import enum


class Leave(enum.Enum):
    """Whether the broker lets this end do something, as far as it has said."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    REFUSED = "refused"


class Trouble(enum.Enum):
    """Why there was no connection, why one ended, or why new certificate files are not used."""

    NAME_UNKNOWN = "name-unknown"
    """The broker's host name is not found."""
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    """Network or TLS handshake took too long."""
    TLS_VERSION = "tls-version"
    """The broker does not speak TLS 1.3."""
    TLS_FAILED = "tls-failed"
    BROKER_NOT_BELIEVED = "broker-not-believed"
    """Its certificate is of another authority, or for another name."""
    BROKER_EXPIRED = "broker-expired"
    CERTIFICATE_REFUSED = "certificate-refused"
    """The broker does not believe this end's certificate."""
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CERTIFICATE_UNREADABLE = "certificate-unreadable"
    """The file of the certificate or of its key is missing, half-written or no PEM."""
    PAIR_MISMATCHED = "pair-mismatched"
    """Certificate and key do not belong together: perhaps only one of them has been replaced."""
    AUTHORITY_UNREADABLE = "authority-unreadable"
    REFUSED = "refused"
    """The broker answered, and said no: see its reason code."""
    ENDED = "ended"
    """The broker ended the connection with a reason code."""
    CUT = "cut"
    """The connection ended without a word."""
    SILENT = "silent"
    """The broker did not answer in time, though the connection looked whole."""
    OVERSIZED = "oversized"
    """The broker sent more in one packet than this end had said that it takes."""
    BROKEN = "broken"
    """What the broker sent is no MQTT."""
