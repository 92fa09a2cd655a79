"""The endpoint: one path, one method, one connection at a time; who asks too slowly delays only others who ask."""

from __future__ import annotations

import contextlib
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from edge.adapters.metrics import LONGEST, Endpoint, is_loopback
from edge.domain.errors import Misconfigured
from edge.domain.metric import Family, Measured, MetricType

FAMILIES = (
    Family("a_thing", MetricType.COUNTER, "Things.", (Measured("a_thing_total", 3, {"kind": 'o"d\\d\n'}),)),
    Family("heat", MetricType.GAUGE, "How hot.", (Measured("heat", -2.5),)),
    Family("silent", MetricType.GAUGE, "Not told.", ()),
)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint("127.0.0.1", 0, lambda: FAMILIES) as made:
        yield made


def ask(endpoint: Endpoint, path: str = "/metrics", method: str = "GET") -> tuple[int, str, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{endpoint.port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_what_it_says_is_read_by_another_as_it_was_meant(endpoint: Endpoint) -> None:
    status, kind, text = ask(endpoint)
    assert status == 200
    assert kind.startswith("text/plain; version=")
    read = {sample.name: sample for family in text_string_to_metric_families(text) for sample in family.samples}
    assert read["a_thing_total"].value == 3
    assert read["a_thing_total"].labels == {"kind": 'o"d\\d\n'}
    assert read["heat"].value == -2.5
    assert "silent" not in read


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/metrics/", "GET", 404), ("/../metrics", "GET", 404), ("/metrics", "POST", 405),
     ("/metrics", "HEAD", 405), ("/metrics?name[]=up", "GET", 200)],
)  # fmt: skip
def test_there_is_one_path_and_one_method(endpoint: Endpoint, path: str, method: str, status: int) -> None:
    assert ask(endpoint, path, method)[0] == status


def test_before_anything_was_composed_it_says_so() -> None:
    with Endpoint("127.0.0.1", 0, lambda: None) as endpoint:
        assert ask(endpoint)[0] == 503


@given(st.binary(max_size=200))
@example(b"GET /metrics")
@example(b"GET  /metrics HTTP/1.1")
@example(b"GET /metrics HTTP/2")
@settings(max_examples=200, deadline=None)
def test_anything_else_is_no_request(head: bytes) -> None:
    endpoint = Endpoint("127.0.0.1", 0, lambda: FAMILIES)
    try:
        status = endpoint.answer(head).split(b" ")[1]
    finally:
        endpoint._server.server_close()
    assert status in (b"400", b"404", b"405")


def test_whoever_dribbles_is_cut_off_and_others_are_served_afterwards(endpoint: Endpoint) -> None:
    slow = socket.create_connection(("127.0.0.1", endpoint.port))
    slow.sendall(b"GET /met")
    assert ask(endpoint)[0] == 200
    slow.settimeout(5)
    assert slow.recv(100) == b""
    slow.close()


def test_a_request_without_an_end_is_read_to_its_limit_and_no_further(endpoint: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port)) as long:
        long.settimeout(5)
        long.sendall(b"GET /metrics HTTP/1.1\r\n" + b"a" * LONGEST)
        with contextlib.suppress(ConnectionResetError):  # it did not read what was left over
            assert long.recv(100).startswith(b"HTTP/1.1 400")
    assert ask(endpoint)[0] == 200


def test_whoever_hangs_up_disturbs_nobody(endpoint: Endpoint) -> None:
    for _ in range(20):
        socket.create_connection(("127.0.0.1", endpoint.port)).close()
    assert ask(endpoint)[0] == 200


def test_it_stops_with_its_block() -> None:
    with Endpoint("127.0.0.1", 0, lambda: FAMILIES) as endpoint:
        port = endpoint.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_an_address_or_port_that_cannot_be_had_is_named(endpoint: Endpoint) -> None:
    for address, port in (("127.0.0.1", endpoint.port), ("192.0.2.1", 9464), ("nonsense:", 9464), ("127.0.0.1", 70000)):
        with pytest.raises(Misconfigured, match=f"{address} port {port} cannot be served"):
            Endpoint(address, port, lambda: FAMILIES)


def test_without_the_library_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(Misconfigured, match=r"Install lamppost\[metrics\]"):
        Endpoint("127.0.0.1", 0, lambda: FAMILIES)


def test_only_loopback_addresses_are_loopback() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "127.9.9.9", "::1")] == [True] * 3
    assert [is_loopback(one) for one in ("0.0.0.0", "::", "10.0.0.1", "localhost", "")] == [False] * 5
