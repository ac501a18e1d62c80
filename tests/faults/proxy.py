"""A line between two programs that can be made slow, silent or broken, and that can lose one answer."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing the socket sends a reset, as a machine does that has lost its power


class Proxy:
    """Passes on what comes to `port` of 127.0.0.1 to another port there, and back."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.latency = 0.0
        """Seconds that each piece waits, in either direction."""
        self.lost = 0
        """How many answers were lost by `lose_answer`."""
        self._lines: set[_Line] = set()
        self._lock = threading.Lock()
        self._pattern: bytes | None = None
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def blackhole(self) -> None:
        """Nothing passes any more, and nobody is told: lines stay open. New ones are taken and stay silent, too."""
        self._flowing.clear()

    def heal(self) -> None:
        """Everything passes again at once, with what had waited in a blackhole."""
        self.latency = 0.0
        self._flowing.set()

    def reset(self) -> None:
        """Break every line that is open now; new ones work."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            line.end()

    def lose_answer(self, pattern: bytes) -> None:
        """Once: the next request that contains `pattern` gets through; the answer to it does not, and its line is broken instead."""
        with self._lock:
            self._pattern = pattern

    def close(self) -> None:
        """Stop, with every line."""
        _close(self._listener)
        self.heal()
        self.reset()

    def take(self, seen: bytes) -> bool:
        """Whether `seen` contains the pattern whose answer is to be lost; asked once, the pattern is forgotten."""
        with self._lock:
            if self._pattern is None or self._pattern not in seen:
                return False
            self._pattern = None
            return True

    def pattern_length(self) -> int:
        """How many bytes the pattern has that is waited for; 0 without one."""
        with self._lock:
            return len(self._pattern or b"")

    def pause(self) -> None:
        """Wait as long as a piece has to wait now."""
        if self.latency:
            time.sleep(self.latency)
        self._flowing.wait()

    def forget(self, line: "_Line") -> None:
        """A line is over."""
        with self._lock:
            self._lines.discard(line)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream), timeout=5)
            except OSError:
                _break(client)
                continue
            server.settimeout(None)
            line = _Line(self, client, server)
            with self._lock:
                self._lines.add(line)
            line.start()


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.losing = False  # the answer that comes next
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        """Pass on both ways."""
        for run in (self._requests, self._answers):
            threading.Thread(target=run, daemon=True).start()

    def end(self) -> None:
        """Break it at both ends."""
        self.proxy.forget(self)
        _break(self.client)
        _break(self.server)

    def _requests(self) -> None:
        before = b""
        with suppress(OSError):
            while piece := self.client.recv(CHUNK):
                self.proxy.pause()
                before += piece  # a pattern may come in two pieces
                if self.proxy.take(before):
                    self.losing = True
                before = before[-length:] if (length := self.proxy.pattern_length() - 1) > 0 else b""
                self.server.sendall(piece)
        self.end()

    def _answers(self) -> None:
        with suppress(OSError):
            while piece := self.server.recv(CHUNK):
                self.proxy.pause()
                if self.losing:  # the server has answered, so it has done what it was asked for
                    self.proxy.lost += 1
                    break
                self.client.sendall(piece)
        self.end()


def _break(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    _close(end)


def _close(end: socket.socket) -> None:
    """Close a socket, and wake the thread that waits at it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RD)
    end.close()


@contextmanager
def proxied(upstream: int) -> Iterator[Proxy]:
    """A proxy for the length of a block."""
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
