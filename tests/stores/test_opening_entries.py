"""Opening entries: what was promised and kept back before there were ledgers of that is entered once, also after a way back."""

from importlib import import_module

import pytest
from django.apps import apps

from stores import kept_back, stock
from stores.models import KeptBack, StockLevel, StockMovement
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
opening = import_module("stores.migrations.0004_opening_entries")


def enter() -> None:
    """What the migration does to rows."""
    opening.enter_what_is_allocated(apps, None)
    opening.enter_what_is_kept_back(apps, None)


def test_what_has_no_entry_gets_one_that_makes_the_sums_agree(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 2}, reference="fulfilment:1", by=None, at=NOON)
    StockLevel.objects.update(allocated=5, safety_stock=3)
    enter()
    entries = StockMovement.objects.filter(reference="opening entry")
    assert list(entries.values_list("store_id", "variant_id", "kind", "quantity", "allocated")) == [(harbour.pk, mug.pk, "allocated", 0, 3)]
    assert KeptBack.objects.values_list("safety_stock", "buffer", "distrusted", "why").get() == (3, 0, False, "opening entry")


def test_what_has_its_entries_gets_no_more(harbour):
    mug = factories.stocked(harbour, 10)
    stock.allocate(harbour.pk, {mug.pk: 2}, reference="fulfilment:1", by=None, at=NOON)
    level = StockLevel.objects.get()
    kept_back.change({level.pk: kept_back.Change("Safety stock 3: for the window", safety_stock=3)}, by=None, at=NOON)
    with unchanged():
        enter()
