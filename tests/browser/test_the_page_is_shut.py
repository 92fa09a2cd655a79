"""Another page in the same browser, another name for the same machine, an older session: none of them gets anything."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.control_room.console.app import App
from edge.control_room.web.server import Server
from tests.browser.day import Console, Day, day
from tests.browser.operator import Operator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DEVICE = "fleet.post-0001"
ATTACK = """<!doctype html><title>another page</title><iframe name="kept"></iframe><script>
const there = %s, tried = {};
const note = (name, promise) => promise.then((found) => (tried[name] = found), () => (tried[name] = "refused"));
const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}", credentials: "include" };
const loads = (tag) => new Promise((yes, no) => {
  const one = document.createElement(tag);
  [one.onload, one.onerror] = [() => yes("loaded"), () => no()];
  one.src = there + (tag === "script" ? "/main.js" : "/mark.svg");
  document.body.append(one);
});
window.attack = async () => {
  await note("read", fetch(there + "/events", { credentials: "include" }).then((answer) => answer.text()));
  await note("order", fetch(there + "/devices/%s/start", json).then((answer) => "answered " + answer.status));
  const blind = { method: "POST", mode: "no-cors", body: "{}", credentials: "include" };
  await note("blind", fetch(there + "/devices/%s/start", blind).then((answer) => answer.type));
  await note("picture", loads("img"));
  await note("script", loads("script"));
  await note("socket", new Promise((yes, no) => {
    const socket = new WebSocket(there.replace("http", "ws") + "/events");
    [socket.onopen, socket.onerror] = [() => yes("open"), () => no()];
  }));
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: there + "/devices/%s/start", enctype: "text/plain", target: "kept" });
  document.body.append(form);
  form.submit();
  const frame = document.createElement("iframe");
  frame.src = there + "/";
  frame.name = "framed";
  document.body.append(frame);
  return tried;
};
</script>"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Day, Console]]:
    pytest.importorskip("playwright.sync_api", reason="no Playwright here: make test-browser")
    with day(tmp_path_factory.mktemp("day"), devices=1, second="never") as made:
        yield made, made.console("first")


@pytest.fixture
def elsewhere(running: tuple[Day, Console]) -> Iterator[str]:
    """Another server on this machine, whose page attacks the console."""
    page = (ATTACK % (json.dumps(running[1].server.place.origin), DEVICE, DEVICE, DEVICE)).encode()

    class Serves(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Serves)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_page_in_the_operators_own_browser_gets_nothing_and_does_nothing(
    running: tuple[Day, Console], browser: Browser, pictures: Path, elsewhere: str
) -> None:
    made, console = running
    operator = Operator.at(browser, console, pictures)
    other = operator.page.context.new_page()
    other.goto(elsewhere)
    tried = other.evaluate("attack()")
    other.wait_for_timeout(500)
    assert tried == dict.fromkeys(["read", "order", "picture", "script", "socket"], "refused") | {
        "blind": tried["blind"]
    }
    assert tried["blind"] in ("refused", "opaque"), "whatever came of it could not be read"
    framed = other.frame(name="framed")
    assert framed is not None
    assert "Old Town" not in framed.content()
    assert "<main" not in framed.content()
    assert made.posts["post-0001"].daemon.report.state(made.clock.now()).authorisation is None
    assert operator.violations() == []
    operator.close()


def test_the_link_is_used_up_and_nowhere_to_be_found(
    running: tuple[Day, Console], browser: Browser, pictures: Path
) -> None:
    _, console = running
    link = console.server.link()
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    assert page.url == f"{console.server.place.origin}/"
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["domain"]) == (True, "Strict", console.server.place.host)
    assert page.evaluate("document.cookie + document.referrer + JSON.stringify(localStorage)") == "{}"
    again = context.new_page()
    answer = again.goto(link)
    assert answer is not None
    assert answer.status == 403
    context.close()


def test_another_name_for_this_machine_leads_nowhere(
    running: tuple[Day, Console], browser: Browser, pictures: Path
) -> None:
    _, console = running
    operator = Operator.at(browser, console, pictures)
    place = console.server.place
    for name in ("localhost", "127.0.0.1"):
        page = operator.page.context.new_page()
        answers: list[int] = []
        page.on("response", lambda one, answers=answers: answers.append(one.status))
        with contextlib.suppress(Exception):  # nobody listens there
            page.goto(f"http://{name}:{place.port}/")
        assert set(answers) <= {403}
    operator.close()


def test_a_page_whose_session_was_taken_over_says_so(
    running: tuple[Day, Console], browser: Browser, pictures: Path
) -> None:
    _, console = running
    older = Operator.at(browser, console, pictures)
    newer = Operator.at(browser, console, pictures)
    older.until("Session over")
    older.until("Fetch another link")
    assert older.judge() == []
    newer.until("Connected")
    for one in (older, newer):
        one.close()


def test_the_program_may_go_away_and_come_back(running: tuple[Day, Console], browser: Browser, pictures: Path) -> None:
    made, console = running
    operator = Operator.at(browser, console, pictures)
    before, place = console.server, console.server.place
    before.close()
    operator.until("Connection lost")
    assert operator.judge() == []
    app = App(console.room, made.clock).asgi
    console.server = Server(app, made.clock, address=place.host, port=place.port, passes=before.passes)
    console.server.start()
    operator.until("Connected")
    operator.close()
