"""Importing the table of places (towns, quarters, postcodes) from a CSV file: all of it, or nothing and a list of what is wrong with line numbers.

UTF-8 with commas and one heading line, packed by gzip or not, at most 20 MiB; columns come in any order:

name       what people call it, such as Ranelagh (needed)
latitude   degrees north, such as 53.325000 (needed)
longitude  degrees east, such as -6.252000 (needed)
postcode   whole, or the part that stands for a district, such as D06
region     what tells it from others of its name, such as Dublin
country    ISO 3166-1, such as IE

A place is what has this country, postcode and name. Places that are not in the file stay. Importing the same file again changes nothing.
"""

from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from omo import events
from omo.acts import act
from omo.models import User
from stores.catalogue_import import cells, columns
from stores.catalogue_import.columns import Layout, Row
from stores.catalogue_import.lookups import PORTION
from stores.catalogue_import.reading import Source, read
from stores.catalogue_import.report import Counts, Report
from stores.models import Place

MOST_MIB = 20
ALIASES = {**dict.fromkeys(["place", "town", "city"], "name"), **dict.fromkeys(["zip", "postal_code"], "postcode"), "lat": "latitude", "lon": "longitude"}


def _country(cell: str) -> str:
    """Two letters, in capitals; '' for an empty cell."""
    value = cell.strip().upper()
    if value and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise cells.BadCell("invalid", value=cell, reason="A country has two letters, such as IE.")
    return value


READERS: dict[str, cells.Reader] = {
    "name": columns.text_of(Place, "name"),
    "postcode": columns.text_of(Place, "postcode"),
    "region": columns.text_of(Place, "region"),
    "country": _country,
    "latitude": cells.degrees(90),
    "longitude": cells.degrees(180),
}
LAYOUT = Layout("places", READERS, required=("name", "latitude", "longitude"), once=("country", "postcode", "name"))
KEY = ("country", "postcode", "name")


def run(source: Source, *, dry_run: bool = False, by: User | None, at: datetime) -> Report:
    """Import the file and report what changed, or everything that is wrong; then nothing was changed.

    With `dry_run` nothing is kept, and the report says what would be. Writes one event 'places.imported' if anything changed. Raises acts.Busy.
    """
    report = Report(dry_run=dry_run)
    table = read(source, aliases=ALIASES, problems=report.problems, most_mib=MOST_MIB)
    rows = columns.rows_of(table, LAYOUT, problems=report.problems, warnings=report.warnings)
    if not report.problems:
        _apply(rows, report, by=by, at=at)
    return report


@act
def _apply(rows: list[Row], report: Report, *, by: User | None, at: datetime) -> None:
    """Write all rows in one transaction, which is rolled back for a dry run."""
    counts = report.counts["places"] = Counts()
    with transaction.atomic():
        rest = iter(rows)
        while portion := list(islice(rest, PORTION)):
            _write(portion, counts)
        if report.changes and not report.dry_run:
            events.record("places.imported", at=at, by=by, data=asdict(counts))
        if report.dry_run:
            transaction.set_rollback(True)


def _write(rows: list[Row], counts: Counts) -> None:
    """Make or change a portion of the places, in three statements."""
    known = {
        _key(place): place for place in Place.objects.filter(name__in={row["name"] for row in rows}, postcode__in={row.get("postcode", "") for row in rows})
    }
    new, changed = [], []
    for row in rows:
        place = known.get((row.get("country", ""), row.get("postcode", ""), row["name"]))
        if place is None:
            place = Place(**row.values)
            new.append(place)
        elif any(getattr(place, column) != value for column, value in row.values.items()):
            for column, value in row.values.items():
                setattr(place, column, value)
            changed.append(place)
        place.search_text = place.searched_as()
    Place.objects.bulk_create(new)
    Place.objects.bulk_update(changed, ["region", "latitude", "longitude", "search_text"])
    counts.added += len(new)
    counts.changed += len(changed)
    counts.unchanged += len(rows) - len(new) - len(changed)


def _key(place: Any) -> tuple[str, ...]:
    return tuple(getattr(place, column) for column in KEY)
