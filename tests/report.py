"""Writes the results of one pytest run as JSON for the runner of `make test`."""

import json
from pathlib import Path

import pytest


class Report:
    """A pytest plugin: how many passed and failed, and which were skipped for what reason."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Count what the terminal reporter saw."""
        stats = terminalreporter.stats
        skipped = [[item.nodeid.removesuffix("[chromium]"), _reason(item)] for item in stats.get("skipped", [])]
        counts = {kind: len(stats.get(kind, [])) for kind in ("passed", "failed", "error", "xfailed", "xpassed")}
        self.file.write_text(json.dumps(counts | {"skipped": skipped}))


def _reason(item: pytest.TestReport) -> str:
    reason = item.longrepr[2] if isinstance(item.longrepr, tuple) else str(item.longrepr)
    return reason.removeprefix("Skipped: ")
