"""Every no of the updater: a closed list, each with what a person can do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class No(enum.Enum):
    """Why nothing is replaced now."""

    NOTHING_NEW = "nothing-new"
    IN_DEPLOYMENT = "in-deployment"
    BUSY = "busy"
    NO_INSTANCE = "no-instance"
    VERSION_BACK = "version-back"
    FAILED_BEFORE = "failed-before"
    NOTHING_TO_GO_BACK_TO = "nothing-to-go-back-to"
    CLOCK_BACK = "clock-back"
    NO_SPACE = "no-space"
    NOT_SIGNED = "not-signed"
    EXPIRED = "expired"
    METADATA_WENT_BACK = "metadata-went-back"
    MIXED = "mixed"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    TOO_LONG = "too-long"
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"
    NOT_WHAT_WAS_SIGNED = "not-what-was-signed"
    OTHER_PACKAGE = "other-package"
    NOT_FETCHED = "not-fetched"


REMEDIES: Final[dict[No, str]] = {
    No.NOTHING_NEW: "Nothing to do: the newest version is installed.",
    No.IN_DEPLOYMENT: "Wait for the deployment's end, or have it stopped: nothing is replaced beneath one.",
    No.BUSY: "Wait: another update is under way.",
    No.NO_INSTANCE: "Start an instance of lamppost: only that shows whether a new version works.",
    No.VERSION_BACK: "Publish a version that is higher than every one that was confirmed here.",
    No.FAILED_BEFORE: "Publish a mended version; or see why it failed, and say --again.",
    No.NOTHING_TO_GO_BACK_TO: "Give the installed version's package: lamppost-update keep FILE.",
    No.CLOCK_BACK: "Set the clock: it lies before the time of the last update, and old metadata would look fresh.",
    No.NO_SPACE: "Free space under /var/lib/lamppost-update.",
    No.NOT_SIGNED: "Have it signed by as many of the keys as the role asks for; if it was, suspect the mirror.",
    No.EXPIRED: "Have the timestamp signed anew; if it was, the mirror or the stick holds an old state.",
    No.METADATA_WENT_BACK: "Use a mirror that is up to date: this one shows an older state than was seen before.",
    No.MIXED: "Copy the repository again, as a whole: its files are of different states.",
    No.UNREADABLE: "Copy the repository again: a file of it is damaged.",
    No.MISSING: "Copy the repository again: a file of it is not there.",
    No.TOO_LONG: "Suspect the mirror: a file is longer than what was signed, or than any such file may be.",
    No.TOO_LARGE: "Publish a smaller package: this one is larger than any release.",
    No.TRUNCATED: "Copy the package again: its end is missing.",
    No.NOT_WHAT_WAS_SIGNED: "Copy the package again; if it stays so, suspect the mirror.",
    No.OTHER_PACKAGE: "Publish the package under its own name, version and architecture.",
    No.NOT_FETCHED: "See whether the mirror can be reached, and its certificate.",
}

ORDINARY: Final = frozenset({No.NOTHING_NEW, No.IN_DEPLOYMENT, No.BUSY})
"""What a person need not act on."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, and what it is about."""

    reason: No
    detail: str = ""

    def __str__(self) -> str:
        said = f"{self.reason.value} ({self.detail})" if self.detail else self.reason.value
        return f"{said}: {REMEDIES[self.reason]}"
