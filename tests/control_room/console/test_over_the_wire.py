"""The console behind its door, with a device over real mutual TLS: what the page is told, and what it may ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest

from edge.control_room.console.cases import Case
from edge.control_room.console.views import Arrived
from edge.control_room.onvif import Emitter, Mirror
from edge.domain.condition import Condition
from edge.domain.leaves.hits import HitReviewed
from edge.wire.log import decode_leaf
from hardware_sim.broker import CONTROL_ROOM
from tests.browser.day import Console, Day, day, entry
from tests.control_room.own import OwnMemoryBroker
from tests.control_room.web.browser import Answer, Client

NAME = "post-0001"
DEVICE = f"fleet.{NAME}"
OWN = OwnMemoryBroker()
"""The control room's, for its other systems."""


@dataclass
class Page:
    """What a page knows, and how it goes on."""

    client: Client
    marker: str = ""
    documents: dict[str, Any] = field(default_factory=dict)
    life: str = ""
    stream: HTTPConnection | None = None

    def open(self) -> None:
        """Ask for what is so, from where this page left off."""
        self.stream = self.client.begin("GET", "/events", last_event_id=self.marker or "-")
        self.reading = self.stream.getresponse()
        assert self.reading.status == 200
        assert self.reading.headers["content-type"].startswith("text/event-stream")

    def take(self) -> str:
        """The next event; returns its kind."""
        found = {}
        while line := self.reading.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            found[name] = value
        self.marker, said = found["id"], json.loads(found["data"])
        if found["event"] == "anew":
            self.documents, self.life = {}, said["life"]
        if found["event"] == "is":
            self.documents[said["name"]] = said["document"]
        return found["event"]

    def until(self, condition: Any) -> None:
        """It is a matter of seconds: a stream that goes on beating without it has failed."""
        beats = 0
        while not condition():
            beats += self.take() == "beat"
            assert beats < 30, self.documents

    def hits(self) -> list[dict[str, Any]]:
        return [one for name, one in self.documents.items() if name.startswith("hit/")]

    def device(self) -> dict[str, Any]:
        found: dict[str, Any] = self.documents.get(f"device/{DEVICE}", {})
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Day, Console]]:
    with day(tmp_path_factory.mktemp("day"), devices=1, second="never") as made:
        link = OWN.link(())
        link.connect()
        emitter = Emitter(Mirror(made.founded.client(CONTROL_ROOM, 1), "room", "cam0", None), link, made.clock)
        yield made, made.console("first", without_parts=True, emitters={DEVICE: emitter})


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_a_deployment_from_start_to_stop_through_the_page(running: tuple[Day, Console]) -> None:
    made, console = running
    client = Client(console.server)
    for path in ("/", "/main.js", "/events", f"/devices/{DEVICE}/authorisation"):
        assert client.ask("GET", path).status == 403
    client.sign_in()
    page = Page(client)
    page.open()
    page.until(lambda: page.device().get("condition") == "idle")
    assert page.documents["place"]["name"] == "Old Town"
    assert "accuracy-test" in said(client.ask("GET", f"/devices/{DEVICE}/authorisation"))["words"]

    assert client.post(f"/devices/{DEVICE}/start", origin="http://evil.example").status == 403
    assert client.post("/devices/fleet.nobody/start").status == 409
    assert client.post(f"/devices/{DEVICE}/start", {"more": 1}).status == 400
    assert client.post(f"/devices/{DEVICE}/start").status == 200
    made.on_scene.add(NAME)
    page.until(lambda: page.device()["condition"] == "active")
    assert page.device()["presence_until"] is not None

    made.walk(NAME, 3)
    page.until(page.hits)
    (hit,) = page.hits()
    assert (hit["entry"], hit["reference"], hit["mine"], hit["late"]) == (entry(3), True, True, 0)
    (case,) = console.room.cases.all()
    console.room.show(Case(Arrived(DEVICE, case.arrived.sealed, None, None), case.kept))  # as it was a moment before
    assert console.room.live.since(0)[-1].document["arrived"], "what is told is how it is now"
    (event,) = OWN.heard
    assert json.loads(event.payload)["Data"]["EnrollmentID"] == entry(3), "other systems were told too"
    decide = f"/hits/{hit['id']}/decide"
    refused = client.post(decide, {"verdict": "confirmed"})
    assert (refused.status, said(refused)["what"]) == (409, "Look at both pictures first: press Look.")
    for picture in ("probe", "reference"):
        answer = client.ask("GET", f"/hits/{hit['id']}/{picture}", sec_fetch_site="same-origin")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "no-store"
    made.clock.move_on(timedelta(seconds=2))
    assert client.post(f"/hits/{hit['id']}/look").status == 200
    assert client.post(decide, {"verdict": "confirmed"}).status == 409
    made.clock.move_on(timedelta(seconds=3))
    assert client.post(decide, {"verdict": "perhaps"}).status == 400

    before = page.marker
    assert page.stream is not None
    page.stream.close()  # the network goes away, and something happens meanwhile
    assert client.post(decide, {"verdict": "confirmed"}).status == 200
    made.until(lambda: _reviews(made), "the device was told")
    page.open()
    page.until(lambda: page.hits()[0]["told"])
    assert page.marker.partition("-")[0] == before.partition("-")[0]
    assert "place" in page.documents, "nothing was sent anew that had not changed"
    assert page.hits()[0]["verdict"] == "confirmed"
    assert client.ask("GET", f"/hits/{hit['id']}/probe").status == 409, "a settled hit is sealed again"

    for wrong in ({}, {"why": "curiosity", "ticket": "x"}, {"why": "audit", "ticket": "a name with spaces"}):
        assert client.post(f"/hits/{hit['id']}/copy", wrong).status == 400
    copy = client.post(f"/hits/{hit['id']}/copy", {"why": "disclosure", "ticket": "court-7"})
    assert copy.body.startswith(b"\x89PNG")
    assert "attachment" in copy.headers["content-disposition"]
    left = client.post(f"/devices/{DEVICE}/withdraw", {"entry": entry(3)})
    assert (left.status, said(left)["left"]) == (200, 29)
    assert client.post(f"/devices/{DEVICE}/withdraw", {"entry": "nobody"}).status == 409
    assert client.post(f"/devices/{DEVICE}/stop", {"authorisation": "another"}).status == 409
    assert client.post(f"/devices/{DEVICE}/stop", {"authorisation": "day-1"}).status == 200
    page.until(lambda: page.device()["authorisation"] is None)
    assert made.condition(NAME) is Condition.IDLE
    again = client.post(f"/devices/{DEVICE}/start")
    assert again.status == 409, "what was stopped has ended for good"
    page.until(lambda: page.device()["trouble"] is not None)


def _reviews(made: Day) -> list[HitReviewed]:
    store = made.posts[NAME].store
    events = [decode_leaf(raw).event for raw in store.leaves(0, store.size())]
    return [event for event in events if isinstance(event, HitReviewed)]


def test_another_console_takes_the_room_over_with_its_own_keys(running: tuple[Day, Console]) -> None:
    made, _ = running
    other = made.console("second", without_parts=True)
    client = Client(other.server)
    client.sign_in()
    page = Page(client)
    page.open()
    page.until(page.hits)
    (hit,) = page.hits()
    assert (hit["standing"], hit["verdict"], hit["closed"], hit["told"]) == ("settled", "confirmed", True, True)
    assert "entry" not in hit
    assert client.post(f"/hits/{hit['id']}/open", {"why": "complaint", "ticket": "c-1"}).status == 200
    page.until(lambda: page.hits()[0].get("entry") == entry(3))
