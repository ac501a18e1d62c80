"""`manage.py import_places`: towns, quarters and postcodes from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from omo.acts import Busy
from omo.management.prepared import PreparedCommand
from stores import catalogue_import, place_import
from stores.management import imports


class Command(PreparedCommand):
    """Imports everything or nothing; exits 1 with a list of what is wrong."""

    help = place_import.__doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The file."""
        # The help is laid out by hand.
        parser.formatter_class = imports.as_written(parser.formatter_class)
        parser.add_argument("file", type=Path, metavar="FILE", help="places")
        parser.add_argument("--encoding", default="utf-8", choices=catalogue_import.ENCODINGS, help="of the file (default: utf-8)")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report."""
        file = imports.source(options["file"], options["encoding"])
        try:
            report = place_import.run(file, dry_run=options["dry_run"], by=None, at=timezone.now())
        except Busy as busy:
            raise CommandError("The shop was too busy for the import. Try again in a minute. Nothing was changed.") from busy
        imports.tell(self, report)
