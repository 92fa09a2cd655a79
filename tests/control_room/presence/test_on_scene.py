"""The officer's page with the real daemon in a process of its own, a real broker, and the page's own requests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from edge.control_room import deploy
from edge.control_room.presence import app
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import PresenceConfirmed
from tests.audit.test_transparency import contrast, palettes
from tests.bench.test_real_process import Run, a_list, authorise, calibration, run

__all__ = ["calibration", "run"]
PATIENCE = 20.0


@dataclass
class Phone:
    """The page's program, and a browser that has opened its link."""

    program: subprocess.Popen[str]
    place: tuple[str, int]
    cookie: str

    def send(self, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
        """A button, as the page presses it."""
        host = f"{self.place[0]}:{self.place[1]}"
        said = {"Host": host, "Origin": f"http://{host}", "Cookie": self.cookie, "Content-Type": "application/json"}
        connection = HTTPConnection(*self.place, timeout=5)
        connection.request("POST", path, "{}", said | headers)
        came = connection.getresponse()
        body = came.read()
        connection.close()
        return came.status, json.loads(body) if came.status == 200 else {}

    def shows(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What it shows, once something is so. It stays in sight meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while True:
            _, view = self.send("/seen")
            if condition(view):
                return view
            assert time.monotonic() < deadline, view


@contextmanager
def opened(run: Run, role: Role) -> Iterator[Phone]:
    command = [sys.executable, "-m", "edge", "presence", "--page", "--connection", str(run.bench.connection)]
    program = subprocess.Popen([*command, "--key", str(run.bench.key(role))], stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        found = re.search(r"http://\S+", program.stdout.readline())
        assert found is not None
        link = urlsplit(found[0])
        assert link.hostname is not None
        assert link.port is not None
        connection = HTTPConnection(link.hostname, link.port, timeout=5)
        connection.request("GET", f"{link.path}?{link.query}", headers={"Host": link.netloc})
        cookie = connection.getresponse().headers["set-cookie"].partition(";")[0]
        connection.close()
        yield Phone(program, (link.hostname, link.port), cookie)
        program.terminate()


@pytest.fixture
def deployed(run: Run) -> Run:
    """In force, its list open, and nobody there."""
    sealed, operator = a_list(), run.bench.signer(Role.OPERATOR)
    run.start()
    said = deploy.start(run.desk, authorise(run, sealed), operator)
    deploy.load(run.desk, said, sealed, run.bench.topics, operator)
    return run


@pytest.fixture
def phone(deployed: Run) -> Iterator[Phone]:
    with opened(deployed, Role.PRESENCE) as made:
        yield made


def confirmations(run: Run) -> int:
    return sum(isinstance(event, PresenceConfirmed) for event in run.events())


def test_the_camera_opens_when_the_officer_presses_and_shuts_for_good_when_they_end_it(
    deployed: Run, phone: Phone
) -> None:
    view = phone.shows(lambda shown: bool(shown["authorisation"] and shown["listed"]))
    assert (view["stage"], view["site"], view["device"], view["listed"]) == ("ready", "bench", "post-1", 21)
    assert not deployed.is_(Condition.ACTIVE)()
    _, pressed = phone.send("/press")
    assert pressed["stage"] == "present"
    deployed.until(deployed.is_(Condition.ACTIVE))
    view = phone.shows(lambda shown: shown["lease_until"] is not None)
    assert (view["condition"], view["trouble"], view["lost"]) == ("active", "", False)
    phone.send("/end")
    assert phone.shows(lambda shown: True)["stage"] == "ready"
    phone.send("/stop")
    deployed.until(lambda: deployed.desk.seen.state is not None and deployed.desk.seen.state.authorisation is None)
    assert phone.shows(lambda shown: shown["authorisation"] is None)["stage"] == "nothing"
    assert confirmations(deployed) == 1


def test_nobody_is_confirmed_while_nobody_presses_and_the_lease_runs_out_when_the_page_is_closed(
    deployed: Run, phone: Phone
) -> None:
    phone.shows(lambda shown: shown["authorisation"] is not None)
    assert confirmations(deployed) == 0
    phone.send("/press")
    deployed.until(deployed.is_(Condition.ACTIVE))
    phone.program.terminate()  # the page is closed, the phone is off
    deployed.leap(timedelta(seconds=179))
    deployed.until(deployed.is_(Condition.PAUSED))
    assert confirmations(deployed) == 1


def test_a_network_that_goes_is_said_and_presence_goes_on_when_it_is_back(deployed: Run, phone: Phone) -> None:
    phone.send("/press")
    deployed.until(deployed.is_(Condition.ACTIVE))
    deployed.bench.broker.kill()
    phone.send("/end")
    phone.shows(lambda shown: shown["stage"] == "ready")
    phone.send("/press")
    view = phone.shows(lambda shown: shown["trouble"] != "")
    assert "Check its address" in view["trouble"] or "Is the device running?" in view["trouble"]
    deployed.bench.broker.start()
    phone.shows(lambda shown: shown["trouble"] == "" and shown["stage"] == "present")
    assert confirmations(deployed) == 2


def test_an_operators_key_confirms_nothing_and_the_page_says_why(deployed: Run) -> None:
    with opened(deployed, Role.OPERATOR) as other:
        other.shows(lambda shown: shown["authorisation"] is not None)
        other.send("/press")
        view = other.shows(lambda shown: shown["trouble"] != "")
    assert "wrong-role" in view["trouble"]
    assert "Sign with a key whose role may do this." in view["trouble"]
    assert view["condition"] != "active"
    assert confirmations(deployed) == 0


def test_no_button_works_without_the_link_or_from_another_page(deployed: Run, phone: Phone) -> None:
    for headers in ({"Cookie": ""}, {"Origin": "http://example.invalid"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("/press", "/stop", "/end", "/seen"):
            assert phone.send(path, **headers)[0] == 403
    assert phone.send("/press", **{"Content-Type": "text/plain"})[0] == 415
    assert confirmations(deployed) == 0


def test_the_page_is_three_files_of_its_own_and_asks_nobody_else_for_anything() -> None:
    assert sorted(path.name for path in app.PAGE.iterdir()) == ["index.html", "presence.css", "presence.js"]
    for path in app.PAGE.iterdir():
        text = path.read_text()
        assert "http" not in text.replace("http-equiv", "")
        assert "innerHTML" not in text
        assert "style=" not in text


def test_what_it_says_stands_out_by_day_and_by_night() -> None:
    """Text 7 to 1, on buttons 4.5 to 1, edges 3 to 1 (WCAG 2.2, 1.4.3, 1.4.6, 1.4.11)."""
    found = palettes((app.PAGE / "presence.css").read_text())
    assert len(found) == 2
    for palette in found:
        for ground in ("paper", "calm", "good", "due", "bad"):
            assert contrast(palette["ink"], palette[ground]) >= 7, ground
        for name in ("act", "danger"):
            assert contrast(palette[f"on-{name}"], palette[name]) >= 4.5, name
            assert contrast(palette[name], palette["paper"]) >= 3, name
        for edge in ("calm-edge", "good-edge", "due-edge", "bad-edge", "line"):
            assert contrast(palette[edge], palette["paper"]) >= 3, edge


@pytest.mark.parametrize("minutes", ["0", "-1", "31", "nan", "1e9"])
def test_a_press_counts_for_a_minute_to_half_an_hour(minutes: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edge", "presence", "--page", "--connection", str(tmp_path), "--key", "none"]
    done = subprocess.run([*command, "--within", minutes], capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert "Choose 1 to 30." in done.stderr
