"""A stock import among others: levels are taken in the order that every act takes them, and a busy shop is said in words."""

import pytest
from django.core.management import CommandError, call_command

from omo.acts import Busy
from stores import catalogue_import, counters
from stores.catalogue_import import Source
from stores.models import StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


def test_an_import_in_portions_takes_all_levels_of_a_store_in_id_order(monkeypatch):
    store = factories.store()
    first, second, third, fourth = [factories.variant() for _ in range(4)]
    for variant in (fourth, second):  # their levels are older than the others'
        StockLevel.objects.create(store=store, variant=variant)
    monkeypatch.setattr("stores.catalogue_import.levels.PORTION", 2)
    taken, lock = [], counters.lock

    def watched(store_id, variants):
        taken.extend(StockLevel.objects.filter(store_id=store_id, variant_id__in=variants).order_by("id").values_list("id", flat=True))
        return lock(store_id, variants)

    monkeypatch.setattr(counters, "lock", watched)
    rows = "".join(f"{store.code},{variant.sku},7\n" for variant in (first, second, third, fourth))
    report = catalogue_import.run(stock=Source("stock.csv", f"store,sku,quantity\n{rows}".encode(), "utf-8"), by=None, at=NOON)
    assert report.counts["stock"].changed == 4
    assert taken == sorted(taken)
    assert len(taken) == 4
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {7}


def test_an_import_into_a_busy_shop_says_that_nothing_was_changed(monkeypatch, tmp_path):
    def busy(**options):
        raise Busy("_apply")

    file = tmp_path / "stock.csv"
    file.write_text("store,sku,quantity\n")
    monkeypatch.setattr("stores.catalogue_import.run", busy)
    with unchanged(), pytest.raises(CommandError, match=r"^The shop was too busy for the import\. Try again in a minute\. Nothing was changed\.$"):
        call_command("import_catalogue", stock=file)
