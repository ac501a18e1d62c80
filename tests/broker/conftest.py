"""A mail server that may answer late, and brokers of other kinds than a healthy Redis."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings

from omo import outbox
from tests import services
from tests.worker import MailSink, environment, kill_group, point_celery_at


class LateMailSink(MailSink):
    """While `answers_late` is on, a mail is taken at once but its sender waits for the answer."""

    answers_late = False

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Take one mail."""
        if not self.answers_late:
            return await super().handle_DATA(server, session, envelope)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        while self.answers_late:
            await asyncio.sleep(0.02)
        return "250 taken"


@pytest.fixture
def mail_sink() -> Iterator[LateMailSink]:
    """A mail server for one test."""
    sink = LateMailSink()
    sink.controller.start()
    yield sink
    sink.held = sink.answers_late = False
    sink.controller.stop()


@pytest.fixture(autouse=True)
def everybody_pokes() -> Iterator[None]:
    """No test sees that another one's broker was away."""
    outbox._quiet["until"] = 0
    yield
    outbox._quiet["until"] = 0


@pytest.fixture
def silent_redis() -> Iterator[list[socket.socket]]:
    """The connections that were made to a server that takes every one and says nothing. The tasks of this process go there."""
    server = socket.create_server(("127.0.0.1", 0), backlog=200)
    taken: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    point_celery_at(url, visibility_timeout=300, socket_timeout=1, socket_connect_timeout=1, max_retries=0)
    yield taken
    point_celery_at(settings.CELERY_BROKER_URL)
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for connection in taken:
        connection.close()


@pytest.fixture
def worker_on_files(mail_sink: LateMailSink, tmp_path: Path) -> Iterator[subprocess.Popen]:
    """A worker with beat on the broker of the zero-setup default, to which the tasks of this process go too."""
    queue, control, log = settings.BROKER_DIR / "queue", settings.BROKER_DIR / "control", tmp_path / "worker.log"
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    point_celery_at("filesystem://", data_folder_in=str(queue), data_folder_out=str(queue), control_folder=str(control), store_processed=False)
    command = [sys.executable, "-m", "celery", "-A", "omo", "worker", "-B", "-c", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with log.open("ab") as file:
        environ = environment(REDIS_URL="", EMAIL_URL=mail_sink.url)
        worker = subprocess.Popen([*command, "-s", str(tmp_path / "beat")], env=environ, stdout=file, stderr=file, start_new_session=True)
    services.wait_until(lambda: " ready." in log.read_text(), seconds=40, what="the worker is ready")
    yield worker
    kill_group(worker)
    point_celery_at(settings.CELERY_BROKER_URL)
    print(log.read_text())  # pytest shows it if the test failed
