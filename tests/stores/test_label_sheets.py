"""Label sheets: where labels lie, and what is found to be labelled."""

import pytest

from stores import label_sheets
from stores.models import Variant
from tests import factories


def laid(count, start=1):
    return [(sheet.number, len(sheet.skipped), len(sheet.labels)) for sheet in label_sheets.sheets(list(range(count)), start=start)]


def test_labels_fill_sheets_of_twenty_one():
    assert laid(0) == []
    assert laid(1) == [(1, 0, 1)]
    assert laid(21) == [(1, 0, 21)]
    assert laid(50) == [(1, 0, 21), (2, 0, 21), (3, 0, 8)]


def test_a_part_used_sheet_is_used_on_from_its_first_free_place():
    assert laid(3, start=20) == [(1, 19, 2), (2, 0, 1)]
    assert laid(1, start=21) == [(1, 20, 1)]
    assert [sheet.labels for sheet in label_sheets.sheets("abc", start=20)] == ["ab", "c"]


@pytest.mark.django_db
def test_goods_are_found_by_name_sku_category_and_stock():
    store = factories.store()
    mug, none, gone = factories.stocked(store, 3), factories.variant(), factories.stocked(store, 3)
    Variant.objects.filter(pk=gone.pk).update(active=False)
    assert list(label_sheets.goods(store)) == [mug]
    assert set(label_sheets.goods(store, stocked=False)) == {mug, none}
    assert list(label_sheets.goods(store, words=f"low {mug.sku.lower()}")) == [mug]
    assert list(label_sheets.goods(store, words=none.sku, stocked=False)) == [none]
    assert list(label_sheets.goods(store, category="shoes")) == []
