"""Errors and refusals.

An error is raised when something broke; a *refusal* is a value, because saying no is ordinary work here.
Both name the thing and carry a remedy, one sentence that the reader can act on.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class LamppostError(Exception):
    """Base of every error raised on purpose. ``str()`` gives what happened and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class Transient(LamppostError):
    """Retried with jittered back-off; the state says degraded meanwhile."""


class CaptureLost(Transient):
    """The capture device failed or went away."""


class SwitchStuck(CaptureLost):
    """The capture device's power or the public lamp does not do what it is told."""


class CaptureGivenUp(CaptureLost):
    """Nothing that this process can do brings the capture device back. Another one may be luckier."""


class BrokerLost(Transient):
    """The broker cannot be reached."""


class Unsafe(LamppostError):
    """Stop looking, stay up, say so."""


class JournalUnwritable(Unsafe):
    """The journal could not be committed, so nothing may happen that it would have to record."""


class DiskFull(JournalUnwritable):
    """There is no room left on the disk, not even what was reserved."""


class SealBroken(Unsafe):
    """The journal on disk is shorter than, or differs from, what was last signed."""


class ClockUntrusted(Unsafe):
    """Wall time cannot be relied on, so no window or expiry can be judged."""


class Misconfigured(LamppostError):
    """Refuse to start (exit status 78); restarting cannot help."""


class Undecodable(LamppostError):
    """Bytes from outside are not what they must be."""


class Reason(enum.Enum):
    """Why something was refused. Closed: every member has a remedy that a person can act on."""

    NOT_SIGNED = "not-signed"
    UNKNOWN_KEY = "unknown-key"
    WRONG_ROLE = "wrong-role"
    SAME_ROLE_TWICE = "same-role-twice"
    BAD_SIGNATURE = "bad-signature"
    MALFORMED = "malformed"
    WRONG_DEVICE = "wrong-device"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    LIVES_TOO_LONG = "lives-too-long"
    REPLAYED = "replayed"
    ID_REUSED = "id-reused"
    RETAINED = "retained"
    TEST_ONLY = "test-only"
    NOT_A_TEST = "not-a-test"
    WRONG_MODEL = "wrong-model"
    WRONG_CALIBRATION = "wrong-calibration"
    WRONG_LIST = "wrong-list"
    LIST_TOO_LARGE = "list-too-large"
    LIST_STALE = "list-stale"
    LIST_UNREADABLE = "list-unreadable"
    LIST_INCOMPLETE = "list-incomplete"
    MAX_FPIR_TOO_HIGH = "max-fpir-too-high"
    EVIDENCE_TOO_THIN = "evidence-too-thin"
    NONCE_UNKNOWN = "nonce-unknown"
    NO_AUTHORISATION = "no-authorisation"
    OTHER_AUTHORISATION = "other-authorisation"
    WINDOW_CLOSED = "window-closed"
    LIST_NOT_OPEN = "list-not-open"
    NO_PRESENCE = "no-presence"
    CLOCK_UNTRUSTED = "clock-untrusted"
    CAPTURE_STALE = "capture-stale"
    PICTURE_UNPROVEN = "picture-unproven"
    SWITCH_STUCK = "switch-stuck"
    VIEW_DARK = "view-dark"
    VIEW_GLARING = "view-glaring"
    VIEW_EMPTY = "view-empty"
    VIEW_BLURRED = "view-blurred"
    VIEW_SPOTTED = "view-spotted"
    VIEW_MOVED = "view-moved"
    VIEW_STRANGE = "view-strange"
    ANSWER_WRONG = "answer-wrong"
    PERMIT_LAPSED = "permit-lapsed"
    COUNT_NOT_RESERVED = "count-not-reserved"
    UNSAFE = "unsafe"
    BUSY = "busy"
    SLOWED_BY_HEAT = "slowed-by-heat"
    SLOWED_BY_LOAD = "slowed-by-load"
    WRONG_ZONE = "wrong-zone"
    WRONG_CONFIGURATION = "wrong-configuration"
    OVER_CAP = "over-cap"
    NOT_CAPPED = "not-capped"
    SENSITIVE = "sensitive"
    WRONG_SOURCE = "wrong-source"
    TRUST_ROOT_OLD = "trust-root-old"
    TRUST_ROOT_EXPIRED = "trust-root-expired"
    REVOKED = "revoked"
    UNRATIFIED = "unratified"
    NOT_COSIGNED = "not-cosigned"
    SUSPENDED = "suspended"
    ACCURACY_TEST_DUE = "accuracy-test-due"
    UNKNOWN_HIT = "unknown-hit"
    UNKNOWN_ENTRY = "unknown-entry"
    ALREADY_DECIDED = "already-decided"
    NOT_BORNE_OUT = "not-borne-out"
    OUTBOX_FULL = "outbox-full"
    DISK_LOW = "disk-low"
    DISK_FULL = "disk-full"
    JOURNAL_UNWRITABLE = "journal-unwritable"
    SEAL_BROKEN = "seal-broken"
    IN_DEPLOYMENT = "in-deployment"
    MODEL_NOT_LISTED = "model-not-listed"
    CANNOT_INSTALL = "cannot-install"
    NO_SPACE = "no-space"
    TRANSFER_DROPPED = "transfer-dropped"
    TRANSFER_TIMED_OUT = "transfer-timed-out"
    SUPERSEDED = "superseded"
    INTERRUPTED = "interrupted"
    DEPLOYMENT_ENDED = "deployment-ended"
    OTHER_CHAIN = "other-chain"
    NOT_TAKEN = "not-taken"
    HIT_TOPIC_REFUSED = "hit-topic-refused"
    HIT_TOPIC_UNPROVEN = "hit-topic-unproven"
    ORDER_TOPICS_REFUSED = "order-topics-refused"


