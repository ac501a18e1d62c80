"""RESULTS.md: sections that are measured and written each by itself, and the table of goals, every figure as a ratio within one run."""

import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import django

RESULTS = Path(__file__).parent / "RESULTS.md"


class Goal(NamedTuple):
    """A ratio to be reached (or, for `most`, not to be passed)."""

    name: str
    measured: float
    goal: float
    most: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.measured <= self.goal if self.most else self.measured >= self.goal

    def row(self) -> str:
        """A line of the table."""
        sign = "≤" if self.most else "≥"
        return f"| {self.name} | {self.measured:.2f} | {sign} {self.goal:g} | {'met' if self.met else '**missed**'} | {self.note} |"


def machine() -> str:
    """What it was measured on."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{cores} cores {model}, {memory} GiB, Python {platform.python_version()}, Django {django.__version__}"


def write(sections: list[str], *, size: str, rounds: int, seconds: float) -> None:
    """Write the section of rates and goals."""
    head = [
        "# Benchmark",
        "",
        f"`make bench` on {datetime.now(UTC):%d %B %Y}: {machine()}; PostgreSQL and client on the same cores.",
        f"Size {size}; {rounds} interleaved rounds of {seconds:g} s, medians with the lowest and highest; gunicorn, one sync worker per core, 4 visitors.",
        "Rates of different runs cannot be compared; the ratios can.",
        "",
    ]
    keep("rates", head + sections)


def keep(name: str, lines: list[str], *, results: Path | None = None) -> None:
    """Write one section of `results`, or of RESULTS.md, in the place of the one with this name, or at the end; the other sections stay as they are.

    A section begins at its mark, a comment that nobody sees in the page drawn from it. What stands before the first mark is the section 'rates'.
    """
    file = results or RESULTS
    text = file.read_text() if file.exists() else ""
    parts = re.split(r"(?m)^<!-- section: (.+) -->\n", text)
    found = {"rates": parts[0]} if parts[0].strip() else {}
    found |= dict(zip(parts[1::2], parts[2::2], strict=True))
    found[name] = "\n".join(lines)
    file.write_text("\n".join(f"<!-- section: {part} -->\n{body.strip()}\n" for part, body in found.items()))
