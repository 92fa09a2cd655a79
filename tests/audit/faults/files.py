"""What can be wrong with the files of a bundle, and with heads and cosignatures."""

from __future__ import annotations

from dataclasses import replace

from edge.audit.failures import Failure
from edge.domain.custody import NewClock, NewEpoch
from edge.domain.leaves.deployment import Began, PresenceConfirmed, Searched
from edge.domain.leaves.device import Alive, Booted, ClockReset, EpochOpened
from edge.wire.notes import Note
from edge.wire.signed import Kind, sign
from tests.audit.cast import ORIGIN, PENDING, at, booted, person
from tests.audit.faults import fault
from tests.audit.story import Story, cosigned_note, name_of, page_of


@fault(Failure.BUNDLE_UNREADABLE)
def page_torn(story: Story) -> None:
    """The first page breaks off."""
    story.afterwards.append(lambda files: files.update({"bundle.json": page_of(files)[:-20]}))


@fault(Failure.FILE_MISSING)
def head_taken_away(story: Story) -> None:
    """The signed head was taken out of the folder."""

    def change(files: dict[str, bytes]) -> None:
        files["bundle.json"] = page_of(files)
        del files["head.txt"]

    story.afterwards.append(change)


@fault(Failure.HEAD_MISSING)
def head_never_written(story: Story) -> None:
    """There never was a signed head, and the first page says so."""
    story.leave_out("head.txt")


@fault(Failure.FILE_CHANGED)
def cosignature_swapped(story: Story) -> None:
    """A head was put in another's place, after the first page was written."""

    def change(files: dict[str, bytes]) -> None:
        files["bundle.json"] = page_of(files)
        files["cosigned/000001.txt"] = files["cosigned/000000.txt"]

    story.afterwards.append(change)


@fault(Failure.FILE_UNLISTED)
def something_slipped_in(story: Story) -> None:
    """A file lies there that the first page does not know."""

    def change(files: dict[str, bytes]) -> None:
        files["bundle.json"] = page_of(files)
        files["notes.txt"] = b"nothing to see here\n"

    story.afterwards.append(change)


@fault(Failure.LEAF_UNREADABLE, Failure.HISTORY_DIFFERS)
def leaf_with_a_name(story: Story) -> None:
    """Somebody's name was written into a leaf, which no leaf can hold."""

    def change(files: dict[str, bytes]) -> None:
        # The third to last leaf says nothing that any other depends on.
        lines = files["leaves.jsonl"].split(b"\n")
        lines[1] = lines[1].replace(b'"condition":"idle"', b'"condition":"idle","seen":"somebody"')
        files["leaves.jsonl"] = b"\n".join(lines)

    story.afterwards.append(change)


@fault(Failure.PAPER_UNREADABLE, Failure.PAPER_MISSING)
def paper_torn(story: Story) -> None:
    """A signed review breaks off."""

    def change(files: dict[str, bytes]) -> None:
        name = f"papers/{name_of(story.papers[0])}.json"
        files[name] = files[name][:-40]

    story.afterwards.append(change)


@fault(Failure.PAPER_MISNAMED)
def paper_misnamed(story: Story) -> None:
    """A signed review lies there under another digest."""

    def change(files: dict[str, bytes]) -> None:
        files[f"papers/{'9' * 64}.json"] = files.pop(f"papers/{name_of(story.papers[0])}.json")

    story.afterwards.append(change)


@fault(Failure.PAPER_MISSING)
def authorisation_left_out(story: Story) -> None:
    """The authorisation is not in the bundle."""
    story.leave_out(f"papers/{name_of(story.signed_authorisation)}.json")


@fault(Failure.NOTE_UNREADABLE)
def head_torn(story: Story) -> None:
    """The signed head breaks off."""
    story.afterwards.append(lambda files: files.update({"head.txt": files["head.txt"][:-9]}))


@fault(Failure.LOG_EMPTY)
def journal_emptied(story: Story) -> None:
    """All leaves are gone."""
    story.lines, story.cosigned = [], []


@fault(Failure.HEAD_NOT_SIGNED)
def head_signed_by_a_stranger(story: Story) -> None:
    """The head bears a signature that is not the device's."""
    story.head_signer, story.cosigned = "stranger", story.cosigned
    story.policy(witnesses=0)
    story.cosigned = []


@fault(Failure.HEAD_OF_OTHER_LOG)
def head_of_another_epoch(story: Story) -> None:
    """The head is of a journal of another epoch."""

    def change(files: dict[str, bytes]) -> None:
        story.origin = "lamppost/high-street/post-1/epoch-2"
        files["head.txt"] = story.note(len(story.lines)).encode()
        story.origin = ORIGIN

    story.afterwards.append(change)


@fault(Failure.LEAVES_CUT)
def tail_cut(story: Story) -> None:
    """The last leaf was cut off: fewer are left than the device signed, and a witness cosigned."""

    def change(files: dict[str, bytes]) -> None:
        files["leaves.jsonl"] = b"\n".join(files["leaves.jsonl"].split(b"\n")[:-2]) + b"\n"

    story.afterwards.append(change)


@fault(Failure.LEAVES_CUT)
def tail_cut_before_signing(story: Story) -> None:
    """The tail was cut, and the head signed anew: but a witness still has the old one."""
    size = len(story.lines)
    story.brought_heads = [cosigned_note(story.note(size), 2345, "witness-1").encode()]
    story.cosigned = story.cosigned[:1]
    story.lines.pop()


