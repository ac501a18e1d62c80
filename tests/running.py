"""The shop as a person starts it: `manage.py run` as a process of its own."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

from tests import services


class Shop:
    """A running `manage.py run`."""

    def __init__(self, state: Path, *, log: Path | None = None, **environment: str) -> None:
        self.port, self.state = services.free_port(), state
        self.log = log or state.with_suffix(".log")
        database = f"sqlite:///{state}/db.sqlite3"
        known = {"OMO_MODE": "demo", "DATABASE_URL": database, "REDIS_URL": "", "EMAIL_URL": "", "DJANGO_SETTINGS_MODULE": "omo.settings"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                env=os.environ | known | {"OMO_STATE_DIR": str(state), "PORT": str(self.port)} | environment,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def open(self) -> bool:
        """Whether it answers (with messages overdue it says 503, and serves people all the same); fails with its log if it ended instead."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5).close()
        except urllib.error.HTTPError as answer:
            return answer.code == 503
        except OSError:
            return False
        return True

    def parts(self) -> set[int]:
        """The processes that still run on this shop's state folder."""
        mark = f"OMO_STATE_DIR={self.state}\0".encode()
        folders = Path("/proc").glob("[0-9]*")
        return {int(folder.name) for folder in folders if mark in read(folder / "environ") and b"(zombie)" not in read(folder / "status")}

    def end(self) -> None:
        """Kill whatever is left of it."""
        for part in self.parts():
            os.kill(part, signal.SIGKILL)
        self.process.wait()


def read(file: Path) -> bytes:
    """A file's bytes, or none if it is gone."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def parent(process: int) -> int:
    """The parent of a process."""
    return int(read(Path(f"/proc/{process}/stat")).rpartition(b")")[2].split()[1])
