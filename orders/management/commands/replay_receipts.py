"""`manage.py replay_receipts`: a file of receipts through the till."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from loyalty.members import AlreadyMember
from omo.acts import Busy
from omo.idempotency import KeyReused
from omo.management.prepared import PreparedCommand
from orders import receipts
from stores.catalogue_import import Source

WIDTH = 40
EVERY = 500


class Command(PreparedCommand):
    """Checks the whole file, then rings up every receipt; exits 1 with a list of what is wrong."""

    help = (
        "Ring up every receipt of a CSV file (or .csv.gz) at its store's till. Columns: receipt, sold_at (the store's local time), store, member"
        " (may be empty), sku, quantity, sales_value (what the line cost). A member joins on first sight; goods missing in the books are entered as found."
        " Receipts that were rung up before stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how much of it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--until", type=int, metavar="N", help="only the first N receipts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, ring up, report."""
        if options["until"] is not None and options["until"] < 1:
            raise CommandError("--until takes a number above 0.")
        try:
            source = Source(options["file"].name, options["file"].read_bytes())
        except OSError as failure:
            raise CommandError(f"{options['file']} cannot be read: {failure.strerror}.") from failure
        ready, problems = receipts.check(source, until=options["until"])
        if problems:
            more = [f"... and {problems.more:,} more"] if problems.more else []
            raise CommandError("\n".join([*map(str, problems), *more, "Nothing was changed."]))
        if not receipts.earns(ready):
            self.stderr.write("No earn rule was in force at the first receipt, so it earns no points. Rules are set in admin.")
        self.total = len(ready.receipts)
        try:
            new = receipts.replay(ready, by=None, done=self._show)
        except KeyReused as reused:
            raise CommandError(f"A receipt was rung up before with other lines ({reused}). Those before it are rung up.") from reused
        except (Busy, AlreadyMember) as rival:
            raise CommandError("Somebody else is changing the same stock or members. Those before are rung up; run the same command again to go on.") from rival
        self.stdout.write(f"{new:,} receipts rung up, {self.total - new:,} were known.")

    def _show(self, done: int) -> None:
        """A bar on a terminal, else a line now and then."""
        if self.stdout.isatty():
            filled = WIDTH * done // self.total
            self.stdout.write(f"\r{'█' * filled}{'·' * (WIDTH - filled)} {done:,} of {self.total:,}", ending="\n" if done == self.total else "")
            self.stdout.flush()
        elif done % EVERY == 0:
            self.stdout.write(f"{done:,} of {self.total:,}")