REMEDIES: dict[Reason, str] = {
    Reason.NOT_SIGNED: "Sign the document with the keys that the trust root names for it.",
    Reason.UNKNOWN_KEY: "Use a key of the device's trust root, or provision this key there.",
    Reason.WRONG_ROLE: "Sign with a key whose role may do this.",
    Reason.SAME_ROLE_TWICE: "Have a person of the other authorising role sign too.",
    Reason.BAD_SIGNATURE: "The document was changed after it was signed: sign it again.",
    Reason.MALFORMED: "Write the document with this product's own tools or from its published schema.",
    Reason.WRONG_DEVICE: "Issue a document that names this site and device.",
    Reason.EXPIRED: "Issue it again; check the clocks of both ends if it was fresh.",
    Reason.NOT_YET_VALID: "Wait for its window, or check the clocks of both ends.",
    Reason.LIVES_TOO_LONG: "Shorten its life to the limit that the message names.",
    Reason.REPLAYED: "Send a new order with a higher counter.",
    Reason.ID_REUSED: "Give every order an id of its own.",
    Reason.RETAINED: "Publish orders without the retain flag, and clear the retained one.",
    Reason.TEST_ONLY: "Test authorisations run only on the simulator; have an ordinary one signed.",
    Reason.NOT_A_TEST: "The simulator accepts only authorisations marked as test.",
    Reason.WRONG_MODEL: "Have an authorisation signed that names the models installed on the device.",
    Reason.WRONG_CALIBRATION: "Have an authorisation signed that names the calibration installed on the device.",
    Reason.WRONG_LIST: "Send the watchlist whose digest stands in the authorisation.",
    Reason.LIST_TOO_LARGE: "Shorten the watchlist, or have a larger size authorised within the evidence.",
    Reason.LIST_STALE: "Build the watchlist again: it may be at most 24 hours old at the start.",
    Reason.LIST_UNREADABLE: "Wrap the list's key to the one-time list key of this very deployment.",
    Reason.LIST_INCOMPLETE: "Send the missing chunks of the watchlist, then the load order again.",
    Reason.MAX_FPIR_TOO_HIGH: "Have a lower maximum FPIR authorised: above 1 in 1,000 is for tests only.",
    Reason.EVIDENCE_TOO_THIN: "Shorten the list or authorise a maximum FPIR that the calibration supports.",
    Reason.NONCE_UNKNOWN: "Sign a nonce from the device's latest state.",
    Reason.NO_AUTHORISATION: "Start a deployment with a signed authorisation.",
    Reason.OTHER_AUTHORISATION: "Name the authorisation that is in force, or stop it first.",
    Reason.WINDOW_CLOSED: "Have an authorisation signed whose window covers this moment.",
    Reason.LIST_NOT_OPEN: "Load the authorised watchlist.",
    Reason.NO_PRESENCE: "Have the officer on scene confirm presence.",
    Reason.CLOCK_UNTRUSTED: "Let the device synchronise its clock; if its mark is wrong, have custodians reset it.",
    Reason.CAPTURE_STALE: "Check the camera: no fresh frame has come.",
    Reason.PICTURE_UNPROVEN: "Nothing to do: its camera is on a network, where nothing shows that a picture is live.",
    Reason.SWITCH_STUCK: "Repair the switch of the camera's power or of the public lamp: it will not go off.",
    Reason.VIEW_DARK: "See whether the lens is covered, and whether there is light: it is too dark to find anybody.",
    Reason.VIEW_GLARING: "Turn or shade the camera: it is dazzled.",
    Reason.VIEW_EMPTY: "Clean the lens: light comes in, and no picture.",
    Reason.VIEW_BLURRED: "Clean and focus the lens: the picture is blurred.",
    Reason.VIEW_SPOTTED: "Clean the lens: there are drops or dirt on a part of it.",
    Reason.VIEW_MOVED: "Put the camera back as it was: it no longer looks at the zone that was authorised.",
    Reason.VIEW_STRANGE: "See what stands before the camera and whether it was turned: nothing is where it was.",
    Reason.ANSWER_WRONG: "Restart the device, and replace it if it comes again: a known picture gave a wrong answer.",
    Reason.PERMIT_LAPSED: "Nothing to do: the permit ended while this was in flight, so it was dropped.",
    Reason.COUNT_NOT_RESERVED: "Nothing to do: searching resumes as soon as the journal has reserved the next counts.",
    Reason.UNSAFE: "See the device's health for what is unsafe, and mend it.",
    Reason.SLOWED_BY_HEAT: "Shade and air the device: it looks at fewer frames until it is cooler.",
    Reason.SLOWED_BY_LOAD: "Narrow the view or take work off the device: it looks at fewer frames until it keeps up.",
    Reason.BUSY: "Send it again in a moment.",
    Reason.WRONG_ZONE: "Have an authorisation signed that names the zone set up on the device.",
    Reason.WRONG_CONFIGURATION: "Have an authorisation signed that names the configuration of the device.",
    Reason.OVER_CAP: "Shorten the watchlist, or have a higher limit authorised.",
    Reason.NOT_CAPPED: "Have an authorisation signed that limits every category on the list, and no other.",
    Reason.SENSITIVE: "Have the sensitive categories authorised by name, with the decision's reference.",
    Reason.WRONG_SOURCE: "State where the pictures of the list come from, each entry at least once.",
    Reason.TRUST_ROOT_OLD: "Send the trust root that follows the device's own, version by version.",
    Reason.TRUST_ROOT_EXPIRED: "Have the custodians sign a new trust root, and send it to the device.",
    Reason.REVOKED: "Have it signed with keys that the newest trust root names.",
    Reason.UNRATIFIED: "Have the authorising officer ratify the urgent authorisation, or say no to it.",
    Reason.NOT_COSIGNED: "See that enough witnesses run and can be reached: they have not cosigned the journal lately.",
    Reason.SUSPENDED: "Too many false alerts were confirmed: only a new authorisation may resume.",
    Reason.ACCURACY_TEST_DUE: "Run an accuracy test with volunteers at this site, and send its signed report.",
    Reason.UNKNOWN_HIT: "Name a hit of this device by its sequence.",
    Reason.UNKNOWN_ENTRY: "Name an entry of the list that is loaded.",
    Reason.ALREADY_DECIDED: "Nothing to do: it was decided before.",
    Reason.NOT_BORNE_OUT: "Count again: the device's journal holds fewer hits of that test than its report says.",
    Reason.OUTBOX_FULL: "See that a recipient is connected and signs for hits: then it looks on by itself.",
    Reason.DISK_LOW: "Free space on the device's disk: it looks on by itself when there is enough.",
    Reason.DISK_FULL: "Free space on the device's disk, then restart it.",
    Reason.JOURNAL_UNWRITABLE: "Mend or replace the device's disk, then restart it.",
    Reason.SEAL_BROKEN: "Keep the disk for examination; two custodians must open a new provisioning epoch.",
    Reason.IN_DEPLOYMENT: "Stop the deployment first: nothing is replaced or tried out beneath it.",
    Reason.MODEL_NOT_LISTED: "Send a model of the installed release, or first the list that an evaluator signed.",
    Reason.CANNOT_INSTALL: "Install it on the device itself: this one has no place for what is sent.",
    Reason.NO_SPACE: "Free or replace the device's disk, then send it again.",
    Reason.TRANSFER_DROPPED: "Announce it again: newer transfers took its room.",
    Reason.TRANSFER_TIMED_OUT: "Announce it again: it was not complete within 24 hours.",
    Reason.SUPERSEDED: "Nothing to do: a newer order took its place.",
    Reason.INTERRUPTED: "Send the order again: the device was restarted meanwhile.",
    Reason.NOT_TAKEN: "Ask again: the connection took nothing for ten minutes.",
    Reason.OTHER_CHAIN: "Send the calibration that was made for the models of the device, or first those models.",
    Reason.DEPLOYMENT_ENDED: "Start a deployment again: the one that it was for has ended.",
    Reason.HIT_TOPIC_REFUSED: "Let this device publish on its hit topic, in the broker's access list.",
    Reason.HIT_TOPIC_UNPROVEN: "Wait for the broker's answer; if none comes, see what health says of the link.",
    Reason.ORDER_TOPICS_REFUSED: "Let this device read its own topics of orders, in the broker's access list.",
}


UNSEEING: Final = frozenset(
    {
        Reason.VIEW_DARK,
        Reason.VIEW_GLARING,
        Reason.VIEW_EMPTY,
        Reason.VIEW_BLURRED,
        Reason.VIEW_SPOTTED,
        Reason.VIEW_MOVED,
        Reason.VIEW_STRANGE,
        Reason.ANSWER_WRONG,
    }
)
"""Those for which a device is degraded: somebody has to go and see to it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, with its reason and, where it helps, a detail that holds nothing personal."""

    reason: Reason
    detail: str = ""

    @property
    def remedy(self) -> str:
        """One sentence that tells the reader what to do."""
        return REMEDIES[self.reason]

    @property
    def said(self) -> str:
        """The reason and the detail."""
        return f"{self.reason.value} ({self.detail})" if self.detail else self.reason.value

    def __str__(self) -> str:
        return f"{self.said}: {self.remedy}"
