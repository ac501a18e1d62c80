"""Head office's clock is that of most stores."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from loyalty.models import EarnRule
from omo.models import Event
from tests import factories
from tests.office import filled, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    """The browser of somebody of head office, at noon of 1 July 2026, while most stores are in Tokyo (nine hours before UTC)."""
    factories.store("ginza", time_zone="Asia/Tokyo")
    factories.store("shibuya", time_zone="Asia/Tokyo")
    factories.store("harbour", time_zone="Europe/Dublin")
    with time_machine.travel(datetime(2026, 7, 1, 12, tzinfo=UTC), tick=False):
        client.force_login(factories.head_office())
        yield client


def test_a_rule_that_starts_at_midnight_starts_at_the_shops_midnight(office):
    typed = {"points": "2", "amount": "1", "valid_from_0": "2026-07-10", "valid_from_1": "00:00"}
    assert filled(office, url(EarnRule, "add"), **typed).status_code == 302
    assert EarnRule.objects.latest("pk").valid_from == datetime(2026, 7, 9, 15, tzinfo=UTC)
    assert "2 points for every €1.00 from 10 Jul 2026<" in office.get(url(EarnRule)).text
    assert timezone.get_current_timezone_name() == "UTC"


def test_todays_events_are_those_of_the_shops_day(office):
    for key, hour in (("yesterday", 14), ("today", 15)):  # 23:00 and midnight in Tokyo
        Event.objects.create(kind="stock.counted", subject=key, at=datetime(2026, 6, 30, hour, tzinfo=UTC))
    # What Django's own filter "Today" asks for, at the midnight of the current time zone.
    rows = office.get(url(Event)).context["cl"]
    today = next(choice for spec in rows.filter_specs for choice in spec.choices(rows) if choice["display"] == "Today")
    found = office.get(url(Event) + today["query_string"]).context["cl"].result_list
    assert {event.subject for event in found if event.kind == "stock.counted"} == {"today"}


def test_a_moment_without_a_store_is_said_in_the_shops_time(office):
    event = Event.objects.create(kind="stock.counted", subject="x", at=datetime(2026, 6, 30, 15, tzinfo=UTC))
    assert "1 Jul 2026, 00:00:00 JST" in office.get(url(Event, "change", event.pk)).text
