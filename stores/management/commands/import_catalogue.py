"""`manage.py import_catalogue`: products, stores and stock from CSV files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from omo.acts import Busy
from omo.management.prepared import PreparedCommand
from stores import catalogue_import
from stores.management import imports


class Command(PreparedCommand):
    """Imports everything or nothing; exits 1 with a list of what is wrong."""

    help = catalogue_import.__doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The files, in any combination."""
        # The help is laid out by hand.
        parser.formatter_class = imports.as_written(parser.formatter_class)
        parser.add_argument("--products", type=Path, metavar="FILE", help="products and variants")
        parser.add_argument("--stores", type=Path, metavar="FILE", help="stores")
        parser.add_argument("--stock", type=Path, metavar="FILE", help="stock levels")
        parser.add_argument("--stock-of", default="", metavar="STORE", help="code of the store, for a stock file without a store column")
        parser.add_argument("--encoding", default="utf-8", choices=catalogue_import.ENCODINGS, help="of all the files (default: utf-8)")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report."""
        files = {kind: imports.source(options[kind], options["encoding"]) for kind in ("products", "stores", "stock") if options[kind]}
        if not files:
            raise CommandError("Name at least one file: --products, --stores or --stock.")
        try:
            report = catalogue_import.run(**files, stock_of=options["stock_of"], dry_run=options["dry_run"], by=None, at=timezone.now())
        except Busy as busy:
            raise CommandError("The shop was too busy for the import. Try again in a minute. Nothing was changed.") from busy
        imports.tell(self, report)
