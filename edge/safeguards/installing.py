"""What may be installed of what was sent: each document is judged by the same code as at a start, each file by a list.

Nothing is replaced while a deployment is in force. A calibration is believed by its evaluator's signature, and taken
in where it was made for the chain of this device or of the models that its list names; a list of models likewise by an
evaluator's signature; a model file where the release or that list names its digest, and no other is ever written to
disk. All of it takes effect at the next start, where it fits together; where it does not, what was provisioned stays.
The present authorisations name models and calibration by digest, so that nothing of this changes what they allow.
"""

from __future__ import annotations

from edge.domain.authority import Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.leaves.device import Installed as InstalledLeaf
from edge.domain.models import ModelList
from edge.domain.transfers import Announce, Content
from edge.replacing import Installed
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.safeguards.transfers import Transfer
from edge.safeguards.verify import Facts, Keys, evidence, one_signed
from edge.steps import align, fuse
from edge.wire.signed import Kind, parse, payload_of

CHAIN = frozenset({Content.CALIBRATION, Content.MODELS, Content.MODEL})


class Installing:
    """Runs on the main thread alone."""

    def __init__(
        self, keys: Keys, facts: Facts, gate: Gate, journal: Journal, installed: Installed | None
    ) -> None:  # fmt: skip
        self._keys = keys
        self._facts = facts
        self._gate = gate
        self._journal = journal
        self._installed = installed

    def refuses(self, plan: Announce) -> Refusal | None:
        """Why this may not even be sent."""
        if plan.content not in CHAIN:
            return None
        if self._installed is None:
            return Refusal(Reason.CANNOT_INSTALL)
        if self._gate.believed is not None:
            return Refusal(Reason.IN_DEPLOYMENT)
        if self._journal.unsafe is not None:
            return Refusal(Reason.UNSAFE)
        if plan.content is Content.MODEL and plan.digest not in self._installed.listed():
            return Refusal(Reason.MODEL_NOT_LISTED, plan.digest)
        return None

    def install(self, sent: Transfer, raw: bytes, now: Instant) -> Refusal | None:
        """Judge what came, and put it where the next start looks. Raises Unsafe where that cannot be recorded."""
        refusal = self.refuses(sent.plan) or self._judge(sent.plan.content, raw)
        if refusal is not None or self._installed is None:
            return refusal or Refusal(Reason.CANNOT_INSTALL)
        if not self._put(self._installed, sent.plan, raw):
            return Refusal(Reason.NO_SPACE)
        # Were this not recorded, the leaf of the next start would still name what it uses.
        self._journal.record(InstalledLeaf(content=sent.plan.content, digest=sent.plan.digest, key=sent.key), now)
        return None

    def _put(self, place: Installed, plan: Announce, raw: bytes) -> bool:
        if plan.content is Content.CALIBRATION:
            return place.put_calibration(raw)
        if plan.content is Content.MODELS:
            return place.put_list(payload_of(document(raw)))
        return place.put_model(plan.digest, raw)

    def _judge(self, content: Content, raw: bytes) -> Refusal | None:
        try:
            if content is Content.CALIBRATION:
                return self._judge_calibration(document(raw))
            if content is Content.MODELS:
                return self._judge_list(document(raw))
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)
        return None

    def _judge_calibration(self, signed: Signed) -> Refusal | None:
        found = evidence(signed, self._keys)
        if isinstance(found, Refusal):
            return found
        table, facts = found.calibration, self._facts
        known = {facts.detector, facts.embedder} | (self._installed.identities() if self._installed else set())
        if (table.alignment, table.fusion) != (align.RECIPE, fuse.RECIPE):
            return Refusal(Reason.OTHER_CHAIN, "it was made with another alignment or fusion")
        if not {table.detector, table.embedder} <= known:
            return Refusal(Reason.OTHER_CHAIN, "it was made for other models")
        return None

    def _judge_list(self, signed: Signed) -> Refusal | None:
        signer = one_signed(signed, Kind.MODELS, self._keys, Role.EVALUATOR)
        if isinstance(signer, Refusal):
            return signer
        parse(payload_of(signed), ModelList)
        return None


def document(raw: bytes) -> Signed:
    """A signed document as it was sent: canonical. Raises Undecodable."""
    return parse(raw, Signed)
