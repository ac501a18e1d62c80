"""Finds or starts what the tests need beside Python: PostgreSQL, Redis, Chromium, poppler."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis

LOCAL_POSTGRESQL = f"postgres://postgres@127.0.0.1:5432/omo_{os.getpid()}"  # runs side by side do not meet
QUICK = ("fsync=off", "full_page_writes=off")
"""Settings of a PostgreSQL in which nothing is worth keeping when the machine stops."""
LOCAL_REDIS = "redis://127.0.0.1:6379/15"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Part(NamedTuple):
    """A part of the machine that some tests need."""

    name: str
    packages: tuple[str, ...]

    @property
    def install(self) -> str:
        """The one command that installs it."""
        return "apt-get install -y " + " ".join(self.packages)


POSTGRESQL = Part("PostgreSQL", ("postgresql",))
REDIS = Part("Redis", ("redis-server",))
CHROMIUM = Part("Chromium", ("chromium", "fonts-noto-core", "fonts-noto-cjk"))
POPPLER = Part("poppler", ("poppler-utils",))


class NotHere(Exception):
    """A part is neither running nor installed."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chromium() -> str | None:
    """The path of Chromium: CHROMIUM, else the first usual name on the path."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def browser_parts() -> list[tuple[Part, bool]]:
    """What the browser tests need, and whether it is there."""
    return [(CHROMIUM, chromium() is not None), (POPPLER, shutil.which("pdftoppm") is not None)]


# PostgreSQL


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL: TEST_DATABASE_URL, else one on 127.0.0.1:5432, else a temporary one. Raises NotHere."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    elif _answers(LOCAL_POSTGRESQL):
        yield LOCAL_POSTGRESQL
    else:
        with temporary_postgresql() as url:
            yield url


def fresh_database(url: str, name: str, *, template: str = "template1") -> str:
    """The address of a new database of this name on the same server, empty or a copy of `template`; one of that name is dropped."""
    server = url.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{server}/{name}"


def drop_database(url: str) -> None:
    """Drop a database, whoever is still connected to it."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def postgresql_programs() -> Path:
    """The folder of PostgreSQL's newest programs. Raises NotHere."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3])) or [Path(shutil.which("initdb") or "/nowhere")]
    if not found[-1].exists():
        raise NotHere(POSTGRESQL.name)
    return found[-1].parent


class Cluster:
    """A PostgreSQL of our own on a free port and in a throw-away folder, that a test may restart. Raises NotHere without its programs."""

    def __init__(self, *settings: str) -> None:
        self.programs, self.port = postgresql_programs(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="omo-pg-"))
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/omo"
        every = ("listen_addresses=127.0.0.1", "max_connections=200", *settings)
        self.options = " ".join([f"-p {self.port} -k {self.folder}", *(f"-c {setting}" for setting in every)])
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    def start(self) -> None:
        """Make it and start it."""
        _as_postgres(self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._control("-o", self.options, "start")

    def restart(self) -> None:
        """Kill it as a crash would, start it again and wait until it is ready."""
        self._control("-m", "immediate", "restart")

    def stop(self) -> None:
        """Kill it and remove all of it."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._control("-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *command: str) -> None:
        _as_postgres(self.programs / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", *command)


@contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """A PostgreSQL of our own for the length of a block, with settings such as 'fsync=off'. Raises NotHere without its programs."""
    server = Cluster(*settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def temporary_postgresql() -> Iterator[str]:
    """The address of a quick PostgreSQL of our own. Raises NotHere without its programs."""
    with cluster(*QUICK) as server:
        yield server.url


def _as_postgres(*command: object) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*become, *map(str, command)], capture_output=True, text=True, cwd="/", check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url.rpartition("/")[0] + "/postgres", connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


# Redis


class Redis:
    """A Redis of our own on a free port, that a test may stop and start again. It keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises NotHere without the program."""
        program = shutil.which("redis-server")
        if not program:
            raise NotHere(REDIS.name)
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        wait_until(lambda: redis_answers(self.url), seconds=10, what="Redis answers")

    def stop(self) -> None:
        """Stop it at once, with everything that it held."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def redis_for_tests() -> Iterator[str]:
    """The address of a Redis: TEST_REDIS_URL, else one of our own, else one on 127.0.0.1:6379. Raises NotHere."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
    elif shutil.which("redis-server"):
        server = Redis()
        server.start()
        try:
            yield server.url
        finally:
            server.stop()
    elif redis_answers(LOCAL_REDIS):
        yield LOCAL_REDIS
    else:
        raise NotHere(REDIS.name)


def has_redis() -> bool:
    """Whether a test that needs Redis can run."""
    return bool(os.environ.get("TEST_REDIS_URL") or shutil.which("redis-server") or redis_answers(LOCAL_REDIS))


def redis_answers(url: str) -> bool:
    """Whether a Redis answers at this address."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def wait_until(true, *, seconds: float, what: str) -> None:
    """Ask again and again until `true()` is true. Raises TimeoutError in the words of `what`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s, but not: {what}")
        time.sleep(0.02)
