"""How gunicorn serves OMO: processes instead of threads, one request at a time each, because threads of Python wait for each other.

Read by gunicorn as its configuration file (`gunicorn -c python:omo.web_server omo.wsgi:application`).
"""

import os
import socket
from pathlib import Path
from typing import Any

from omo.environment import env, port

QUIET_CONNECTION_SECONDS = 120


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


bind = f"{env.str('BIND', default='127.0.0.1')}:{port()}"
workers = env.int("WEB_WORKERS", default=min(max(cores(), 2), 8))
threads = 1
worker_class = "sync"
timeout = 60
graceful_timeout = 8
preload_app = True  # loads the code once, and a fault in it ends the start instead of repeating in every worker
loglevel = "warning"
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes private files of unguessable names there
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - a busy disk must not look like a worker that hangs


def when_ready(server: Any) -> None:
    """Let the kernel keep connections until a request arrives on them: browsers open some in advance, each of which would hold a whole process."""
    if not hasattr(socket, "TCP_DEFER_ACCEPT"):
        return
    for listener in server.LISTENERS:
        if listener.sock.family in (socket.AF_INET, socket.AF_INET6):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, QUIET_CONNECTION_SECONDS)
