"""No request without the session, from another origin, or under another name gets anything from a page on loopback."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from edge.adapters.host import SystemClock
from edge.control_room.web.door import COOKIE, LARGEST_BODY, POLICY
from edge.control_room.web.passes import GOOD_FOR, Passes
from edge.control_room.web.server import Server
from edge.domain.capture import Instant
from edge.domain.errors import Misconfigured
from tests.asyncapi.enforced import NO_DEVICE
from tests.control_room.web.browser import SECRET, Page, target

pytestmark = getattr(pytest.mark, NO_DEVICE)


@pytest.fixture(scope="module")
def served() -> Iterator[Page]:
    made = Page()
    made.server.start()
    yield made
    made.server.close()


@pytest.fixture
def page(served: Page) -> Page:
    served.cookie = ""
    served.done.clear()
    return served


@pytest.fixture
def signed_in(page: Page) -> Page:
    page.sign_in()
    return page


def test_whoever_has_the_link_comes_in_and_may_read_and_act(signed_in: Page) -> None:
    assert signed_in.ask("GET", "/read", sec_fetch_site="same-origin").body == SECRET.encode()
    assert signed_in.ask("GET", "/", sec_fetch_site="none").status == 200
    assert signed_in.act(body={"do": "this"}).status == 200
    assert signed_in.done == [{"do": "this"}]


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(page: Page) -> None:
    set_cookie = page.ask("GET", target(page.server.link())).headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=strict" in set_cookie
    assert "Domain" not in set_cookie
    assert "Expires" not in set_cookie
    assert "Max-Age" not in set_cookie


@pytest.mark.parametrize(
    "path", ["/", "/read", "/nothing", "/act", "/?pass=", "/?pass=guess", "/read?pass=guess", "/%2e"]
)
@pytest.mark.parametrize(
    "cookie", ["", f"{COOKIE}=", f"{COOKIE}=guess", f"{COOKIE}=\udc80" * 0 + "other=1", "x" * 4000]
)
def test_without_the_session_nothing_is_given_not_even_what_is_there(page: Page, path: str, cookie: str) -> None:
    page.sign_in()
    assert page.ask("GET", path, cookie=cookie).refused()


def test_a_link_works_once(page: Page) -> None:
    link = target(page.server.link())
    assert page.ask("GET", link).status == 303
    assert page.ask("GET", link).refused()


def test_a_new_link_voids_the_one_before(page: Page) -> None:
    before, after = target(page.server.link()), target(page.server.link())
    assert page.ask("GET", before).refused()
    assert page.ask("GET", after).status == 303


def test_a_new_session_ends_the_one_before(signed_in: Page) -> None:
    before = signed_in.cookie
    signed_in.sign_in()
    assert signed_in.ask("GET", "/read", cookie=before).refused()
    assert signed_in.ask("GET", "/read").status == 200


def test_a_stream_ends_with_the_session_that_it_was_opened_in(signed_in: Page) -> None:
    stream = signed_in.begin("GET", "/stream")
    answer = stream.getresponse()
    assert answer.readline().strip() == SECRET.encode()
    signed_in.sign_in()
    assert any(not answer.readline() for _ in range(1000)), "it comes to an end"
    stream.close()


def test_a_link_is_void_after_a_while() -> None:
    now, passes = SystemClock().now(), Passes()
    secret = passes.link(now)
    assert passes.redeem(secret, now.later(GOOD_FOR)) is None
    assert passes.redeem(secret, now.later(GOOD_FOR - timedelta(seconds=1))) is not None
    assert passes.redeem(secret, now) is None


def test_an_empty_secret_opens_nothing() -> None:
    now, passes = SystemClock().now(), Passes()
    assert passes.redeem("", now) is None
    assert not passes.holds("")
    assert isinstance(now, Instant)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost", "127.0.0.1", "-", "{host}", "{host}:1", "{authority}.", "{authority}\nevil"],
)
def test_under_another_name_nothing_is_given(signed_in: Page, host: str) -> None:
    place = signed_in.server.place
    named = host.format(host=place.host, authority=place.authority)
    answer = signed_in.ask("GET", "/read", host=named)
    assert answer.status in (400, 403)
    assert SECRET.encode() not in answer.body


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://{authority}", "http://{host}", "{both}"])
def test_another_origin_may_neither_read_nor_act(signed_in: Page, origin: str) -> None:
    place = signed_in.server.place
    both = f"{place.origin}\nhttp://evil.example"
    said = origin.format(host=place.host, authority=place.authority, both=both)
    assert signed_in.ask("GET", "/read", origin=said).refused()
    assert signed_in.act(origin=said).refused()
    assert signed_in.done == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_says_of_where_it_comes_from_is_believed(signed_in: Page, site: str) -> None:
    assert signed_in.ask("GET", "/read", sec_fetch_site=site).refused()
    assert signed_in.act(sec_fetch_site=site).refused()
    link = target(signed_in.server.link())
    assert signed_in.ask("GET", link, sec_fetch_site=site).refused()
    assert signed_in.ask("GET", link, sec_fetch_site="none").status == 303


def test_whatever_changes_something_says_that_it_comes_from_the_page(signed_in: Page) -> None:
    assert signed_in.act(origin="-").refused()
    assert signed_in.act(sec_fetch_site="none").refused()
    assert signed_in.ask("POST", "/act", body=b"{}", origin=signed_in.origin, sec_fetch_site="cross-site").refused()


@pytest.mark.parametrize(
    "kind", ["-", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_what_a_form_could_send_is_not_taken(signed_in: Page, kind: str) -> None:
    assert signed_in.act(content_type=kind).refused(415)
    assert signed_in.done == []


def test_a_body_is_bounded_whatever_is_said_of_it(signed_in: Page) -> None:
    large = {"x": "y" * LARGEST_BODY}
    assert signed_in.act(body=large).refused(413)
    for length in ("many", "-1", "+5", "-"):
        assert signed_in.act(content_length=length).status in (400, 413)
    assert signed_in.done == []


@pytest.mark.parametrize("path", ["/", "/read", "/nothing"])
def test_every_answer_says_what_a_browser_may_do_with_it(signed_in: Page, path: str) -> None:
    for cookie in (signed_in.cookie, ""):
        answer = signed_in.ask("GET", path, cookie=cookie)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers


def test_the_policy_allows_no_inline_no_foreign_and_no_framing() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert directive in POLICY


def test_other_verbs_and_web_sockets_are_no_way_in(signed_in: Page) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert signed_in.ask(method, "/act", origin="http://evil.example").status == 403
    upgrade = signed_in.ask(
        "GET", "/read", cookie="", connection="Upgrade", upgrade="websocket", sec_websocket_version="13",
        sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip
    assert upgrade.refused()


def test_it_is_served_on_loopback_alone(page: Page) -> None:
    assert page.server.place.host.startswith("127.")
    for address in ("0.0.0.0", "192.0.2.1", "::", "localhost", "example.org"):
        with pytest.raises(Misconfigured, match="loopback"):
            Server(lambda *_: None, SystemClock(), address=address)  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match="another port"):
        Server(lambda *_: None, SystemClock(), address=page.server.place.host, port=page.server.place.port)  # type: ignore[arg-type]


def test_every_page_has_an_address_of_its_own() -> None:
    pages = [Server(lambda *_: None, SystemClock()) for _ in range(8)]  # type: ignore[arg-type]
    assert len({page.place.host for page in pages}) > 1
    for page in pages:
        page.close()


def test_no_secret_is_ever_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        page = Page()
        page.server.start()
        link = target(page.server.link())
        answer = page.ask("GET", link)
        session = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        page.ask("GET", link)
        with socket.create_connection((page.server.place.host, page.server.place.port)) as raw:
            raw.sendall(f"GET {link} HTTP/9\r\nbad\r\n\r\n".encode())
            raw.recv(100)
        page.server.close()
    said = caplog.text + "".join(capfd.readouterr())
    assert session
    assert link.partition("=")[2] not in said
    assert session not in said
