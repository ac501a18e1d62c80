"""`make test`: the whole suite, on SQLite, on PostgreSQL with Redis, races and brokers by themselves, and in Chromium.

Other options go to pytest: `python -m tests --only postgresql -k pickup`. With CI=true a missing part fails the run at once;
elsewhere the end says what was not run and the one command that installs it.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests import services
from tests.waiting import listed, waits

BASE_DIR = Path(__file__).resolve().parent.parent
WORKERS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)


@dataclass(frozen=True)
class Round:
    """One run of pytest."""

    name: str
    title: str
    marks: str
    environment: dict[str, str] = field(default_factory=dict)
    side_by_side: bool = False


def main() -> int:
    """Run the rounds that were asked for, print the sums, and return the exit code."""
    wanted, arguments = _options()
    with contextlib.ExitStack() as stack:
        environment, missing = _services(stack, wanted)
        if missing and _strict():
            _say_missing(missing)
            print("CI is set, so nothing may be left out. No test was run.")
            return 1
        outcomes = [_run(round_, arguments) for round_ in _rounds(environment) if round_.name in wanted]
    return _close(outcomes, missing)


def _options() -> tuple[list[str], list[str]]:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    names = ["sqlite", "postgresql", "races", "browser"]
    parser.add_argument("--only", action="append", choices=names, help="run this round only; may be given several times")
    known, rest = parser.parse_known_args()
    return known.only or names, [argument for argument in rest if argument != "--"]


def _services(stack: contextlib.ExitStack, wanted: list[str]) -> tuple[dict[str, str], list[services.Part]]:
    """Find or start what the rounds need: the environment that names it, and what is missing."""
    environment, missing = {}, []
    if {"postgresql", "races"} & set(wanted):
        for part, variable, start in (
            (services.POSTGRESQL, "TEST_DATABASE_URL", services.postgresql),
            (services.REDIS, "TEST_REDIS_URL", services.redis_for_tests),
        ):
            try:
                environment[variable] = stack.enter_context(start())
            except services.NotHere:
                missing.append(part)
    if "browser" in wanted:
        missing += [part for part, there in services.browser_parts() if not there]
    return environment, missing


def _rounds(environment: dict[str, str]) -> list[Round]:
    both = "TEST_DATABASE_URL" in environment
    on_sqlite = "not postgresql and not redis and not browser" + (" and not last" if both else "")
    everything = "not browser and not once" if both else "(postgresql or redis)"
    return [
        Round("sqlite", "SQLite", f"{on_sqlite} and not alone", {"TEST_DATABASE_URL": ""}, side_by_side=True),
        Round("sqlite", "SQLite, one at a time", f"{on_sqlite} and alone", {"TEST_DATABASE_URL": ""}),
        Round("postgresql", "PostgreSQL and Redis", f"{everything} and not alone", environment, side_by_side=True),
        Round("races", "Races and brokers", f"{everything} and alone", environment),
        Round("browser", "Chromium", "browser", {"TEST_DATABASE_URL": ""}, side_by_side=True),
    ]


def _run(round_: Round, arguments: list[str]) -> dict:
    """One run of pytest as a process of its own, on a state folder of its own. Returns its counts."""
    print(f"\n━━━ {round_.title} ━━━", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="omo-test-") as folder:
        report = Path(folder) / "report.json"
        environment = os.environ | {"OMO_STATE_DIR": f"{folder}/var", "OMO_TEST_REPORT": str(report), "PYTHONHASHSEED": "0"} | round_.environment
        command = [sys.executable, "-m", "pytest", "-q", "-m", round_.marks, *(["-n", str(WORKERS)] if round_.side_by_side else []), *arguments]
        done = subprocess.run(command, env=environment, cwd=BASE_DIR, check=False)
        outcome = json.loads(report.read_text()) if report.exists() else {"error": 1, "skipped": []}
    return outcome | {"name": round_.title, "status": done.returncode, "seconds": round(time.monotonic() - began)}


def _close(outcomes: list[dict], missing: list[services.Part]) -> int:
    """Print what was skipped, what was not run, and the sums of all rounds."""
    print("\n━━━ All rounds ━━━")
    waiting = [reason for outcome in outcomes for _, reason in outcome["skipped"] if waits(reason)]
    for outcome in outcomes:
        outcome["skipped"] = [(test, reason) for test, reason in outcome["skipped"] if not waits(reason)]
        print(f"{outcome['name']}: {_passed(outcome)} passed, {_failed(outcome)} failed, {len(outcome['skipped'])} skipped, {outcome['seconds']} s")
    for name, reason in sorted({(test, reason) for outcome in outcomes for test, reason in outcome["skipped"]}):
        print(f"  not run: {name} ({reason})")
    for line in listed(waiting):
        print(f"  waits for its surface: {line}")
    if missing:
        _say_missing(missing)
    passed, failed, skipped = sum(map(_passed, outcomes)), sum(map(_failed, outcomes)), sum(len(outcome["skipped"]) for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    broken = any(outcome["status"] not in (0, 5) for outcome in outcomes)  # 5: no test was selected
    lacking = any(reason.startswith("needs ") for outcome in outcomes for _, reason in outcome["skipped"])  # in the words of conftest.py
    return int(broken or failed > 0 or passed == 0 or (_strict() and lacking))


def _passed(outcome: dict) -> int:
    return outcome.get("passed", 0) + outcome.get("xfailed", 0)


def _failed(outcome: dict) -> int:
    return outcome.get("failed", 0) + outcome.get("error", 0) + outcome.get("xpassed", 0)


def _say_missing(missing: list[services.Part]) -> None:
    print(f"This machine lacks {', '.join(part.name for part in missing)}; the tests that need it were not run. To run them too:")
    print("  apt-get install -y " + " ".join(package for part in missing for package in part.packages))


def _strict() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


if __name__ == "__main__":
    sys.exit(main())
