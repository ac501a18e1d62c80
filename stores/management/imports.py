"""What every importing command shares: its file, its description as it is laid out, and its report in words."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stores.catalogue_import import Report, Source


def source(path: Path, encoding: str) -> Source:
    """The file. Raises CommandError for one that cannot be read."""
    try:
        return Source(path.name, path.read_bytes(), encoding)
    except OSError as failure:
        raise CommandError(f"{path} cannot be read: {failure.strerror}.") from failure


def tell(command: BaseCommand, report: Report) -> None:
    """Write what changed. Raises CommandError with everything that is wrong, if anything is."""
    for warning in report.warnings:
        command.stderr.write(f"{warning} Taken as it is." if warning.line else str(warning))
    if report.warnings.more:
        command.stderr.write(f"... and {report.warnings.more:,} more")
    if report.problems:
        lines = [str(problem) for problem in report.problems]
        if report.problems.more:
            lines.append(f"... and {report.problems.more:,} more")
        raise CommandError("\n".join([*lines, "Nothing was changed."]))
    for kind, counts in report.counts.items():
        command.stdout.write(f"{kind:<9} {counts.added:,} added, {counts.changed:,} changed, {counts.unchanged:,} unchanged")
    if report.dry_run:
        command.stdout.write("A dry run: nothing was changed.")


def as_written(formatter: Any) -> Any:
    """The help's formatter, leaving the lines of the description as they are."""

    class AsWritten(formatter):
        """Keeps line ends."""

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            return "".join(indent + line for line in text.splitlines(keepends=True))

    return AsWritten
