"""One operator's keys are lost in the middle of a deployment: the procedure of ``deploy/console/lost-key.md``.

Step by step, with a device over real mutual TLS.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.keys import FileSigner
from edge.control_room import deploy
from edge.control_room.console import place as places
from edge.control_room.console.cases import Case
from edge.control_room.console.deciding import Standing, outcome
from edge.control_room.console.room import Room
from edge.control_room.desk import Desk
from edge.control_room.keeping import Purpose
from edge.domain.access import Why
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost, Misconfigured
from edge.domain.orders import Trust, Verb, Verdict
from tests.browser.day import Console, Day, day, root_of

NAME = "post-0001"
LINE = f"fleet.{NAME}"
WAITING = Purpose(Why.REVIEW, "console")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Day]:
    with day(tmp_path, devices=1, second="always") as running:
        yield running


def looked(made: Day, room: Room, case: Case) -> None:
    """Both pictures, a moment, and the reviewer's word that they look."""
    hit = case.arrived.sealed.id
    room.cases.picture(hit, probe=True)
    room.cases.picture(hit, probe=False)
    made.clock.move_on(timedelta(seconds=2))
    room.cases.look(hit)
    made.clock.move_on(timedelta(seconds=3))


def test_the_procedure(made: Day) -> None:
    first = made.console("first", without_parts=True)
    line = first.room.lines[LINE]
    line.ask(line.begin).result(30)
    made.on_scene.add(NAME)
    made.until(lambda: made.looks(NAME), "it looks")
    made.walk(NAME, 3)
    made.until(lambda: [case for case in first.room.cases.all() if case.arrived.came], "a hit")
    (case,) = first.room.cases.all()
    looked(made, first.room, case)
    first.room.cases.decide(case.arrived.sealed.id, Verdict.CONFIRMED, settles=False)

    lost = FileSigner(first.keys / "operator.pem")  # whoever found it
    made.consoles.pop("first").close()
    shutil.rmtree(first.keys)
    with pytest.raises(Misconfigured, match="cannot be read"):
        made.console("first", without_parts=True)

    other = made.console("second", without_parts=True)
    (found,) = other.room.cases.all()
    assert outcome(found.arrived.said, other.room.cases.second).standing is Standing.SECOND
    other.room.cases.open(found.arrived.sealed.id, WAITING)
    looked(made, other.room, found)
    other.room.cases.decide(found.arrived.sealed.id, Verdict.CONFIRMED, settles=False)
    made.until(lambda: found.kept.is_told(1), "the device knows")

    rotate(made, other)
    ask = other.room.lines[LINE].ask
    with pytest.raises(BrokerLost, match="No answer"):  # a stranger's order is counted, and not answered
        ask(lambda desk: deploy.stop(desk, "day-1", lost)).result(60)
    made.until(lambda: made.looks(NAME), "it looks on")
    assert made.condition(NAME) is Condition.ACTIVE
    made.walk(NAME, 5)
    made.until(lambda: len(other.room.cases.all()) == 2, "the next hit came to the operator who is left")

    again = reviewers_now(made)
    assert len(again) == 1, "no console that is started anew counts the lost reviewer"
    ask(lambda desk: other.room.lines[LINE].stop(desk, "day-1")).result(30)


def rotate(made: Day, other: Console) -> None:
    """The next trust root, without the lost keys, by the hands of the operator who is left."""
    signed = made.headquarters.office.signed_root(root_of(made, NAME, version=2, without="first"))

    def send(desk: Desk) -> None:
        desk.order(Verb.TRUST, Trust(root=signed), other.room.hands.operator)

    other.room.lines[LINE].ask(send).result(30)
    deploy.write_signed(made.founded.trust_root(NAME), signed)


def reviewers_now(made: Day) -> list[object]:
    """Whom a console would count that is started now."""
    (post,) = places.load(made.place).posts
    return [pinned for pinned in post.known.root.keys if pinned.role.value == "reviewer"]
