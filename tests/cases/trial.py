"""One input against one target: what was sent, what came back, what it left behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cases.browser import Answer, Browser
from tests.cases.dump import Dump, difference, dump
from tests.cases.inputs import BadInput


class NotBuilt(Exception):
    """The surface is not there yet; the words say which."""


class NoScript(Exception):
    """Nobody has written down how these steps are done."""


@dataclass
class Trial:
    """A runner fills this in: it prepares, calls `begin`, sends the input, and says what it saw."""

    case: BadInput
    target: str
    browsers: list[Browser] = field(default_factory=list)
    answer: Answer | None = None
    """The answer that the outcome is about; None for a command."""
    accepted: bool | None = None
    """Whether the input took effect, where that is a question."""
    stored: Any = None
    canonical: Any = None
    """What reads back, and what it should be in the documented canonical form."""
    fields: set[str] = field(default_factory=set)
    """The fields of which one must be named as wrong."""
    said: str = ""
    """What was said beside the answer's own alerts, such as a command's errors or a mail."""
    lines: set[int] = field(default_factory=set)
    """The line numbers of a file that must be named."""
    pages: list[Answer] = field(default_factory=list)
    """Pages that show what was stored."""
    mails: list[Any] = field(default_factory=list)
    first: Answer | None = None
    """The first answer, for a repeat."""
    like: Answer | None = None
    """An answer that this one must not be told from."""
    whole: bool | None = None
    """For a file: whether all of it was refused."""
    before: Dump | None = None
    after: Dump | None = None
    grown: int = 0

    def browser(self, address: str = "203.0.113.7") -> Browser:
        """A new browser whose answers are watched."""
        self.browsers.append(Browser(address))
        return self.browsers[-1]

    def begin(self) -> None:
        """Everything is prepared: from here on the input is on its own."""
        for browser in self.browsers:
            browser.answers.clear()
        self.before = dump()
        self._peak = _reset_peak()

    def end(self) -> None:
        """Look at what the input has left behind."""
        assert self.before is not None, f"{self.target}: the runner never began"
        self.grown = _peak() - self._peak
        self.after = dump()

    def so_far(self) -> dict[str, Any]:
        """The business rows that are new or gone up to now."""
        assert self.before is not None
        return difference(self.before, dump())

    @property
    def answers(self) -> Iterator[Answer]:
        """Every answer since the beginning."""
        for browser in self.browsers:
            yield from browser.answers

    @property
    def changes(self) -> dict[str, Any]:
        """The business rows that are new or gone."""
        assert self.before is not None
        assert self.after is not None
        return difference(self.before, self.after)


def _reset_peak() -> int:
    """Forget the highest memory so far and return what is in use, in KiB; 0 where Linux does not tell."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return _peak()


def _peak() -> int:
    try:
        return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0
