"""`manage.py run`: the whole shop by one command, for the demo and for a production on one machine."""

import contextlib
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.utils.module_loading import import_string

from omo.environment import env, port
from omo.management.prepared import lacks_migrations
from omo.process_tree import ProcessTree

DEMO_COMMAND = "load_demo"
DEMO_SIGN_INS = "orders.demo.SIGN_INS"
COLOURS = {"web": "36", "worker": "35"}
PLACES = (("Shop", "/"), ("Staff", "/staff/"), ("Head office", "/admin/"), ("Mail", "/staff/mail/"))


class Command(BaseCommand):
    """Prepares what is missing, starts web, worker and beat, and stops them together."""

    help = "Start the shop: web server, worker and beat in one process tree. PORT, BIND, WEB_WORKERS, DATABASE_URL and REDIS_URL choose where."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C. Exits 1 if a part ends by itself."""
        self.host, self.port = env.str("BIND", default="127.0.0.1"), port()
        self.announced = False
        try:
            with _only_run():
                _refuse_taken_port(self.host, self.port)
                self._prepare()
                code = ProcessTree(_commands(), say=self._say).run(every=self._announce)
        except KeyboardInterrupt:
            sys.exit(130)
        self.stdout.write("Stopped. Nothing is left running.")
        sys.exit(code)

    def _prepare(self) -> None:
        """Bring database, demo and static files to where this code needs them."""
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        _refuse_absent_redis()
        if lacks_migrations():
            self.stdout.write("Preparing the database ...")
            call_command("migrate", interactive=False, verbosity=0)
        if settings.PRODUCTION:
            self.stdout.write("Collecting static files ...")
            call_command("collectstatic", interactive=False, verbosity=0)
        elif DEMO_COMMAND in get_commands() and not apps.get_model("stores", "Store").objects.exists():
            self.stdout.write("Loading the demo: four stores, their shelves, and a week of orders ...")
            call_command(DEMO_COMMAND)
        connections.close_all()

    def _say(self, name: str, line: str) -> None:
        colour = f"\x1b[{COLOURS[name]}m" if self.stdout.isatty() else ""
        self.stdout.write(f"{colour}{name:>6} │{colour and chr(27) + '[0m'} {line}")

    def _announce(self) -> None:
        """Print the addresses and sign-ins once, as soon as the web server listens."""
        if self.announced:
            return
        with socket.socket(_family(self.host)) as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((_reachable(self.host), self.port)):
                return
        self.announced = True
        self.stdout.write(
            "\n".join(["", f"{settings.SHOP_NAME} is open.", "", *_addresses(self.host, self.port), "", *_sign_ins(), "Ctrl-C stops everything.", ""])
        )


@contextlib.contextmanager
def _only_run() -> Iterator[None]:
    """Hold the state folder: two shops on one SQLite file and one broker folder would disturb each other. Raises CommandError."""
    with (settings.STATE_DIR / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            raise CommandError(
                f"OMO already runs on this state folder (process {file.read().strip() or 'unknown'}). Stop it, or set OMO_STATE_DIR to another folder."
            ) from held
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _refuse_taken_port(host: str, port: int) -> None:
    """Raises CommandError with the way out if somebody listens there, or if the address is not ours."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise CommandError(
                f"OMO cannot listen on {host}:{port}: {failure.strerror or failure}.\n"
                f"Choose another port, for example:  make run PORT={port + 1 if port < 65535 else 8000}"
            ) from failure


def _refuse_absent_redis() -> None:
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except (redis.RedisError, ValueError) as failure:
        raise CommandError(f"Redis does not answer: {failure}\nCheck REDIS_URL.") from failure


def _commands() -> dict[str, list[str]]:
    """What to start. Beat lives in the worker; with several machines each has one, which is harmless: a sweep finds each message once."""
    python = [sys.executable, "-m"]
    calm = [] if settings.PRODUCTION else ["-W", "ignore:You're running the worker"]  # a demo in a container is often root's
    processes = "1" if connection.vendor == "sqlite" else "2"
    return {
        "web": [*python, "gunicorn", "-c", "python:omo.web_server", "omo.wsgi:application"],
        "worker": [sys.executable, *calm, "-m", "celery", "--quiet", "-A", "omo", "worker", "--beat", "--concurrency", processes, "--loglevel", "WARNING"]
        + ["--without-gossip", "--without-mingle", "--schedule", str(settings.STATE_DIR / "beat-schedule")],
    }


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


def _addresses(host: str, port: int) -> list[str]:
    base = settings.SITE_URL if settings.PRODUCTION else f"http://{_reachable(host)}:{port}"
    return [f"  {name:<12} {base}{path}" for name, path in PLACES if not (settings.PRODUCTION and name == "Mail")]


def _sign_ins() -> list[str]:
    """The demo's people, if the demo is loaded: rows of words such as who, address, password."""
    if settings.PRODUCTION:
        return []
    try:
        people = [[str(word) for word in person] for person in import_string(DEMO_SIGN_INS)]
    except ImportError:
        return []
    widths = [max(map(len, column)) for column in zip(*people, strict=False)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(person, widths, strict=False)).rstrip() for person in people]
    return ["Sign in as", *(f"  {line}" for line in lines), ""]
