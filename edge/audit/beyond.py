"""What no bundle can establish, in so many words. It stands at the end of every report, whatever was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edge.audit.case import Case
from edge.audit.checks.log import cosignatures, witnesses

ALWAYS: Final = (
    "Whether the camera's picture also went elsewhere: a cable that is split before the device leaves no trace in it.",
    "Whether the device ran the published program: a changed one can write any journal. Measured boot and attestation "
    "answer that, not this.",
    "Whether an officer stood there: a phone that was left behind or relayed confirms presence just as well.",
    "What recipients did with hits that were lawfully opened: a copy or a photograph of the screen leaves no trace.",
    "Whether the reasons in an authorisation were true, and whether its signers acted each for themselves.",
    "Whether the equality evidence is about these very models, and shows what it should: only its digest is compared.",
    "Who was on the list, and whether they belonged there: the journal cannot tell, by design. Ask to have the "
    "list's commitment opened before an independent person.",
    "Whether a person who should have been found was missed. Accuracy tests with volunteers measure that, and "
    "nothing in here does.",
    "Whether a verdict of a reviewer was right, or was given carefully.",
    "Whether other cameras recorded the same street. They are not part of this device.",
    "What happened while the device was without power or silent: those times are listed, and are all that is known.",
)


def beyond(case: Case) -> Iterator[str]:
    """The list, and what this very examination lacked besides."""
    brought = case.brought
    if brought.root is None:
        yield "Anything at all: no trust root was brought from outside, so this bundle vouches for itself."
    if not witnesses(case):
        yield (
            "Whether others were shown another journal: no witness is named, so the device alone vouches for its "
            "own past."
        )
    elif not any(True for _ in cosignatures(case)):
        yield "Whether others were shown another journal: witnesses are named, and none of them has cosigned it."
    if not brought.heads:
        yield (
            "Whether this is the whole journal up to today: no head was brought from elsewhere, so what came after "
            "the last one in here could have been left out."
        )
    if not brought.releases:
        yield "Whether the models and the program are those of a published release: no manifest was brought."
    if not brought.assessments:
        yield "Whether the equality evidence that was signed for is the one that was published: none was brought."
    uncounted = sum(deployment.uncounted for deployment in case.history.deployments)
    if uncounted:
        yield f"Exactly how many people were searched for: up to {uncounted:,} more than were counted."
    yield from ALWAYS
