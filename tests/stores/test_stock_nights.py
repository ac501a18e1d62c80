"""What runs at night for stock: rules and buffers that nobody touched follow by themselves."""

import pytest
from django.conf import settings
from django.utils import timezone

from stores import kept_back, tasks
from stores.models import KeptBack, StockLevel, StockPolicy
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db


def test_what_a_rule_left_behind_is_put_right_in_the_name_of_who_changed_it():
    factories.stocked(factories.store(), 9)
    ines = factories.head_office()
    StockPolicy.objects.update_or_create(pk=1, defaults={"safety_stock": 2})
    tasks.apply_safety_rules(by=ines.pk)
    assert list(KeptBack.objects.values_list("safety_stock", "by")) == [(2, ines.pk)]
    with unchanged():
        tasks.apply_safety_rules()


def test_a_buffer_whose_reason_is_over_is_given_up():
    factories.stocked(factories.store(), 9)
    kept_back.set_buffer(StockLevel.objects.get(), 2, why="Low confidence", at=timezone.now())
    tasks.review_confidence()
    assert list(KeptBack.objects.order_by("id").values_list("buffer", "by")) == [(2, None), (0, None)]
    with unchanged():
        tasks.review_confidence()


def test_both_are_on_the_timetable():
    assert {"stores.tasks.apply_safety_rules", "stores.tasks.review_confidence"} <= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
