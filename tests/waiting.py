"""Inputs that wait for a surface or a script: named at the end of a run, and no fault of the machine it runs on."""

import re
from collections import defaultdict
from collections.abc import Iterable

import pytest

REASON = re.compile(r"(?:surface not built yet: (?P<surface>.+?)|(?P<script>no script for these steps)) \[(?P<input>[^\[\]]+)\]")


def waits(reason: str) -> bool:
    """Whether a skip's reason says that an input waits."""
    return REASON.search(reason) is not None


def listed(reasons: Iterable[str]) -> list[str]:
    """What is waited for, with the inputs that wait for it, a line each."""
    waiting: dict[str, set[str]] = defaultdict(set)
    for reason in reasons:
        if found := REASON.search(reason):
            waiting[found["surface"] or found["script"]].add(found["input"])
    return [f"{what}: {', '.join(sorted(inputs))}" for what, inputs in sorted(waiting.items())]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List them at the end of pytest's own words."""
    lines = listed(str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if lines:
        terminalreporter.section("bad inputs that wait")
        for line in lines:
            terminalreporter.write_line(line)
