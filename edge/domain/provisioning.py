"""How a device comes to belong to a force: what it asks, what custodians answer, and what lets it be done anew."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count, Digest, Identifier, Key, Name, Signed
from edge.domain.errors import LamppostError

MAX_ANSWER_LIFE: Final = timedelta(days=14)
"""How long an answer may wait for somebody to climb the ladder."""

RequestBytes = Annotated[
    str, Meta(min_length=1, max_length=4096, pattern=r"^[A-Za-z0-9_-]+\Z", description="PKCS #10, DER, base64url.")
]
Pem = Annotated[str, Meta(min_length=1, max_length=32768, pattern=r"^[\x20-\x7e\n]+\Z")]
Host = Annotated[str, Meta(max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?\Z")]
Network = Annotated[str, Meta(max_length=49, pattern=r"^[0-9a-f.:]+/[0-9]{1,3}\Z", description="Such as 192.0.2.0/24.")]


class Sealing(enum.Enum):
    """What the device's keys are sealed with where they lie."""

    TPM2 = "tpm2"
    """A TPM 2.0 of this very board, and a key of its disk besides."""
    HOST = "host-key"
    """A key on the same disk: whoever has the whole disk has the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last head that a journal signed, as far as anybody knows."""

    origin: Annotated[str, Meta(max_length=160)]
    size: Count
    root: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """What a device asks, signed with the key that it has just made."""

    site: Name
    device: Name
    epoch: Identifier
    nonce: Key
    """32 random bytes, so that no answer to an earlier request passes for one to this."""
    key: Key
    """That the device signs with from now on."""
    certificate_request: RequestBytes
    """For the key of its connection."""
    sealing: Sealing
    previous: Head | None
    """Of the journal that ended here, which the new one's first leaf must bind. None: there is none to bind."""
    made: datetime

    def __post_init__(self) -> None:
        if self.made.tzinfo is None:
            raise ValueError("instants need a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPlace:
    """Where the broker is, and who vouches for it."""

    host: Host
    port: Annotated[int, Meta(ge=1, le=65535)]
    ca: Pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What custodians answer: that this device, with these keys, is theirs."""

    site: Name
    device: Name
    epoch: Identifier
    request: Digest
    """Of the request's signed payload: with it this very request's nonce and both its keys."""
    key: Key
    trust_root: Digest
    """Of the signed payload of the trust root that the device pins."""
    certificate: Pem
    """For its connection; its own first, then those between it and the authority."""
    broker: BrokerPlace
    networks: Annotated[tuple[Network, ...], Meta(min_length=1, max_length=32)]
    """All that the device may ever exchange packets with."""
    issued: datetime
    expires: datetime
    """Until when it may be accepted."""

    def __post_init__(self) -> None:
        if self.issued.tzinfo is None or self.expires.tzinfo is None:
            raise ValueError("instants need a time zone")
        if not timedelta(0) < self.expires - self.issued <= MAX_ANSWER_LIFE:
            raise ValueError("an answer lives at most 14 days")
        for network in self.networks:
            if not ip_network(network).prefixlen:
                raise ValueError(f"{network} is every address there is")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprovisioning:
    """That custodians, two at least, want a device's keys, list and journal wiped, and it to ask anew."""

    site: Name
    device: Name
    epoch: Identifier
    """The one that ends."""
    next_epoch: Identifier
    head: Head | None
    """The last of the journal that was exported before. None: the journal is lost."""
    reason: Identifier
    """Reference of the decision, opaque."""
    decided: datetime

    def __post_init__(self) -> None:
        if self.decided.tzinfo is None:
            raise ValueError("instants need a time zone")
        if self.epoch == self.next_epoch:
            raise ValueError("a new epoch has a name of its own")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One file to carry up the ladder: the answer, and the documents that the device pins."""

    enrolment: Signed
    trust_root: Signed
    calibration: Signed
    opening: Signed | None
    """The custodians' decision (a new epoch) that binds the journal which ended here."""


class Objection(enum.Enum):
    """Why an answer is not accepted, or a device not provisioned anew."""

    UNREADABLE = "the file is not what it should be"
    NOT_ASKED = "this device has asked for nothing"
    OTHER_REQUEST = "it answers another request"
    OTHER_DEVICE = "it is for another device"
    OTHER_KEY = "it names another key than this device's"
    OUT_OF_TIME = "it is not valid at this time"
    OTHER_ROOT = "its trust root is not the one that was read out"
    ROOT_NOT_BELIEVED = "its trust root is not signed by its own custodians"
    ROOT_WITHOUT_DEVICE = "its trust root does not name this device's key"
    NOT_SIGNED = "not enough custodians have signed it"
    CERTIFICATE_UNUSABLE = "its certificate cannot be used"
    CERTIFICATE_OF_ANOTHER_KEY = "its certificate is for another key"
    CERTIFICATE_OF_ANOTHER_NAME = "its certificate is in another name"
    CALIBRATION_NOT_BELIEVED = "its calibration is not signed by an evaluator of its trust root"
    JOURNAL_NOT_BOUND = "the journal that ended here is not bound"
    BROKER_SHUT_OUT = "its networks leave its own broker out"
    JOURNAL_NOT_EXPORTED = "the journal here goes further than what was exported"
    JOURNAL_IS_HERE = "the journal is said to be lost, and is here"
    KEYS_LOST = "the keys that were made for this request cannot be opened"


OBJECTIONS: Final[dict[Objection, str]] = {
    Objection.UNREADABLE: "Copy it again, whole, from where the custodians signed it.",
    Objection.NOT_ASKED: "Run first: lamppost provision, with --site and --device.",
    Objection.OTHER_REQUEST: "Have the newest request of this device answered: lamppost provision shows it again.",
    Objection.OTHER_DEVICE: "See that the files were not mixed up: site, device and epoch are the request's.",
    Objection.OTHER_KEY: "Read the fingerprint out again: somebody may have exchanged the request on its way.",
    Objection.OUT_OF_TIME: "See that this device's clock is right, then have a fresh answer signed.",
    Objection.OTHER_ROOT: "Ask the custodians, by telephone, for the trust root's fingerprint, and type what they say.",
    Objection.ROOT_NOT_BELIEVED: "Have the custodians sign the trust root: lamppost trust-root.",
    Objection.ROOT_WITHOUT_DEVICE: "Put the device's public key, as the request has it, into the next trust root.",
    Objection.NOT_SIGNED: "Have another custodian sign it: lamppost agree.",
    Objection.CERTIFICATE_UNUSABLE: "Have a certificate issued for clients, valid now, in PEM, its own first.",
    Objection.CERTIFICATE_OF_ANOTHER_KEY: "Have it issued for the certificate request in the enrolment request.",
    Objection.CERTIFICATE_OF_ANOTHER_NAME: "Have it issued in the name <site>/<device>: topics follow from it.",
    Objection.CALIBRATION_NOT_BELIEVED: "Have it signed: lamppost sign-calibration.",
    Objection.JOURNAL_NOT_BOUND: "Have custodians decide on it with the request's head: lamppost new-epoch.",
    Objection.BROKER_SHUT_OUT: "Name a network that the broker's address lies in.",
    Objection.JOURNAL_NOT_EXPORTED: "Stop the daemon, export the journal, and have custodians sign for its last head.",
    Objection.JOURNAL_IS_HERE: "Export it, and have custodians sign for its last head.",
    Objection.KEYS_LOST: "Run lamppost provision with --again, and have the new request answered.",
}
"""For each, what to do."""


class Objected(LamppostError):
    """An answer or an order that is not taken; nothing was changed."""

    def __init__(self, objection: Objection, detail: str = "") -> None:
        said = f"Not accepted: {objection.value}{f' ({detail})' if detail else ''}."
        super().__init__(said, OBJECTIONS[objection])
        self.objection = objection
