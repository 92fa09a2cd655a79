"""Readers of what is carried up the ladder and down again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from cryptography.hazmat.primitives.serialization import Encoding

from edge.adapters.provisioned import Places, Provisioned
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.provisioning import Answer, Enrolment, EnrolmentRequest, Objected
from edge.provision import accepting, anew, commands
from edge.provision.asking import carried, request
from edge.wire import certificates, enrolment
from edge.wire.signed import canonical, parse, payload_of, to_base64url
from hardware_sim.board import BoardSeals, Custodians
from tests.fuzz.examples import documents
from tests.fuzz.reader import Reader

NOW = datetime.now(UTC).replace(microsecond=0)
PLACE = b"threads = 2\n[camera]\nwidth = 1280\nheight = 720\n[zone]\noutline = [[0,0],[1,0],[1,1]]\n"


class Asked:
    """A device that has asked and been answered; made at the first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def signed(self) -> Signed:
        seals = BoardSeals(self.folder / "secret")
        return request(seals, site="camden", device="post-1", epoch="epoch-1", previous=None, now=NOW)[0]

    @cached_property
    def custodians(self) -> Custodians:
        return Custodians(Path(mkdtemp(dir=self.folder)))

    @cached_property
    def answer(self) -> Answer:
        return self.custodians.answer(self.signed, NOW)

    @cached_property
    def request(self) -> EnrolmentRequest:
        return enrolment.asked(self.signed)

    @cached_property
    def believed(self) -> enrolment.Believed:
        return self._believed(canonical(self.answer))

    @cached_property
    def disk(self) -> Provisioned:
        return Provisioned(Places("cam0", self.folder))

    def asks(self, raw: bytes) -> object:
        return enrolment.asked(parse(raw, Signed))

    def certifies(self, raw: bytes) -> object:
        """PKCS #10 in DER, in a request that is otherwise in order."""
        said = replace(self.request, certificate_request=to_base64url(raw))
        return certificates.as_pem(said), certificates.key_of(certificates.requested(said))

    def answers(self, raw: bytes) -> object:
        return self._believed(raw)

    def places(self, raw: bytes) -> object:
        return accepting.written(self.disk, self.request, self.believed, raw, accepting.MODELS)

    def settings(self, _: Random) -> list[bytes]:
        return [
            accepting.written(self.disk, self.request, self.believed, raw, accepting.MODELS) for raw in (b"", PLACE)
        ]

    def _believed(self, raw: bytes) -> enrolment.Believed:
        answer = enrolment.read_answer(raw)
        return enrolment.believed(answer, self.signed, self.custodians.read_out(), NOW)


def provisioning(folder: Path) -> list[Reader]:
    """All of them."""
    folder.mkdir()
    known = Asked(folder)
    return [
        Reader(
            "enrolment request",
            known.asks,
            lambda _: [canonical(known.signed)],
            covers=("edge.wire.enrolment:asked",),
        ),
        Reader(
            "certificate request",
            known.certifies,
            lambda _: [certificates.requested(known.request).public_bytes(Encoding.DER)],
            covers=(
                "edge.wire.certificates:requested",
                "edge.wire.certificates:key_of",
                "edge.wire.certificates:as_pem",
            ),
        ),
        Reader("certificate", _shown, lambda _: [_pem(known.answer)], covers=("edge.wire.certificates:read",)),
        Reader(
            "answer of custodians",
            known.answers,
            lambda _: [canonical(known.answer)],
            (Objected,),
            ("edge.wire.enrolment:read_answer",),
        ),
        Reader(
            "settings of a site",
            known.places,
            lambda _: [PLACE, b""],
            (Misconfigured,),
            ("edge.provision.accepting:written",),
            0.05,
        ),
        Reader("settings in force", anew.named, known.settings, (Misconfigured,), ("edge.provision.anew:named",), 0.3),
        Reader(
            "what an epoch left",
            carried,
            lambda _: [b'{"clock/mark":"MjAyNg=="}', b"{}"],
            (Misconfigured,),
            ("edge.provision.asking:carried",),
            0.3,
        ),
        Reader(
            "decision to wipe",
            commands._signed,
            lambda random: documents(Signed, random, 20),
            (Objected,),
            ("edge.provision.commands:_signed",),
            0.3,
        ),
    ]


def _shown(raw: bytes) -> object:
    try:
        found = certificates.read(raw.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Undecodable("Not ASCII.", "It is PEM.") from error
    return certificates.key_of(found), certificates.name_of(found), certificates.unfit(found, NOW)


def _pem(answer: Answer) -> bytes:
    return parse(payload_of(answer.enrolment), Enrolment).certificate.encode()
