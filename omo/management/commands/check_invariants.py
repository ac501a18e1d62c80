"""`manage.py check_invariants`: do the promises of the house hold in this database?"""

import json
import sys
from typing import Any

from omo import invariants
from omo.management.prepared import PreparedCommand


class Command(PreparedCommand):
    """Prints JSON; exits 1 if anything is violated."""

    help = "Check the invariants of stock, points, orders and messages. Prints JSON and exits 1 on any violation."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every registered check."""
        found = list(invariants.violations())
        self.stdout.write(json.dumps({"checks": invariants.CHECKS, "violations": found}, indent=2, default=str))
        if found:
            sys.exit(1)
