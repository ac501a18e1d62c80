"""Importing places: documented columns, all or nothing, line numbers, the same file twice."""

import gzip
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from omo.models import Event
from stores import place_import
from stores.catalogue_import import Source
from stores.models import Place
from tests import factories

pytestmark = pytest.mark.django_db
GOOD = "name,postcode,region,country,latitude,longitude\nRanelagh,D06,Dublin,ie,53.3255,-6.2527\nBlackrock,A91,Louth,IE,53.963900,-6.366600\n"


def run(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return place_import.run(Source("places.csv", data), by=None, at=factories.NOON, **options)


def problems(text):
    report = run(text)
    assert not Place.objects.exists()
    assert not Event.objects.filter(kind="places.imported").exists()
    return [str(problem) for problem in report.problems]


def counts(report):
    one = report.counts["places"]
    return one.added, one.changed, one.unchanged


def test_places_are_made_and_the_same_file_changes_nothing():
    assert counts(run(GOOD)) == (2, 0, 0)
    place = Place.objects.get(name="Ranelagh")
    assert (place.postcode, place.country, place.latitude) == ("D06", "IE", Decimal("53.325500"))
    assert place.search_text == "ranelagh d06 d06 dublin"
    assert counts(run(GOOD)) == (0, 0, 2)
    assert Event.objects.filter(kind="places.imported").count() == 1


def test_a_place_that_moved_is_changed_and_others_stay():
    run(GOOD)
    assert counts(run("latitude,longitude,name,postcode,country\n54,-6,Ranelagh,D06,IE\n")) == (0, 1, 0)
    assert Place.objects.get(name="Ranelagh").region == "Dublin"
    assert Place.objects.count() == 2


def test_a_dry_run_says_what_would_be():
    assert counts(run(GOOD, dry_run=True)) == (2, 0, 0)
    assert not Place.objects.exists()
    assert not Event.objects.exists()


def test_a_packed_file_with_a_mark_and_other_headings():
    text = "\ufeffPlace,ZIP,Lat,Lon\nGalway,H91,53.27,-9.05\n"
    assert counts(run(gzip.compress(text.encode()))) == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("name,latitude,longitude\n", "The file has no rows beneath its heading line."),
        ("name,latitude\nA,1\n", "places.csv, line 1: These columns are missing: longitude."),
        ("name;latitude;longitude\nA;1;2\n", "places.csv, line 1: The columns are separated by semicolons. Save the file with commas."),
        ("name,latitude,longitude\nA,91,0\n", "places.csv, line 2: latitude is '91'. Write a number between -90 and 90."),
        ("name,latitude,longitude\nA,0,nan\n", "places.csv, line 2: longitude is 'nan'. Write a number between -180 and 180."),
        ("name,latitude,longitude\nA,,0\n", "places.csv, line 2: latitude is empty."),
        ("name,latitude,longitude\n ,0,0\n", "places.csv, line 2: name is empty."),
        ("name,latitude,longitude\nA,0,0\nB,1,1\nA,2,2\n", "places.csv, line 4: name A is also in line 2."),
        ("name,latitude,longitude,country\nA,0,0,Ireland\n", "places.csv, line 2: country is 'Ireland'. A country has two letters, such as IE."),
        ("name,latitude,longitude\nA,0,0,7\n", "places.csv, line 2: The row has 4 cells, the heading has 3."),
        ('name,latitude,longitude\n"A,0,0\n', "A quotation mark is opened in this row"),
        ("name,latitude,longitude\n" + "A" * 81 + ",0,0\n", "places.csv, line 2: name is"),
        ("name,latitude,longitude\nA\0,0,0\n", "line 2"),
        (b"name,latitude,longitude\nM\xfcnchen,0,0\n", "places.csv, line 2: This line is not UTF-8"),
        (b"\x1f\x8bnot gzip", "The file is not a complete gzip file."),
        (gzip.compress(b"name,latitude,longitude\n" + b"A,0,0\n" * 4_000_000), "The file is larger than 20 MiB. Split it."),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_kept(text, words):
    assert any(words in problem for problem in problems(text))


def test_one_bad_row_among_good_ones_keeps_everything_out():
    assert problems(GOOD + "Nowhere,X,,IE,99,0\n") == ["places.csv, line 4: latitude is '99'. Write a number between -90 and 90."]


def test_many_rows_are_written_in_portions(django_assert_max_num_queries):
    text = "name,latitude,longitude\n" + "".join(f"Place {n},53,-6\n" for n in range(2_000))
    with django_assert_max_num_queries(40):
        assert counts(run(text)) == (2_000, 0, 0)
    assert counts(run(text)) == (0, 0, 2_000)


def test_the_command_reports_and_refuses(tmp_path, capsys):
    file = tmp_path / "p.csv"
    file.write_text(GOOD)
    call_command("import_places", file, "--dry-run")
    assert "2 added, 0 changed, 0 unchanged\nA dry run: nothing was changed." in capsys.readouterr().out
    call_command("import_places", file)
    assert Place.objects.count() == 2
    file.write_text(GOOD + "X,,,IE,99,0\n")
    with pytest.raises(CommandError, match=r"p.csv, line 4: latitude is '99'(?s:.*)Nothing was changed\."):
        call_command("import_places", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_places", tmp_path / "none.csv")
