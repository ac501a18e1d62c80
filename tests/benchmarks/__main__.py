"""`python -m tests.benchmarks [--size S|M|L] [--rounds 3] [--seconds 4]`: seed, measure, write RESULTS.md; exits 1 when a goal is missed.

`--growth` instead asks a shop of 1,000 products and one of 100,000 for the same pages and writes its own section.
`--shrinkage` instead simulates a shop that loses goods, which needs no database, and writes its own section.
"""

import argparse
import os
import subprocess
import sys
import tempfile

from tests import services

parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
parser.add_argument("--size", choices=["S", "M", "L"], default="S")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=4)
parser.add_argument("--growth", action="store_true")
parser.add_argument("--shrinkage", action="store_true")


def main() -> int:
    """Set the environment, then import what reads it."""
    options = parser.parse_args()
    if options.shrinkage:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        return subprocess.run([sys.executable, "-m", "tests.benchmarks.shrinkage"], env=environment, check=False).returncode
    if options.growth:
        with tempfile.TemporaryDirectory(prefix="omo-bench-") as state:
            environment = {**os.environ, "OMO_STATE_DIR": state, "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
            return subprocess.run([sys.executable, "-m", "tests.benchmarks.growth"], env=environment, check=False).returncode
    with services.postgresql() as url, tempfile.TemporaryDirectory(prefix="omo-bench-") as state:
        url = services.fresh_database(url, "omo_bench")
        os.environ.update(DATABASE_URL=url, OMO_STATE_DIR=state, DJANGO_SETTINGS_MODULE="tests.benchmarks.settings")
        command = [sys.executable, "-m", "tests.benchmarks.run", options.size, str(options.rounds), str(options.seconds)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
