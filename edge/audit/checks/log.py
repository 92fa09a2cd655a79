"""(2) The journal: every leaf rehashed, held against every head that was signed, cosigned or brought."""

from __future__ import annotations

from collections.abc import Iterator

from edge.audit.bundle import HEAD
from edge.audit.case import Case
from edge.audit.failures import Failure, Finding
from edge.audit.limits import APART
from edge.audit.trust import content, keys_in_role, kind_of
from edge.domain.authority import Digest, Role
from edge.domain.custody import NewEpoch
from edge.domain.errors import Undecodable
from edge.domain.leaves.device import Booted, EpochOpened
from edge.domain.record import Checkpoint
from edge.wire.checkpoints import read_checkpoint
from edge.wire.merkle import Tree
from edge.wire.notes import Algorithm, Note, NoteSignature, Verifier, cosigned_at, verified
from edge.wire.signed import Kind

SUBJECT = "The journal"


def check(case: Case) -> Iterator[Finding]:
    """Consistency, cosignatures, epochs."""
    yield from case.history.findings
    raw = case.bundle.raw
    if not raw:
        yield Finding(Failure.LOG_EMPTY, "no leaf")
        return
    tree = Tree(lambda start, stop: raw[start:stop])
    yield from _head(case, tree)
    for note in case.bundle.cosigned:
        yield from _held_against(case, note, tree, "cosigned")
    for note in case.brought.heads:
        yield from _held_against(case, note, tree, "brought")
    yield from _cosigned(case)
    yield from _epoch(case)


def witnesses(case: Case) -> list[Verifier]:
    """Whose cosignatures count: those that were brought, or else those that any believed trust root names."""
    if case.brought.witnesses:
        return list(case.brought.witnesses)
    pinned = {one for root in case.chain.roots for one in root.document.witnesses}
    return [Verifier(one.name, one.key, Algorithm.COSIGNATURE) for one in sorted(pinned, key=lambda one: one.name)]


def cosignatures(case: Case) -> Iterator[tuple[Verifier, NoteSignature, Checkpoint]]:
    """Every cosignature that holds, of the bundle and of what was brought, and the head that it is on."""
    known = witnesses(case)
    for note in (*case.bundle.cosigned, *case.brought.heads):
        try:
            head = read_checkpoint(note.text)
            for verifier, line in verified(note, known):
                cosigned_at(line)
                yield verifier, line, head
        except Undecodable:
            continue  # said where the note itself is held against the journal


def _head(case: Case, tree: Tree) -> Iterator[Finding]:
    note = case.bundle.head
    if note is None:
        if HEAD not in case.bundle.page.files:
            yield Finding(Failure.HEAD_MISSING, "head.txt")
        return
    before = list(_held_against(case, note, tree, "signed"))
    yield from before
    if before:
        return
    size = read_checkpoint(note.text).size
    if size < len(case.bundle.raw):
        yield Finding(Failure.LEAVES_BEYOND, f"{len(case.bundle.raw) - size} after the head of {size}", size)


def _held_against(case: Case, note: Note, tree: Tree, how: str) -> Iterator[Finding]:
    try:
        head = read_checkpoint(note.text)
    except Undecodable as error:
        yield Finding(Failure.NOTE_UNREADABLE, f"a {how} head: {error.what}")
        return
    if head.origin != case.bundle.page.origin:
        yield Finding(Failure.HEAD_OF_OTHER_LOG, head.origin)
        return
    yield from _signed(case, note, head, how)
    size = len(case.bundle.raw)
    if head.size > size:
        yield Finding(Failure.LEAVES_CUT, f"{size} leaves, but a head of {head.size} was {how}")
    elif tree.root(head.size).hex() != head.root:
        yield Finding(Failure.HISTORY_DIFFERS, f"the head of {head.size} leaves that was {how}")


def _signed(case: Case, note: Note, head: Checkpoint, how: str) -> Iterator[Finding]:
    if not case.chain.roots:
        return
    keys = keys_in_role(case.chain.roots, Role.DEVICE)
    try:
        if not verified(note, [Verifier(head.origin, key, Algorithm.NOTE) for key in keys]):
            yield Finding(Failure.HEAD_NOT_SIGNED, f"the head of {head.size} leaves that was {how}")
    except Undecodable as error:
        yield Finding(Failure.HEAD_NOT_SIGNED, error.what)
    try:
        for _, line in verified(note, witnesses(case)):
            cosigned_at(line)
    except Undecodable as error:
        yield Finding(Failure.COSIGNATURE_INVALID, error.what)


def _cosigned(case: Case) -> Iterator[Finding]:
    """At each beginning as many witnesses as the policy asks for had cosigned what came before, lately."""
    held = list(cosignatures(case))
    for deployment in case.history.deployments:
        root = case.root_at(deployment.began.index)
        if root is None or not root.document.policy.witnesses:
            continue
        policy, at = root.document.policy, deployment.began.at
        lately = {
            verifier.name
            for verifier, line, head in held
            if head.size <= deployment.began.index
            and -APART <= at - cosigned_at(line) <= policy.cosigned_within + APART
        }
        if len(lately) < policy.witnesses:
            detail = f"{len(lately)} of {policy.witnesses} before {deployment.id} began"
            yield Finding(Failure.NOT_COSIGNED, detail, deployment.began.index)


def _epoch(case: Case) -> Iterator[Finding]:
    """A journal begins with the device's first start, or with what custodians bound to the journal before."""
    page = case.bundle.page
    if page.origin != f"lamppost/{page.site}/{page.device}/{page.epoch}":
        yield Finding(Failure.EPOCH_NOT_BOUND, page.origin)
    first = next(iter(case.bundle.entries), None)
    if first is not None and first.index == 0 and not isinstance(first.leaf.event, Booted | EpochOpened):
        yield Finding(Failure.EPOCH_NOT_BOUND, f"it begins with {first.leaf.event.kind}", 0)
    opening = first is not None and isinstance(first.leaf.event, EpochOpened)
    if not opening and any(_is_epoch(case, name) for name in case.bundle.papers):
        yield Finding(Failure.EPOCH_NOT_BOUND, "custodians opened it, and its first leaf does not say so", 0)
    for entry in case.bundle.entries:
        if isinstance(entry.leaf.event, EpochOpened) and entry.index:
            yield Finding(Failure.EPOCH_NOT_BOUND, "an epoch is opened within another", entry.index)


def _is_epoch(case: Case, name: Digest) -> bool:
    """Whether a paper is the custodians' decision to open this very journal."""
    signed = case.bundle.papers[name]
    document = content(signed, NewEpoch) if kind_of(signed) is Kind.NEW_EPOCH else None
    return document is not None and document.epoch == case.bundle.page.epoch
