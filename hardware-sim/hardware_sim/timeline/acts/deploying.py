"""What an office does: deployments begun rightly, and in every way that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from edge.control_room import delivery
from edge.control_room import deploy as office
from edge.control_room.deploy import SealedList
from edge.domain.authorisation import Authorisation, AuthorisedModels, CategoryCap, UseCase
from edge.domain.authority import Recipient, Signed
from edge.domain.errors import Misconfigured
from edge.domain.orders import Load, Presence, Stop, Verb
from edge.domain.transfers import Content
from edge.wire.sealed import ListBinding, public_of, wrap
from edge.wire.signed import Kind, digest, key_id, sign
from hardware_sim.office import MemoryKey, sealed_list
from hardware_sim.scripted import EMBEDDER, features_of
from hardware_sim.timeline.acting import act
from hardware_sim.timeline.story import Deployed, Story
from hardware_sim.timeline.truth import Force

NOBODY: Final = "0" * 64


def _models(document: Authorisation) -> Authorisation:
    return replace(document, models=AuthorisedModels(detector=NOBODY, embedder=NOBODY))


def _cap(document: Authorisation) -> Authorisation:
    return replace(document, watchlist=replace(document.watchlist, cap=document.watchlist.entries - 1))


def _category(document: Authorisation) -> Authorisation:
    caps = tuple(CategoryCap(category=cap.category, most=1) for cap in document.watchlist.caps)
    return replace(document, watchlist=replace(document.watchlist, caps=caps))


FLAWS: Final[dict[str, Callable[[Authorisation], Authorisation]]] = {
    "device": lambda document: replace(document, device="post-2"),
    "site": lambda document: replace(document, site="elsewhere"),
    "zone": lambda document: replace(document, zone=NOBODY),
    "calibration": lambda document: replace(document, calibration=NOBODY),
    "configuration": lambda document: replace(document, configuration=NOBODY),
    "models": _models,
    "cap": _cap,
    "category": _category,
    "not-a-test": lambda document: replace(document, test=False),
    "sequence": lambda document: replace(document, sequence=document.sequence - 1, id=f"{document.id}-again"),
}
"""What may be wrong with an authorisation, besides its signatures."""


@act("deploy")
def deploy(
    story: Story, people: list[int], minutes: float = 120.0, begins_in: float = 0.0,
    use_case: str = "sought-person-expected", max_fpir: str = "0.01", decoys: int = 20, built_ago: float = 0.0,
    urgent: bool = False, flaw: str = "", signers: list[str] | None = None, forged: list[str] | None = None,
    by: str = "operator", load: bool = True, undelivered: float = 600.0, keep_hits: float = 24.0,
    other_recipient: bool = False,
) -> None:  # fmt: skip
    """List, authorisation, start, load: everything but presence.

    ``begins_in`` and ``minutes`` are the window, ``built_ago`` the list's age in hours, ``undelivered`` and
    ``keep_hits`` the retention in seconds and hours. ``flaw`` names what is wrong with the document; ``signers`` sign
    it, and ``forged`` are named by somebody who has not their keys.
    """
    stand, staff = story.stand, story.stand.office
    sealed = _list(story, people, decoys, built_ago)
    begins = stand.clock.now().wall + timedelta(seconds=begins_in)
    document = stand.authorisation(
        sealed,
        not_before=begins,
        not_after=begins + timedelta(minutes=minutes),
        use_case=UseCase(use_case),
        max_fpir=Decimal(max_fpir),
        urgent=urgent,
    )
    retention = replace(
        document.retention, undelivered=timedelta(seconds=undelivered), hit=timedelta(hours=keep_hits)
    )  # fmt: skip
    document = replace(document, retention=retention)
    if other_recipient:
        reader = staff.other_reader
        document = replace(document, recipients=(Recipient(sign=reader.signer.public, seal=public_of(reader.private)),))
    if flaw:
        document = FLAWS[flaw](document)
    ordinary = ["urgent", "second"] if urgent else ["officer", "second"]
    keys = [staff.key(name) for name in (ordinary if signers is None else signers)]
    keys += [_impostor(staff.key(name)) for name in forged or []]
    signed = sign(document, Kind.AUTHORISATION, *keys)
    story.deployments.append(Deployed(document, signed, sealed, frozenset(people)))
    _begin(story, signed, by)
    if load:
        _load(story, story.latest)


@act("deploy-again")
def deploy_again(story: Story, number: int = 0, by: str = "operator", load: bool = True) -> None:
    """Start an authorisation again: the ``number``-th that somebody has tried, or the last that was in force."""
    if number > len(story.deployments):
        raise Misconfigured(f"Nobody has deployed {number} times yet.", "Count the deploy rows before.")
    one = story.deployments[number - 1] if number else story.latest
    _begin(story, one.signed, by)
    if load:
        _load(story, one)


@act("load")
def load(story: Story) -> None:
    """Send the list of the latest deployment."""
    _load(story, story.latest)


@act("load-another-list")
def load_another_list(story: Story, people: list[int]) -> None:
    """Try to have another list opened than the authorised one, of the same size and age, under its name."""
    stand, one = story.stand, story.latest
    volunteers = [(f"v-{person:04d}", features_of(person)) for person in people]
    listed = one.document.watchlist
    other = sealed_list(volunteers, decoys=listed.entries - len(people), embedder=EMBEDDER, built=listed.built, seed=2)
    said = stand.desk.seen.deployment
    assert said is not None
    delivery.deliver(stand.desk, Content.WATCHLIST, other.file, stand.office.operator)
    binding = ListBinding(
        site=stand.topics.site, device=stand.topics.device, authorisation=said.authorisation, digest=listed.digest
    )
    order = Load(
        authorisation=said.authorisation,
        digest=digest(other.file),
        size=len(other.file),
        key=wrap(other.key, said.list_key, binding),
    )
    stand.desk.order(Verb.LOAD, order, stand.office.operator)


@act("stop")
def stop(story: Story, by: str = "operator") -> None:
    """Somebody ends the deployment."""
    stand = story.stand
    stand.desk.order(Verb.STOP, Stop(authorisation=story.latest.document.id), stand.office.key(by))
    stand.truth.ended()


@act("sign-presence")
def sign_presence(story: Story, by: str = "presence", nonce_age: float = 0.0) -> None:
    """Presence is confirmed once, with a nonce that was read so many seconds ago, and the answer awaited."""
    stand = story.stand
    state = stand.desk.seen.state
    assert state is not None
    now = stand.clock.elapsed
    old = [name for name, seen in stand.truth.nonces.items() if now - seen >= timedelta(seconds=nonce_age)]
    nonce = state.nonce if not nonce_age or not old else old[-1]
    statement = Presence(authorisation=story.latest.document.id, boot=state.boot, nonce=nonce)
    with stand.truth.unless_refused():
        if by == "presence":
            stand.truth.confirmed(nonce)
        stand.desk.order(Verb.PRESENCE, statement, stand.office.key(by))


def _list(story: Story, people: list[int], decoys: int, built_ago: float) -> SealedList:
    built = story.stand.clock.now().wall - timedelta(hours=built_ago)
    volunteers = [(f"v-{person:04d}", features_of(person)) for person in people]
    return sealed_list(volunteers, decoys=decoys, embedder=EMBEDDER, built=built)


def _begin(story: Story, signed: Signed, by: str) -> None:
    stand = story.stand
    office.start(stand.desk, signed, stand.office.key(by))
    one = next(one for one in reversed(story.deployments) if one.signed is signed)
    story.accepted.append(one)
    stand.truth.ended()
    stand.truth.withdrawn.clear()
    stand.truth.force = Force(one.document, one.people)


def _load(story: Story, one: Deployed) -> None:
    stand = story.stand
    said = stand.desk.seen.deployment
    assert said is not None
    force = stand.truth.force
    if force is not None:
        force.listed = True
    try:
        office.load(stand.desk, said, one.sealed, stand.topics, stand.office.operator)
    except Exception:
        if force is not None:
            force.listed = False
        raise


def _impostor(of: MemoryKey) -> MemoryKey:
    """Somebody who names another's key, and has not got it."""
    impostor = MemoryKey()
    impostor.public = of.public
    assert key_id(impostor.public) == key_id(of.public)
    return impostor
