"""Everything that an examination can find wrong, as a closed list. Each has a sentence and a remedy for a person."""

from __future__ import annotations

import enum
from dataclasses import dataclass

_AGAIN = "Export it again from the device's state, and compare the two."
_CUSTODIANS = "Ask the custodians for the trust roots, version by version."
_ASK = "Ask the organisation how this came about; the device should have refused it."
_KEEP = "Keep this bundle; ask for the device's disk to be examined."
_WITNESS = "Ask the witnesses for the heads that they cosigned, and bring them with --head."


class Failure(enum.Enum):
    """What was found. The value is the name that reports and negative vectors use."""

    sentence: str
    remedy: str

    def __new__(cls, name: str, sentence: str, remedy: str) -> Failure:
        """A member whose value is its name."""
        member = object.__new__(cls)
        member._value_ = name
        member.sentence = sentence
        member.remedy = remedy
        return member

    BUNDLE_UNREADABLE = "bundle-unreadable", "The bundle's first page cannot be read.", _AGAIN
    FILE_MISSING = "file-missing", "A file that the bundle lists is not there.", _AGAIN
    FILE_CHANGED = "file-changed", "A file is not the one that the bundle lists.", _AGAIN
    FILE_UNLISTED = "file-unlisted", "There is a file that the bundle does not list.", _AGAIN
    LEAF_UNREADABLE = "leaf-unreadable", "A line of the journal is none that a device writes.", _KEEP
    PAPER_UNREADABLE = "paper-unreadable", "A signed document cannot be read.", _AGAIN
    PAPER_MISNAMED = "paper-misnamed", "A signed document does not bear its own digest as its name.", _AGAIN
    PAPER_MISSING = "paper-missing", "The journal names a signed document that is not in the bundle.", _AGAIN
    NOTE_UNREADABLE = "note-unreadable", "A signed head of the journal cannot be read.", _AGAIN

    ROOT_NOT_BROUGHT = (
        "root-not-brought",
        "Nobody said whom to believe: a bundle cannot vouch for itself.",
        "Get the first trust root, or its digest, from the custodians, and name it with --trust-root.",
    )
    ROOT_OTHER = "root-other", "The trust root that was brought is not the one that the device began with.", _CUSTODIANS
    ROOT_NOT_SIGNED = "root-not-signed", "A trust root lacks the signatures of enough custodians.", _CUSTODIANS
    ROOT_SKIPPED = "root-skipped", "The device believed a trust root that no chain leads to.", _CUSTODIANS
    ROOT_WENT_BACK = "root-went-back", "The device went back to an older trust root.", _KEEP
    ROOT_EXPIRED = "root-expired", "A deployment began, or went on, when the trust root had expired.", _ASK
    DEVICE_KEY_UNKNOWN = "device-key-unknown", "The trust root does not name the key that the device signs with.", _KEEP

    NOT_SIGNED = "authorisation-not-signed", "An authorisation lacks a signature of the roles that it needs.", _ASK
    INDEPENDENT_MISSING = (
        "independent-missing",
        "The policy asks for an independent signature, and there is none.",
        _ASK,
    )
    OTHER_DEVICE = "authorisation-for-other-device", "An authorisation names another site or device.", _ASK
    MISNAMED = "authorisation-misnamed", "A deployment bears another name than its authorisation.", _KEEP
    REPLAYED = "authorisation-replayed", "An authorisation was used again, or after a later one.", _ASK
    WINDOW_TOO_LONG = "window-too-long", "An authorisation lasts longer than any may.", _ASK
    TEST_MIXED = "test-mixed", "A test ran on a real device, or a real deployment on a simulator.", _ASK
    FPIR_TOO_HIGH = "fpir-too-high", "More false alerts were authorised than 1 in 1,000 passers-by.", _ASK
    KEY_NOT_PINNED = "key-not-pinned", "An authorisation names a key that the trust root does not, for that role.", _ASK
    BEGAN_OUTSIDE_WINDOW = "began-outside-window", "A deployment began outside its authorised hours.", _ASK
    WENT_ON_REVOKED = "went-on-after-revocation", "A deployment went on after its signers were revoked.", _KEEP
    RATIFICATION_NOT_SIGNED = (
        "ratification-not-signed", "A ratification is not signed by an authorising officer, or is of something else.",
        _ASK,
    )  # fmt: skip
    RATIFICATION_LATE = (
        "ratification-late",
        "An urgent authorisation was not ratified in time, nor its hits lapsed.",
        _ASK,
    )
    WENT_ON_UNRATIFIED = "went-on-unratified", "A deployment went on after the authorising officer said no.", _KEEP

    LOG_EMPTY = "log-empty", "The journal is empty.", _AGAIN
    HEAD_MISSING = "head-missing", "No signed head of the journal is in the bundle.", _AGAIN
    HEAD_NOT_SIGNED = "head-not-signed", "A head of the journal does not bear the device's signature.", _KEEP
    HEAD_OF_OTHER_LOG = "head-of-other-log", "A signed head belongs to another journal.", _AGAIN
    LEAVES_CUT = "leaves-cut", "The journal is shorter than a head that was signed or brought says.", _KEEP
    LEAVES_BEYOND = "leaves-beyond-head", "Lines follow the last signed head: nobody signed them.", _AGAIN
    HISTORY_DIFFERS = "history-differs", "The journal is not the one whose head was signed, cosigned or brought.", _KEEP
    COSIGNATURE_INVALID = "cosignature-invalid", "A witness's signature does not hold.", _WITNESS
    NOT_COSIGNED = "not-cosigned-in-time", "The policy asks for recent cosignatures, and there were too few.", _WITNESS
    TIME_BACKWARDS = "time-ran-backwards", "The device's clock went back without the custodians' word.", _KEEP
    BOOT_NOT_RECORDED = "boot-not-recorded", "The device went on under a life whose beginning is not recorded.", _KEEP
    BOOT_CAME_BACK = "boot-came-back", "A life of the device that had ended came back.", _KEEP
    HEARTBEAT_MISSING = "heartbeat-missing", "The device was up and did not say that it was alive.", _KEEP
    HEARTBEAT_CONTRADICTS = (
        "heartbeat-contradicts", "A heartbeat says otherwise of the camera than the journal does.", _KEEP,
    )  # fmt: skip
    POWER_WRONG = "power-wrong", "The camera had power while it was shut, or none while it was open.", _KEEP
    LAMP_DARK = "lamp-dark", "The public lamp was dark while the camera was open.", _KEEP
    EPOCH_NOT_BOUND = (
        "epoch-not-bound",
        "The journal is not of the epoch that it says, or of another before.",
        _CUSTODIANS,
    )
    EPOCH_NOT_SIGNED = "epoch-not-signed", "Too few custodians signed for a new journal.", _CUSTODIANS
    CLOCK_RESET_NOT_SIGNED = (
        "clock-reset-not-signed",
        "Too few custodians signed for setting the clock back.",
        _CUSTODIANS,
    )

    OUTSIDE_DEPLOYMENT = "outside-deployment", "Something happened under an authorisation that was not in force.", _KEEP
    NOT_ENDED = "deployment-not-ended", "The end of a deployment is not recorded.", _KEEP
    CAPTURED_AFTER_END = "captured-after-end", "The camera stayed open after its deployment had ended.", _KEEP
    CAPTURED_OUTSIDE_WINDOW = "captured-outside-window", "The camera was open outside the authorised hours.", _KEEP
    CAPTURED_WITHOUT_PRESENCE = "captured-without-presence", "The camera was open with no officer's presence.", _KEEP
    CAPTURED_WITHOUT_LIST = "captured-without-list", "The camera was open while no list was.", _KEEP
    CAPTURED_UNWELL = (
        "captured-while-unwell",
        "The camera was open while the device said that it was not looking.",
        _KEEP,
    )
    CAPTURE_NOT_CLOSED = (
        "capture-not-closed",
        "The camera was opened again, or left, without having been closed.",
        _KEEP,
    )
    PRESENCE_BY_STRANGER = (
        "presence-by-stranger",
        "Presence was confirmed by a key that was not authorised for it.",
        _ASK,
    )
    LEASE_TOO_LONG = "lease-too-long", "One confirmation of presence was taken for longer than it may.", _KEEP
    SEARCHED_BLIND = "searched-without-capture", "People were searched for while no camera was open.", _KEEP

    LIST_OTHER = "list-other", "The list that was opened is not the authorised one.", _ASK
    LIST_STALE = "list-stale", "The list was older than 24 hours at the start.", _ASK
    LIST_OVER_CAP = "list-over-cap", "More people were listed than the authorisation's own limits allow.", _ASK
    LIST_CATEGORY = "list-category", "People of a kind were listed that the authorisation does not admit.", _ASK
    LIST_DESTROYED_LATE = "list-destroyed-late", "The list was destroyed later than it had to be.", _KEEP
    LIST_NOT_DESTROYED = "list-not-destroyed", "The destruction of the list is not recorded.", _KEEP
    LIST_KEPT_PAUSED = (
        "list-kept-while-paused",
        "The list lay open for longer than 10 minutes while nobody looked.",
        _KEEP,
    )
    WITHDRAWN_WRONGLY = "withdrawn-wrongly", "The list did not grow shorter by one when an entry was withdrawn.", _KEEP

    CALIBRATION_NOT_SIGNED = "calibration-not-signed", "No evaluator stands by the calibration.", _ASK
    CALIBRATION_OTHER = "calibration-of-other-models", "The calibration is of other models than were authorised.", _ASK
    THRESHOLD_UNSUPPORTED = "threshold-not-supported", "The evidence does not carry the authorised error rate.", _ASK
    THRESHOLD_DIFFERS = (
        "threshold-differs",
        "The device used another threshold than follows from its calibration.",
        _KEEP,
    )

    MODELS_OTHER = "models-not-authorised", "Other models were installed than were authorised.", _ASK
    CALIBRATION_INSTALLED = "calibration-not-authorised", "Another calibration was installed than was authorised.", _ASK
    ZONE_OTHER = "zone-not-authorised", "The device looked at another zone than was authorised.", _ASK
    CONFIGURATION_OTHER = "configuration-not-authorised", "The device was configured otherwise than authorised.", _ASK
    RELEASE_VERSION = (
        "release-version",
        "The device ran a version that is none of the releases that were brought.",
        _ASK,
    )
    RELEASE_MODELS = "release-models", "The device's models are not those of its release.", _ASK
    RELEASE_FILES = "release-files", "The device shows another release manifest than was published.", _ASK
    EQUALITY_OTHER = (
        "equality-evidence-other",
        "The equality evidence that was signed for is none of what was brought.",
        _ASK,
    )

    HIT_SEQUENCE = "hit-sequence", "The hits' numbers have a gap, or one stands twice.", _KEEP
    HIT_BLIND = "hit-without-capture", "A hit was committed while no camera was open, or none could see.", _KEEP
    MORE_HITS = "more-hits-than-searches", "There were more hits than people searched for.", _KEEP
    HIT_UNKNOWN = "hit-unknown", "The journal speaks of a hit that it never committed.", _KEEP
    HIT_SETTLED_TWICE = "hit-settled-twice", "A hit was acknowledged, expired or left unreviewed twice over.", _KEEP
    ACKNOWLEDGED_BY_STRANGER = (
        "acknowledged-by-stranger",
        "A hit was taken over by somebody it was not sealed to.",
        _KEEP,
    )
    REVIEW_NOT_SIGNED = "review-not-signed", "A review is not signed by an authorised reviewer.", _ASK
    REVIEW_DIFFERS = "review-differs", "The journal says otherwise than the review that was signed.", _KEEP
    REVIEWED_UNSEEN = "reviewed-unseen", "A hit was reviewed that nobody had acknowledged.", _KEEP
    LEFT_UNREVIEWED = "hit-left-unreviewed", "A hit was neither reviewed in time nor recorded as unreviewed.", _KEEP
    UNREVIEWED_TOO_SOON = "unreviewed-too-soon", "A hit was called unreviewed before its time was over.", _KEEP
    NOT_SUSPENDED = "not-suspended", "So many false alerts, or so many hits, should have ended the deployment.", _KEEP
    SUSPENDED_WRONGLY = "suspended-wrongly", "A suspension's figures do not follow from the journal.", _KEEP

    HIT_KEPT = "hit-kept-too-long", "An unclaimed hit stayed on the device past its time.", _KEEP
    HIT_EXPIRED_EARLY = "hit-expired-early", "A hit was dropped before its time, unseen.", _KEEP
    HOLD_NOT_SIGNED = "hold-not-signed", "A hit is held as evidence without an officer's signed order.", _ASK
    ACCURACY_NOT_SIGNED = (
        "accuracy-report-not-signed",
        "No evaluator signed an accuracy report as it was taken in.",
        _ASK,
    )
    ACCURACY_NOT_BORNE_OUT = (
        "accuracy-report-not-borne-out",
        "An accuracy report says more hits than the journal has of that test.",
        _ASK,
    )
    ACCURACY_OVERDUE = "accuracy-test-overdue", "The policy asks for a recent accuracy test, and there was none.", _ASK


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong, and where."""

    failure: Failure
    detail: str
    leaf: int | None = None
    """Line of the journal, counted from 0."""
