"""Real parts for tests of the outbox: a Celery worker as a process of its own, a Redis that may go away, and a mail server that keeps what it gets."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

from omo.celery import app
from tests import services

StartWorker = Callable[[], subprocess.Popen]


class MailSink:
    """A mail server on a free port. While it is held, a sender waits in the middle of sending, so that a test can kill it there."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.sending = threading.Event()
        self.held = False
        self.controller = Controller(self, hostname="127.0.0.1", port=services.free_port())

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Take one mail; a sender that dies while the sink is held leaves nothing."""
        self.sending.set()
        while self.held:
            await asyncio.sleep(0.02)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    @property
    def url(self) -> str:
        """The EMAIL_URL of this server."""
        return f"smtp://127.0.0.1:{self.controller.port}"

    def wait_for(self, count: int, *, seconds: float = 40) -> list[EmailMessage]:
        """The mails, as soon as there are `count`. Raises TimeoutError."""
        services.wait_until(lambda: len(self.mails) >= count, seconds=seconds, what=f"{count} mails arrive")
        return self.mails


def database_url() -> str:
    """The address of the test database, for other processes."""
    db = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{db['NAME']}"
    secret = f":{quote(db['PASSWORD'])}" if db["PASSWORD"] else ""
    return f"postgres://{db['USER']}{secret}@{db['HOST']}:{db['PORT'] or 5432}/{db['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """The environment of another process that works on the test database as this one does."""
    shared = {"OMO_MODE": "demo", "OMO_STATE_DIR": str(settings.STATE_DIR), "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "omo.settings"}
    return os.environ | shared | more


def point_celery_at(url: str, **options: object) -> None:
    """Make this process's tasks go to another broker."""
    app.conf.update(broker_url=url, broker_write_url=url, broker_read_url=url, broker_transport_options=options)
    app._after_fork()  # drops the connection pools


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    """A mail server for one test."""
    sink = MailSink()
    sink.controller.start()
    yield sink
    sink.held = False
    sink.controller.stop()


@pytest.fixture
def own_redis() -> Iterator[services.Redis]:
    """A Redis for one test, which may stop and start it. The tasks of this process go there, given up after a second as in production."""
    server = services.Redis()
    try:
        server.start()
    except services.NotHere:
        pytest.skip(f"needs {services.REDIS.name}: {services.REDIS.install}")
    point_celery_at(server.url, visibility_timeout=300, socket_timeout=1, socket_connect_timeout=1, max_retries=0)
    yield server
    point_celery_at(settings.CELERY_BROKER_URL)
    server.stop()


@pytest.fixture
def start_worker(own_redis: services.Redis, mail_sink: MailSink, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker with beat on the test database, `own_redis` and `mail_sink`; returns the process, whose group can be killed with `kill_group`."""
    started: list[subprocess.Popen] = []
    log = (tmp_path / "worker.log").open("ab")

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "omo", "worker", "-B", "-c", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        process = subprocess.Popen(
            [*command, "-s", str(tmp_path / f"beat{len(started)}"), "-n", f"worker{len(started)}@test"],
            env=environment(REDIS_URL=own_redis.url, EMAIL_URL=mail_sink.url),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        started.append(process)
        ready = f"worker{len(started) - 1}@test ready"
        services.wait_until(lambda: ready in Path(log.name).read_text(), seconds=30, what="the worker is ready")
        return process

    yield start
    for process in started:
        kill_group(process)
    log.close()
    print(Path(log.name).read_text())  # pytest shows it if the test failed


def kill_group(process: subprocess.Popen) -> None:
    """SIGKILL a worker with all its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