@fault(Failure.LEAVES_BEYOND)
def leaves_nobody_signed(story: Story) -> None:
    """One leaf was added after the last head."""
    story.cosigned = story.cosigned[:1]
    story.head = len(story.lines) - 1


@fault(Failure.HISTORY_DIFFERS)
def history_rewritten(story: Story) -> None:
    """A count was changed and the head signed anew: but a witness had cosigned the old history."""
    old = cosigned_note(story.note(len(story.lines)), 2345, "witness-1").encode()
    story.change(Searched, 0, searches=39)
    story.cosigned = story.cosigned[:1]
    story.afterwards.append(lambda files: files.update({"cosigned/000001.txt": old}))


@fault(Failure.COSIGNATURE_INVALID)
def cosignature_forged(story: Story) -> None:
    """A witness's line has another's signature under it."""

    def change(files: dict[str, bytes]) -> None:
        note = cosigned_note(story.note(len(story.lines)), 2345, "witness-1")
        line = note.signatures[-1]
        forged = replace(line, signature=line.signature[:8] + bytes(64))
        files["cosigned/000001.txt"] = Note(note.text, (*note.signatures[:-1], forged)).encode()

    story.afterwards.append(change)


@fault(Failure.NOT_COSIGNED)
def begun_without_a_witness(story: Story) -> None:
    """The policy asks for a witness within 30 minutes, and the last was heard two hours before."""
    story.cosigned[0] = (1, 1200 - 7200, "witness-1")


@fault(Failure.NOT_COSIGNED)
def one_witness_counted_twice(story: Story) -> None:
    """The policy asks for two witnesses, and one cosigned twice."""
    story.policy(witnesses=2)
    story.cosigned.insert(1, (2, 950, "witness-1"))


@fault(Failure.TIME_BACKWARDS, Failure.CAPTURED_WITHOUT_PRESENCE)
def clock_put_back(story: Story) -> None:
    """The clock was put back by an hour, and the deployment went on."""
    story.line(PresenceConfirmed, 1).at -= 3600
    story.change(PresenceConfirmed, 1, until=at(1520 - 3600))


@fault(Failure.BOOT_NOT_RECORDED)
def life_without_a_start(story: Story) -> None:
    """The last heartbeat is of a life of the device that never began."""
    story.lines[-1].boot = "boot-2"


@fault(Failure.BOOT_CAME_BACK)
def life_that_came_back(story: Story) -> None:
    """The device was started anew, and then the life before went on."""
    story.add(1600, booted(), "boot-2")
    story.change(Alive, 2, camera_opens=0)


@fault(Failure.EPOCH_NOT_BOUND, Failure.BOOT_NOT_RECORDED)
def journal_without_a_beginning(story: Story) -> None:
    """The first leaf is missing, and the heads were signed anew."""
    story.lines.insert(0, story.lines.pop(1))
    story.lines[0].at = 0


@fault(Failure.EPOCH_NOT_BOUND)
def new_epoch_that_hides_the_old(story: Story) -> None:
    """Custodians opened this journal after another; its first leaf does not say so."""
    story.paper(sign(_epoch(), Kind.NEW_EPOCH, person("custodian-1"), person("custodian-2")))


@fault(Failure.EPOCH_NOT_SIGNED)
def new_epoch_by_one_custodian(story: Story) -> None:
    """One custodian alone opened a new journal."""
    signed = story.paper(sign(_epoch(), Kind.NEW_EPOCH, person("custodian-1")))
    opening = EpochOpened(
        digest=name_of(signed), previous_origin=_epoch().previous_origin, previous_size=7, previous_root=PENDING
    )
    story.add(-1, opening)
    story.cosigned = [(3, 900, "witness-1")]


@fault(Failure.CLOCK_RESET_NOT_SIGNED)
def clock_reset_by_strangers(story: Story) -> None:
    """The clock's mark was lowered by one custodian and somebody who is none."""
    decision = NewClock(site="high-street", device="post-1", epoch="epoch-1", to=at(0), decided=at(2300))
    signed = story.paper(sign(decision, Kind.NEW_CLOCK, person("custodian-1"), person("stranger")))
    story.add(2310, ClockReset(digest=name_of(signed), to=at(0)))
    story.cosigned = story.cosigned[:1]


@fault(Failure.ROOT_NOT_BROUGHT)
def nobody_vouches(story: Story) -> None:
    """Nobody said whom to believe: a bundle cannot vouch for itself."""
    story.brought_root = False


@fault(Failure.ROOT_OTHER)
def root_of_somebody_else(story: Story) -> None:
    """The device began with a trust root that is not the one that was brought."""
    other = story.sign_root(replace(story.root, organisation="Somebody Else"), "custodian-1", "custodian-2")
    story.change(Booted, trust_root=name_of(story.paper(other)))


@fault(Failure.PAPER_MISSING)
def began_under_nothing(story: Story) -> None:
    """A deployment names an authorisation that nobody has."""
    story.change(Began, digest="8" * 64)


def _epoch() -> NewEpoch:
    return NewEpoch(
        site="high-street", device="post-1", epoch="epoch-1", previous_origin="lamppost/high-street/post-1/epoch-0",
        previous_size=7, previous_root=PENDING, reason="case-7", decided=at(-60),
    )  # fmt: skip
