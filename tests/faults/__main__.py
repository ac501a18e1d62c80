"""`python -m tests.faults [--only R5] [--seed 1] [--short]`: make faults happen, count what came of them, write RESULTS.md; exits 1 if anything does not hold.

Runs on a PostgreSQL of its own, whose crash hurts nobody; `--short` does everything a few times and writes no file.
"""

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path

from tests import services

parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
parser.add_argument("--only", action="append", choices=["R5", "R6", "R7", "R8", "R21"], help="this fault only; may be given several times")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--short", action="store_true")


def main() -> int:
    """Set the environment, then import what reads it."""
    options = parser.parse_args()
    try:
        with services.cluster(*(services.QUICK if options.short else ())) as place, tempfile.TemporaryDirectory(prefix="omo-faults-") as state:
            Path(state, "static").mkdir()  # or the file server says that it is not there
            os.environ.update(DATABASE_URL=place.url, OMO_STATE_DIR=state, DJANGO_SETTINGS_MODULE="tests.benchmarks.settings")
            return importlib.import_module("tests.faults.run").main(place, options)
    except services.NotHere:
        print(f"This machine lacks {services.POSTGRESQL.name}, whose programs are needed. To install it: {services.POSTGRESQL.install}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
