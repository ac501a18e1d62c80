"""The run itself, in a process whose environment names a database."""

import argparse
import sys

import django

django.setup()

from tests.faults import duplicate_posts, hold_expiry, killed_workers, lost_commits, restarts, world  # noqa: E402 - Django must be set up before
from tests.faults.fault import keep, measure  # noqa: E402
from tests.services import Cluster  # noqa: E402

FAULTS = {fault.code: fault for fault in (duplicate_posts.FAULT, killed_workers.FAULT, lost_commits.FAULT, restarts.FAULT, hold_expiry.FAULT)}


def main(place: Cluster, options: argparse.Namespace) -> int:
    """Run what was asked for, print each result as soon as it is known, and return the exit code. Only a full run is kept in RESULTS.md."""
    world.prepare(place)
    kept = True
    for code in options.only or FAULTS:
        fault = FAULTS[code]
        print(f"{code} {fault.name} ...", file=sys.stderr, flush=True)
        result = measure(fault, place, times=fault.short if options.short else fault.full, seed=options.seed)
        print("\n".join(result.lines()) + "\n", flush=True)
        kept = kept and result.outcome.kept
        if not options.short:
            keep(result)
    return 0 if kept else 1
