"""Trust: which keys this device believes, now and at its next start.

The file that it was provisioned with is the anchor; every later trust root came by an order, was signed by the
custodians before it and by its own, and is kept in the store. At a start the whole chain is verified again.

What a newer trust root does not name any more is revoked at once, in the middle of a deployment too: an authorisation
whose signers are no longer all believed ends; a lease confirmed by a revoked key is void, so that the camera shuts;
orders, reviews and reports of a revoked key are refused. Where the evaluator who signed the calibration is revoked,
nobody vouches for the threshold any more: the deployment ends, none begins, and the daemon does not start again before
a calibration signed by a believed evaluator is installed. When the trust root expires, no key is believed: what runs
ends, nothing begins, and only a newer trust root is still taken in.
"""

from __future__ import annotations

from typing import Final

from edge.domain.authority import Digest, Key, Role, Signed, TrustRoot
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Misconfigured, Reason, Refusal, Undecodable, Unsafe
from edge.domain.leaves.device import TrustRotated
from edge.ports import Store, Transaction
from edge.safeguards import papers
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed, Evidence, Keys, fit
from edge.wire.custodians import first, following
from edge.wire.signed import digest, key_id, payload_of

_NEWEST: Final = "trust-root/newest"
_VERSION: Final = "trust-root/version/"
_REMEDY: Final = "Keep the disk for examination, and provision the device anew."


class Trust:
    """The trust root in force. Its :attr:`keys` are what every door asks."""

    def __init__(self, installed: Signed, store: Store) -> None:
        """Verify the file, and all that the store holds since. Raises Misconfigured."""
        root = first(installed)
        if isinstance(root, Refusal):
            raise Misconfigured(f"The trust root is not believed: {root}", "Have its custodians sign it.")
        self._store = store
        self._signed = installed
        root = self._followed(root)
        self.keys = Keys(root)

    @property
    def root(self) -> TrustRoot:
        """The one in force."""
        return self.keys.root

    @property
    def digest(self) -> Digest:
        """Of its signed payload: what leaves name."""
        return digest(payload_of(self._signed))

    def keep(self, *more: Signed) -> None:
        """Keep the trust root in force, and other documents that the start's leaf names. Raises Unsafe."""
        with self._store.transaction() as transaction:
            for signed in (self._signed, *more):
                papers.keep(transaction, signed)

    def rotate(self, signed: Signed, journal: Journal, now: Instant) -> Refusal | None:
        """Take the next trust root in. From the return on, every door believes its keys and no others.

        Raises Unsafe where it cannot be recorded; then the present one stays in force.
        """
        if signed.payload == self._signed.payload:
            return None
        root = following(signed, self.root, now.wall)
        if isinstance(root, Refusal):
            return root

        def write(transaction: Transaction) -> None:
            # The present one too, so that the chain can be shown from its first version on.
            papers.keep(transaction, self._signed)
            name = papers.keep(transaction, signed)
            transaction.put(f"{_VERSION}{root.version}", name.encode())
            transaction.put(_NEWEST, str(root.version).encode())

        journal.record(TrustRotated(version=root.version, digest=digest(payload_of(signed))), now, write)
        self._signed = signed
        self.keys.replace(root)
        return None

    def _followed(self, root: TrustRoot) -> TrustRoot:
        try:
            newest = int(self._store.get(_NEWEST) or b"0")
            same = self._stored(root.version)
            if same is not None and same.payload != self._signed.payload:
                raise Misconfigured(f"Another trust root of version {root.version} was taken in before.", _REMEDY)
            while root.version < newest:
                signed = self._stored(root.version + 1)
                found = Refusal(Reason.TRUST_ROOT_OLD) if signed is None else following(signed, root, None)
                if signed is None or isinstance(found, Refusal):
                    raise Misconfigured(
                        f"The stored trust root of version {root.version + 1} does not follow: {found}", _REMEDY
                    )
                self._signed, root = signed, found
        except Unsafe:
            pass  # the journal finds the same, says why, and the gate stays shut for it
        except (Undecodable, ValueError) as error:
            raise Misconfigured(f"The stored trust roots cannot be read: {error}", _REMEDY) from error
        return root

    def _stored(self, version: int) -> Signed | None:
        name = self._store.get(f"{_VERSION}{version}")
        return None if name is None else papers.find(self._store, name.decode())


class Vouched:
    """A demand: those who stand for a deployment are still believed."""

    def __init__(self, keys: Keys, evidence: Evidence, device: Key) -> None:
        """``device`` is the key that this device signs with."""
        self._keys = keys
        self._evidence = evidence
        self._device = key_id(device)
        self._judged: tuple[TrustRoot, Believed, Refusal | None] | None = None
        """The answer, and what it was given for: it is asked dozens of times a second, and changes with these alone."""

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """What was verified just now is verified here again, and the evidence and the device besides."""
        return self._revoked(believed, now)

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """No permit, from the very moment on."""
        revoked = self._revoked(believed, now)
        return None if revoked is None else revoked.reason

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """It ends."""
        return None if self._revoked(believed, now) is None else EndReason.REVOKED

    def _revoked(self, believed: Believed, now: Instant) -> Refusal | None:
        if self._keys.expired(now.wall):
            return Refusal(Reason.TRUST_ROOT_EXPIRED)
        # Read first: should a newer root come now, the answer is kept for the older one, and never given again.
        root, judged = self._keys.root, self._judged
        if judged is None or judged[0] is not root or judged[1] is not believed:
            judged = self._judged = (root, believed, self._judge(believed))
        return judged[2]

    def _judge(self, believed: Believed) -> Refusal | None:
        if self._keys.role(self._device) is not Role.DEVICE:
            return Refusal(Reason.REVOKED, "this device's own key")
        if self._keys.role(self._evidence.signer) is not Role.EVALUATOR:
            return Refusal(Reason.REVOKED, "the evaluator of the calibration")
        still = {role: one for role, one in believed.signers if self._keys.role(one) is role}
        if fit(believed.authorisation, still, self._keys) is not None:
            return Refusal(Reason.REVOKED, "a signer of the authorisation")
        return None
