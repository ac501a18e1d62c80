"""The reasons to begin with, as the migration leaves them."""

import importlib

import pytest
from django.apps import apps

from stores.models import StockReason

pytestmark = pytest.mark.django_db
migration = importlib.import_module("stores.migrations.0021_second_person")


def test_reasons_get_the_direction_that_their_words_say_and_own_ones_either():
    StockReason.objects.all().delete()
    codes = ["found", "theft", "damaged", "expired", "not-on-shelf", "own-use", "wrong-label", "counting-error", "sent-back"]
    StockReason.objects.bulk_create(StockReason(code=code, words=code) for code in codes)
    migration.directions(apps, None)
    assert dict(StockReason.objects.values_list("code", "direction")) == {
        "found": "more",
        **dict.fromkeys(["theft", "damaged", "expired", "not-on-shelf", "own-use"], "fewer"),
        **dict.fromkeys(["wrong-label", "counting-error", "sent-back"], "either"),
    }
