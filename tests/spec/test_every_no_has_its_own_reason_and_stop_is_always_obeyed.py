"""What is wrong with an order is told apart, answered and recorded, each key's refusals at a bounded rate; what nobody
signed is counted; and ``stop`` is obeyed whatever else is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.errors import REMEDIES, Reason
from edge.domain.jobs import Answer, JobState, Reply
from edge.domain.leaves.device import Refused
from edge.domain.message import Outgoing
from edge.domain.orders import ROLES, Body, Heading, Load, Presence, Status, Stop, Verb, WrappedKey
from edge.domain.transfers import Announce, Content
from edge.wire.events import disclose, enclose, order_document, read
from edge.wire.signed import Kind, to_base64url
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site

DESK = "desk"


def heading(site: Site, number: int, **fields: object) -> Heading:
    now = site.clock.now().wall
    usual = Heading(
        id=f"order-{number}", verb=Verb.STATUS, site="bench", device="post-1", epoch="epoch-1", issued=now,
        expires=now + timedelta(seconds=30), counter=2**52 + number,
    )  # fmt: skip
    return replace(usual, **fields)  # type: ignore[arg-type]


def send(
    site: Site, head: Heading, body: Body | None = None, *, key: MemoryKey | None = None, retain: bool = False,
    respond_to: str | None = None,
) -> None:  # fmt: skip
    signed = order_document(head, body or Status(), key or site.office.operator)
    payload = enclose(signed, Kind.ORDER, id=head.id, source="/test", time=head.issued)
    to = respond_to or f"{site.topics.replies}{DESK}"
    site.broker.forge(
        Outgoing(site.topics.order(head.verb), payload, retain=retain, respond_to=to, correlation=b"which")
    )  # fmt: skip
    site.run(0.2)


def answers(site: Site, topic: str | None = None) -> list[Reply]:
    wanted = topic or f"{site.topics.replies}{DESK}"
    return [
        read(disclose(heard.payload, Kind.REPLY), Reply) for heard in site.broker.heard if heard.topic == wanted
    ]  # fmt: skip


def recorded(site: Site) -> list[str]:
    return [event.reason for event in site.journal() if isinstance(event, Refused)]


def counters(site: Site) -> dict[str, int]:
    return site.device.daemon.pulse.counters()


SECONDS = timedelta(seconds=1)
WRONG: list[tuple[Reason, Callable[[Site, Heading], Heading]]] = [
    (Reason.EXPIRED, lambda _, head: replace(head, issued=head.issued - 40 * SECONDS, expires=head.issued)),
    (Reason.NOT_YET_VALID, lambda _, head: replace(head, issued=head.issued + 6 * SECONDS)),
    (Reason.LIVES_TOO_LONG, lambda _, head: replace(head, expires=head.issued + 61 * SECONDS)),
    (Reason.WRONG_DEVICE, lambda _, head: replace(head, device="post-2")),
    (Reason.REPLAYED, lambda _, head: replace(head, counter=0)),
    (Reason.ID_REUSED, lambda _, head: replace(head, id="order-0")),
]


def test_each_way_of_being_wrong_has_a_reason_a_remedy_and_a_leaf_of_its_own(site: Site) -> None:
    site.run(1)
    send(site, heading(site, 0))
    for number, (_, wrong) in enumerate(WRONG, 1):
        send(site, wrong(site, heading(site, number)))
        # Longer than a key's leaves are apart, and shorter than an answer is remembered.
        site.run(11)
    send(site, heading(site, 50), retain=True)
    site.device.link.connect()
    site.run(11)
    send(site, heading(site, 60, verb=Verb.STOP), Stop(authorisation="test-1"))
    wanted = [reason.value for reason, _ in WRONG] + ["retained", "no-authorisation"]
    refused = [reply for reply in answers(site) if reply.answer is Answer.REJECTED]
    assert recorded(site) == wanted
    # What the simulator's broker retains has lost whom to answer.
    wanted.remove("retained")
    assert [reply.reason.partition(" ")[0] for reply in refused] == wanted
    assert [reply.remedy for reply in refused] == [REMEDIES[Reason(word)] for word in wanted]
    assert len(set(wanted)) == len(wanted)


def test_validly_signed_and_inadmissible_is_told_from_unknown(watching: Site) -> None:
    key = WrappedKey(to="A" * 43, sealed="A" * 64)
    orders: list[tuple[Verb, Body, MemoryKey, str]] = [
        (
            Verb.LOAD,
            Load(authorisation="test-1", digest="0" * 64, size=1, key=key),
            watching.office.operator,
            "wrong-list",
        ),
        (
            Verb.PRESENCE,
            Presence(authorisation="test-1", boot="x", nonce=to_base64url(bytes(16))),
            watching.office.presence,
            "nonce-unknown",
        ),
        (Verb.STOP, Stop(authorisation="test-9"), watching.office.officer, "other-authorisation"),
    ]
    for number, (verb, body, who, _) in enumerate(orders, 1):
        send(watching, heading(watching, number, verb=verb), body, key=who)
    assert recorded(watching) == [reason for *_, reason in orders]
    assert watching.condition is Condition.ACTIVE


def test_each_key_has_a_rate_of_its_own(site: Site) -> None:
    site.run(1)
    for number in range(8):
        send(site, heading(site, number, device="post-2"))
        send(site, heading(site, number, device="post-2"), key=site.office.presence)
    leaves = [event for event in site.journal() if isinstance(event, Refused)]
    assert len({event.key for event in leaves}) == len(leaves) == 2
    assert counters(site)["orders-refused-wrong-device"] == 16
    assert len(answers(site)) == 16
    site.run(10)
    send(site, heading(site, 9, device="post-2"))
    assert len(recorded(site)) == 3


def test_a_long_order_that_is_refused_is_a_rejected_job(site: Site) -> None:
    site.run(1)
    plan = Announce(content=Content.WATCHLIST, digest="0" * 64, size=1, chunk_bytes=4096, chunks=("0" * 64,))
    send(site, heading(site, 1, verb=Verb.ANNOUNCE), plan)
    send(site, heading(site, 2))
    assert [(reply.answer, reply.job) for reply in answers(site)] == [
        (Answer.REJECTED, JobState.REJECTED),
        (Answer.DONE, None),
    ]


@pytest.mark.parametrize("name", ["#", "+", "a/b", "", "a" * 65, "desk\x00", "desk/#", "désk", "$desk"])
def test_an_answer_goes_to_plain_names_in_the_devices_own_tree_alone(site: Site, name: str) -> None:
    """The response topic is not signed: whoever repeats an order may put anything there."""
    site.run(1)
    send(site, heading(site, 1), respond_to=f"{site.topics.replies}{name}")
    assert counters(site)["orders-status"] == 1
    assert answers(site, f"{site.topics.replies}{name}") == []
    assert not any("/reply/" in heard.topic for heard in site.broker.heard)


def test_an_answer_bears_the_correlation_of_its_order(site: Site) -> None:
    site.run(1)
    link = site.broker.link((f"{site.topics.replies}+",))
    link.connect()
    send(site, heading(site, 1))
    found = link.receive(timedelta(0))
    assert found is not None
    assert (found.topic, found.correlation) == (f"{site.topics.replies}{DESK}", b"which")


def test_whoever_asks_hears_that_nothing_can_be_written_down(site: Site) -> None:
    site.run(1)
    full(site)
    send(site, heading(site, 1))
    (reply,) = answers(site)
    assert (reply.answer, reply.reason, reply.remedy) == (Answer.REJECTED, "unsafe", REMEDIES[Reason.UNSAFE])
    send(site, heading(site, 2), key=MemoryKey())
    assert len(answers(site)) == 1


def full(site: Site) -> None:
    """The disk takes nothing any more."""
    site.device.store._connection.execute("PRAGMA query_only=ON")


@pytest.mark.parametrize("role", [role for role in Role if role in ROLES[Verb.STOP]])
@pytest.mark.parametrize("broken", ["nothing", "disk", "clock", "link"])
def test_stop_is_obeyed_from_one_key_whatever_is_broken(watching: Site, role: Role, broken: str) -> None:
    keys = {
        Role.OPERATOR: watching.office.operator,
        Role.PRESENCE: watching.office.presence,
        Role.AUTHORISING_OFFICER: watching.office.officer,
        Role.COUNTERSIGNING_OFFICER: watching.office.second,
    }
    watching.officer_on_scene = False
    old = heading(watching, 0, verb=Verb.STOP, epoch="another", issued=watching.clock.now().wall - timedelta(days=9))
    match broken:
        case "disk":
            full(watching)
        case "clock":
            watching.clock.trusted = False
        case "link":
            watching.device.link.eats_publishes = True
    old = replace(old, expires=old.issued, counter=0)
    send(watching, old, Stop(authorisation="test-1"), key=keys[role], retain=True)
    assert watching.device.daemon.gate.believed is None
    assert not watching.camera.is_open
    assert not any(bytes(buffer.view).strip(b"\0") for buffer in watching.device.host.buffers)
