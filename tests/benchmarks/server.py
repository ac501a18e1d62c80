"""The server under test: gunicorn with one sync worker per core, as `manage.py run` starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.benchmarks.client import Browser
from tests.services import free_port

WORKERS = os.cpu_count() or 2
BARE = "tests.benchmarks.bare:application"
OURS = "omo.wsgi:application"


class Server:
    """A running gunicorn. `options` are further ones of its command line, `environment` is added to this process's own, errors go to `log` or to ours."""

    def __init__(
        self, application: str = OURS, options: Sequence[str] = (), environment: Mapping[str, str] | None = None, log: IO[bytes] | None = None
    ) -> None:
        self.port = free_port()
        started = time.perf_counter()
        usual = ["-w", str(WORKERS), "-b", f"127.0.0.1:{self.port}", "--log-level", "error", "--backlog", "512"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", application, *usual, *options],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**os.environ, **(environment or {})},
        )
        self._wait()
        self.cold_start = time.perf_counter() - started

    def _wait(self) -> None:
        path = "/bench/hello/"
        for _ in range(600):
            try:
                Browser(self.port).get(path)
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("the server did not start")

    @property
    def worker_megabytes(self) -> float:
        """Resident memory of the largest worker."""
        return max(map(_megabytes, self.workers))

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        return [int(child) for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def stop(self) -> None:
        """Stop it and its workers."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def _megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def running(
    application: str = OURS, options: Sequence[str] = (), environment: Mapping[str, str] | None = None, log: IO[bytes] | None = None
) -> Iterator[Server]:
    """A server for the length of a block."""
    server = Server(application, options, environment, log)
    try:
        yield server
    finally:
        server.stop()
