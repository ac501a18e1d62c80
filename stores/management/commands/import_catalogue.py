"""`manage.py import_catalogue`: products, stores and stock from CSV files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from omo.acts import Busy
from omo.management.prepared import PreparedCommand
from stores import catalogue_import
from stores.catalogue_import import Report, Source


class Command(PreparedCommand):
    """Imports everything or nothing; exits 1 with a list of what is wrong."""

    help = catalogue_import.__doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The files, in any combination."""
        # The help is laid out by hand.
        parser.formatter_class = _as_written(parser.formatter_class)
        parser.add_argument("--products", type=Path, metavar="FILE", help="products and variants")
        parser.add_argument("--stores", type=Path, metavar="FILE", help="stores")
        parser.add_argument("--stock", type=Path, metavar="FILE", help="stock levels")
        parser.add_argument("--stock-of", default="", metavar="STORE", help="code of the store, for a stock file without a store column")
        parser.add_argument("--encoding", default="utf-8", choices=catalogue_import.ENCODINGS, help="of all the files (default: utf-8)")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report."""
        files = {kind: _source(options[kind], options["encoding"]) for kind in ("products", "stores", "stock") if options[kind]}
        if not files:
            raise CommandError("Name at least one file: --products, --stores or --stock.")
        try:
            report = catalogue_import.run(**files, stock_of=options["stock_of"], dry_run=options["dry_run"], by=None, at=timezone.now())
        except Busy as busy:
            raise CommandError("The shop was too busy for the import. Try again in a minute. Nothing was changed.") from busy
        self._warn(report)
        if report.problems:
            raise CommandError(_words(report))
        for kind, counts in report.counts.items():
            self.stdout.write(f"{kind:<9} {counts.added:,} added, {counts.changed:,} changed, {counts.unchanged:,} unchanged")
        if report.dry_run:
            self.stdout.write("A dry run: nothing was changed.")

    def _warn(self, report: Report) -> None:
        for warning in report.warnings:
            self.stderr.write(f"{warning} Taken as it is." if warning.line else str(warning))
        if report.warnings.more:
            self.stderr.write(f"... and {report.warnings.more:,} more")


def _source(path: Path, encoding: str) -> Source:
    """Raises CommandError for a file that cannot be read."""
    try:
        return Source(path.name, path.read_bytes(), encoding)
    except OSError as failure:
        raise CommandError(f"{path} cannot be read: {failure.strerror}.") from failure


def _words(report: Report) -> str:
    lines = [str(problem) for problem in report.problems]
    if report.problems.more:
        lines.append(f"... and {report.problems.more:,} more")
    return "\n".join([*lines, "Nothing was changed."])


def _as_written(formatter: Any) -> Any:
    """The formatter, leaving the lines of the description as they are."""

    class AsWritten(formatter):
        """Keeps line ends."""

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            return "".join(indent + line for line in text.splitlines(keepends=True))

    return AsWritten
