"""The spoilt path does to bytes what its weather says, and to no others."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from hardware_sim.chaos import weather
from hardware_sim.chaos.proxy import Proxy
from hardware_sim.chaos.weather import CLEAR, Flow, Weather

PATIENCE = 5.0


@pytest.fixture
def path() -> Iterator[tuple[Proxy, int]]:
    """A proxy before somebody who says everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                end, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(end,), daemon=True).start()

    def echo(end: socket.socket) -> None:
        with contextlib.suppress(OSError), end:
            while piece := end.recv(4096):
                end.sendall(piece)

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy(server.getsockname()[1], seed=1)
    yield proxy, proxy.port
    proxy.close()
    server.close()


def join(port: int, patience: float = PATIENCE) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=patience)


def says(end: socket.socket, what: bytes) -> bytes:
    end.sendall(what)
    back = b""
    while len(back) < len(what):
        piece = end.recv(65536)
        if not piece:
            break
        back += piece
    return back


def silent(end: socket.socket, seconds: float = 0.3) -> bool:
    end.settimeout(seconds)
    try:
        return not end.recv(1)
    except TimeoutError:
        return True
    finally:
        end.settimeout(PATIENCE)


def test_in_clear_weather_everything_passes_in_order(path: tuple[Proxy, int]) -> None:
    sent = bytes(range(256)) * 1000
    with join(path[1]) as end:
        threading.Thread(target=end.sendall, args=(sent,), daemon=True).start()
        back = b""
        while len(back) < len(sent):
            back += end.recv(65536)
    assert back == sent


def test_a_cut_resets_and_a_close_ends_in_order(path: tuple[Proxy, int]) -> None:
    proxy, port = path
    with join(port) as end:
        assert says(end, b"a") == b"a"
        assert proxy.cut() == 1
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    with join(port) as end:
        assert says(end, b"a") == b"a"
        assert proxy.cut(reset=False) == 1
        assert end.recv(1) == b""


def test_what_is_held_arrives_when_it_is_let_go(path: tuple[Proxy, int]) -> None:
    proxy, port = path
    with join(port) as end:
        assert says(end, b"a") == b"a"
        proxy.set(Weather(Flow(held=True), Flow(held=True)))
        end.sendall(b"later")
        assert silent(end)
        proxy.set(CLEAR)
        assert end.recv(5) == b"later"


@pytest.mark.parametrize("spoilt", [weather.VANISHED, weather.MUTE, weather.DEAF])
def test_a_connection_on_which_something_was_lost_never_recovers_but_a_new_one_works(
    spoilt: Weather, path: tuple[Proxy, int]
) -> None:
    proxy, port = path
    with join(port) as end:
        assert says(end, b"a") == b"a"
        proxy.set(spoilt)
        end.sendall(b"lost")
        assert silent(end)
        proxy.set(CLEAR)
        end.sendall(b"lost too")
        assert silent(end)
        with join(port) as another:
            assert says(another, b"found") == b"found"
    assert proxy.swallowed >= 4


def test_a_refused_connection_is_reset(path: tuple[Proxy, int]) -> None:
    proxy, port = path
    proxy.set(weather.REFUSED)
    with pytest.raises(ConnectionResetError), join(port) as end:
        end.recv(1)
    assert proxy.refused == 1


def test_whoever_connects_in_the_dark_is_answered_when_it_is_over(path: tuple[Proxy, int]) -> None:
    proxy, port = path
    proxy.set(weather.BLACKOUT)
    with join(port) as end:
        end.sendall(b"hello")
        assert silent(end)
        proxy.set(CLEAR)
        assert end.recv(5) == b"hello"


def test_a_slow_path_is_as_slow_and_a_late_one_as_late_as_it_says(path: tuple[Proxy, int]) -> None:
    proxy, port = path
    with join(port) as end:
        proxy.set(Weather(up=Flow(rate=20_000)))
        began = time.monotonic()
        assert says(end, bytes(6_000)) == bytes(6_000)
        assert time.monotonic() - began >= 0.25
        proxy.set(Weather(down=Flow(delay=0.3)))
        began = time.monotonic()
        assert says(end, b"a") == b"a"
        assert time.monotonic() - began >= 0.3
