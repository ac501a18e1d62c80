"""Several programs that start, talk and stop as one.

Each program leads a process group of its own, so that Ctrl-C reaches only the tree's own process, which then stops the others in peace. If that process
is killed outright, the kernel (Linux) asks the programs to stop. Whatever is left of a group when its program has ended is killed.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ProcessTree:
    """Programs by name. `say` gets one line of output at a time, with the name of the program that wrote it."""

    def __init__(self, commands: dict[str, list[str]], *, say: Callable[[str, str], None]) -> None:
        self.commands, self.say = commands, say
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self.unfinished: dict[str, bytes] = {}
        self.selector = selectors.DefaultSelector()
        self.asked_to_stop = 0

    def run(self, *, every: Callable[[], None] = lambda: None) -> int:
        """Run all programs until a stop signal (returns 0) or until one of them ends (returns 1). `every` is called about five times a second."""
        with self._signals():
            try:
                self._start()
                while not self.asked_to_stop and not self._ended():
                    self._read(seconds=0.2)
                    every()
                ended = [] if self.asked_to_stop else self._ended()
                for name in ended:
                    self.say(name, f"ended with status {self.programs[name].returncode}; everything stops.")
            finally:
                self._stop()
        return 1 if ended else 0

    def _start(self) -> None:
        parent = os.getpid()
        for name, command in self.commands.items():
            self.programs[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=lambda: _end_with(parent),
            )
            self.selector.register(self.programs[name].stdout, selectors.EVENT_READ, name)  # type: ignore[arg-type]

    def _ended(self) -> list[str]:
        return [name for name, program in self.programs.items() if program.poll() is not None]

    def _read(self, *, seconds: float) -> None:
        """Pass on what the programs wrote, or wait for it."""
        for key, _ in self.selector.select(seconds):
            if key.data is None:
                key.fileobj.recv(64)  # type: ignore[union-attr]
                continue
            data = os.read(key.fd, 65536)
            *lines, self.unfinished[key.data] = (self.unfinished.get(key.data, b"") + data).split(b"\n")
            if not data:
                self.selector.unregister(key.fileobj)
            for line in lines:
                self.say(key.data, line.decode(errors="replace"))

    def _stop(self) -> None:
        """Ask every program to end, wait for the grace time or a second signal, then kill what is left of the groups."""
        for program in self.programs.values():
            if program.poll() is None:
                program.terminate()
        end, first = time.monotonic() + GRACE_SECONDS, self.asked_to_stop
        with contextlib.suppress(BrokenPipeError):
            while len(self._ended()) < len(self.programs) and time.monotonic() < end and self.asked_to_stop == first:
                self._read(seconds=0.1)
        for program in self.programs.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Count stop signals, and wake up for them and for a program's end."""
        wake, woken = socket.socketpair()
        wake.setblocking(False)
        self.selector.register(woken, selectors.EVENT_READ, None)
        before = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        wakeup = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1


def _end_with(parent: int) -> None:
    """Runs in a new child: have the kernel stop it when its parent dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
