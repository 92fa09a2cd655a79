"""What a simulated device and its custodians need for provisioning: a board that seals, and people who answer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge.control_room import enrolment
from edge.control_room.certificates import DeviceAuthority
from edge.control_room.enrolment import Papers
from edge.domain.authority import Role, Signed
from edge.domain.custody import NewEpoch
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import Answer, BrokerPlace, Enrolment, EnrolmentRequest, Head, Reprovisioning, Sealing
from edge.measure.people import MemoryKey, trust_root
from edge.wire.enrolment import asked, fingerprint
from edge.wire.signed import Kind, digest, parse, payload_of, sign
from hardware_sim.made_up import CALIBRATION

NONCE = 12


class BoardSeals:
    """Seals with a key in a file, as a board without a TPM does; for tests where there is no ``systemd-creds``."""

    def __init__(self, path: Path, kind: Sealing = Sealing.HOST) -> None:
        self._path, self._kind = path, kind

    def kind(self) -> Sealing:
        """What it was made as."""
        return self._kind

    def seal(self, name: str, secret: bytes, kind: Sealing) -> bytes:
        """Under a name, by a key that is made at the first use."""
        if not self._path.exists():
            self._path.write_bytes(ChaCha20Poly1305.generate_key())
        nonce = os.urandom(NONCE)
        return nonce + ChaCha20Poly1305(self._path.read_bytes()).encrypt(nonce, secret, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Raises Misconfigured for another board's, or another name's."""
        try:
            return ChaCha20Poly1305(self._path.read_bytes()).decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        except (OSError, InvalidTag, ValueError) as error:
            raise Misconfigured("It was not sealed here.", "Use the board that sealed it.") from error


@dataclass(slots=True)
class Custodians:
    """Two custodians, an evaluator, and the devices' authority, in a folder."""

    folder: Path
    pair: tuple[MemoryKey, MemoryKey] = field(default_factory=lambda: (MemoryKey(), MemoryKey()))
    evaluator: MemoryKey = field(default_factory=MemoryKey)
    others: tuple[tuple[Role, str], ...] = ()
    """More keys that trust roots name."""
    version: int = 0
    last: Signed | None = None
    broker: BrokerPlace | None = None
    """Another than the one that is made up."""
    networks: tuple[str, ...] = ("192.0.2.0/24",)

    def root(self, request: EnrolmentRequest, now: datetime) -> Signed:
        """The next trust root, with the device's key in it."""
        self.version += 1
        keys = [
            *((Role.CUSTODIAN, one.public) for one in self.pair), (Role.EVALUATOR, self.evaluator.public),
            (Role.DEVICE, request.key), *self.others,
        ]  # fmt: skip
        self.last = sign(trust_root(keys, now, version=self.version), Kind.TRUST_ROOT, *self.pair)
        return self.last

    def answer(self, signed: Signed, now: datetime, opening: Signed | None = None) -> Answer:
        """Signed by both."""
        request = asked(signed)
        if opening is None and request.previous is not None:
            opening = self.opening(request, now)
        authority = DeviceAuthority(self.folder / "devices-ca.pem", self.folder / "devices-ca.key")
        papers = Papers(self.root(request, now), sign(CALIBRATION, Kind.CALIBRATION, self.evaluator), opening)
        ca = (self.folder / "devices-ca.pem").read_text()
        broker = self.broker or BrokerPlace(host="192.0.2.7", port=8883, ca=ca)
        certificate = authority.issue(request, now)
        first = enrolment.answer(signed, papers, certificate, broker, self.networks, now, self.pair[0])
        return enrolment.agreed(first, self.pair[1])

    def read_out(self) -> str:
        """The fingerprint of the last trust root."""
        assert self.last is not None
        return fingerprint(digest(payload_of(self.last)))

    def opening(self, request: EnrolmentRequest, now: datetime) -> Signed:
        """The decision on the new epoch, which binds the journal that ended."""
        head = request.previous
        assert head is not None
        document = NewEpoch(
            site=request.site, device=request.device, epoch=request.epoch, previous_origin=head.origin,
            previous_size=head.size, previous_root=head.root, reason="decision-7", decided=now,
        )  # fmt: skip
        return sign(document, Kind.NEW_EPOCH, *self.pair)

    def order(self, now: datetime, *, epoch: str, head: Head | None, following: str = "epoch-2") -> Reprovisioning:
        """The decision that a device is wiped, not signed yet."""
        return Reprovisioning(
            site="camden", device="post-1", epoch=epoch, next_epoch=following, head=head, reason="decision-6",
            decided=now,
        )  # fmt: skip

    def wipe(self, order: Reprovisioning, *signers: MemoryKey) -> Signed:
        """Signed by both, or by whoever is named."""
        return sign(order, Kind.REPROVISIONING, *(signers or self.pair))


def later(now: datetime) -> datetime:
    """When an answer that was signed at ``now`` is not valid any more."""
    return now + enrolment.LIFE + timedelta(seconds=1)


def changed(answer: Answer, custodians: Custodians, **fields: object) -> Answer:
    """The same answer with some of its fields changed, and signed again by both."""
    said = parse(payload_of(answer.enrolment), Enrolment)
    document = replace(said, **fields)  # type: ignore[arg-type]
    return replace(answer, enrolment=sign(document, Kind.ENROLMENT, *custodians.pair))
