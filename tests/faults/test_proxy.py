"""The fault proxy itself: it passes on, and breaks just what it is told to break."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests import services
from tests.faults.proxy import Proxy, proxied

pytestmark = pytest.mark.once


class Echo:
    """A server that answers each line with itself, and remembers it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            try:
                for line in lines:
                    self.heard.append(line)
                    client.sendall(line)
            except OSError:
                pass


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with proxied(echo.port) as between:
        yield between


def connected(proxy: Proxy) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def said(line: socket.socket, words: bytes) -> bytes:
    line.sendall(words)
    return line.recv(1000)


def test_it_passes_on_both_ways_and_lines_do_not_meet(proxy):
    with connected(proxy) as one, connected(proxy) as two:
        one.sendall(b"one\n")
        assert said(two, b"two\n") == b"two\n"
        assert one.recv(1000) == b"one\n"


def test_a_line_that_the_client_ends_is_ended_for_the_server(proxy, echo):
    with connected(proxy) as line:
        said(line, b"x\n")
    time.sleep(0.1)
    assert proxy._lines == set()


def test_latency_delays_each_way(proxy):
    with connected(proxy) as line:
        proxy.latency = 0.1
        began = time.monotonic()
        assert said(line, b"slow\n") == b"slow\n"
        assert time.monotonic() - began >= 0.2


def test_a_blackhole_swallows_in_silence_and_gives_back_when_it_is_healed(proxy, echo):
    with connected(proxy) as line:
        said(line, b"before\n")
        proxy.blackhole()
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            said(line, b"lost?\n")
        assert echo.heard == [b"before\n"]
        proxy.heal()
        line.settimeout(5)
        assert line.recv(1000) == b"lost?\n"


def test_a_reset_breaks_open_lines_and_lets_new_ones_through(proxy):
    with connected(proxy) as line, connected(proxy) as other:
        said(line, b"x\n")
        said(other, b"x\n")
        proxy.reset()
        for broken in (line, other):
            with pytest.raises(ConnectionResetError):
                broken.recv(1000)
    with connected(proxy) as line:
        assert said(line, b"again\n") == b"again\n"


@pytest.mark.parametrize("pieces", [[b"COMMIT\n"], [b"COM", b"MIT\n"]], ids=["whole", "in two pieces"])
def test_an_answer_is_lost_after_the_request_got_through_and_only_once(proxy, echo, pieces):
    with connected(proxy) as line:
        proxy.lose_answer(b"COMMIT\n")
        assert said(line, b"SELECT\n") == b"SELECT\n"
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.05)
        with pytest.raises(ConnectionResetError):
            line.recv(1000)
    assert echo.heard == [b"SELECT\n", b"COMMIT\n"]
    assert proxy.lost == 1
    with connected(proxy) as line:
        assert said(line, b"COMMIT\n") == b"COMMIT\n"


def test_where_nobody_listens_it_breaks_the_line():
    with proxied(services.free_port()) as proxy, pytest.raises(ConnectionResetError), connected(proxy) as line:
        line.recv(1000)


def test_a_closed_proxy_takes_no_lines(echo):
    with proxied(echo.port) as proxy:
        port = proxy.port
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
