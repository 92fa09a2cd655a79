"""The link's certificate, key and authority: watched, and replaced without a restart.

Files are replaced one after the other, and some tools write into them in place. So a new set is tried only when it has
looked the same twice in a row, and used only when certificate and key belong together; until then the old one, which is
in memory, goes on. What is wrong with the files is said in health.

TLS 1.3 is the lowest and the highest version that is spoken (RFC 8446). An expired certificate is no reason not to try:
it is the broker that decides, and this device's clock that may be wrong.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509

from edge.adapters.mqtt.broker import Broker
from edge.domain.errors import Misconfigured
from edge.domain.link import Trouble

_Look: TypeAlias = "tuple[tuple[int, int, int], ...] | None"
"""Inode, time of change and size of each file; None where one is missing."""


class Unusable(Exception):
    """Files of which no use can be made."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Loaded:
    """One set of files, read."""

    context: ssl.SSLContext
    not_before: datetime
    not_after: datetime


class Certificates:
    """The set in use, and what stands in the files. For one thread, but for what health reads."""

    def __init__(self, broker: Broker) -> None:
        """Raises Misconfigured where the files cannot be used at the start."""
        self._files = (broker.ca, broker.certificate, broker.key)
        self._used = self._seen = self._look()
        self.trouble: Trouble | None = None
        """Why what stands in the files is not used, where it is not."""
        try:
            self._loaded = _load(*self._files)
        except Unusable as error:
            named = ", ".join(str(path) for path in self._files)
            raise Misconfigured(
                f"The broker's certificates {named} cannot be used: {error}.",
                "Name a PEM authority, certificate and matching key.",
            ) from error

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection."""
        return self._loaded.context

    @property
    def ends(self) -> datetime:
        """When the certificate in use does."""
        return self._loaded.not_after

    def renewed(self) -> bool:
        """Look at the files. True where a new set has been taken into use."""
        look, before = self._look(), self._seen
        self._seen = look
        if look == self._used:
            self.trouble = None
            return False
        if look != before:
            return False
        try:
            loaded = _load(*self._files)
        except Unusable as error:
            self.trouble = error.trouble
            return False
        if self._look() != look:
            return False
        self._loaded, self._used, self.trouble = loaded, look, None
        return True

    def lapsed(self, now: datetime) -> Trouble | None:
        """Whether the certificate in use is out of its time."""
        if now > self._loaded.not_after:
            return Trouble.CERTIFICATE_EXPIRED
        return Trouble.CERTIFICATE_NOT_YET_VALID if now < self._loaded.not_before else None

    def counters(self, now: datetime | None = None) -> dict[str, int]:
        """Whole days until the certificate in use expires (negative: since), and what is wrong with it or the files."""
        now = now or datetime.now(UTC)
        counts = {"link-certificate-days": (self._loaded.not_after - now) // timedelta(days=1)}
        counts |= {f"link-files-{trouble.value}": 1 for trouble in (self.trouble, self.lapsed(now)) if trouble}
        return counts

    def _look(self) -> _Look:
        try:
            found = [path.stat() for path in self._files]
        except OSError:
            return None
        return tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in found)


def _load(ca: Path, certificate: Path, key: Path) -> Loaded:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(ca)
    except (OSError, ValueError) as error:
        raise Unusable(Trouble.AUTHORITY_UNREADABLE, f"{ca}: {error}") from error
    try:
        context.load_cert_chain(certificate, key, password="")  # nobody is there to be asked for one
        shown = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError) as error:
        mismatched = isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH"
        trouble = Trouble.PAIR_MISMATCHED if mismatched else Trouble.CERTIFICATE_UNREADABLE
        raise Unusable(trouble, f"{certificate}, {key}: {error}") from error
    return Loaded(context, shown.not_valid_before_utc, shown.not_valid_after_utc)
