"""What waits for a second person, in the browser: who decides it, why it waits, and page by page."""

import pytest
from django.urls import reverse

from stores import adjustments
from stores.models import Adjustment, StockLevel
from tests import factories
from tests.factories import NOON
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back


@pytest.fixture
def store():
    return factories.store("harbour")


@pytest.fixture
def ana(store, client):
    person = factories.staff(store)
    client.force_login(person)
    return person


@pytest.fixture
def mug(store):
    for code in ("own-use", "found"):
        factories.reason(code)
    return factories.stocked(store, 10, sku="MUG-BLUE")


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def text(answer):
    """What a page says, in one line."""
    return " ".join(answer.content.decode().split())


def on_hand(goods):
    return StockLevel.objects.get(variant=goods, store__code="harbour").on_hand


@pytest.fixture
def waits(store, mug, ana) -> Adjustment:
    """A correction by +20 that a colleague asked for."""
    reason = factories.reason("found")
    done = adjustments.adjust(store, mug, change=20, reason=reason, key="key-1", by=factories.staff(store, name="Ben Ito"), at=NOON)
    return Adjustment.objects.get(pk=done.waits)


def test_a_colleagues_correction_is_approved_once(client, store, ana, mug, waits):
    page = text(client.get(url("adjustments")))
    assert "<bdi>Ben</bdi>" in page
    assert "1 correction waits for a second person." in text(client.get(url("stock")))
    for _ in range(2):
        assert client.post(url("approve_adjustment", waits.pk)).status_code == 302
    assert on_hand(mug) == 30
    assert "Nothing waits." in text(client.get(url("adjustments")))


@committing
def test_ones_own_correction_and_a_decided_one_are_refused_in_words(client, store, ana, mug, waits):
    Adjustment.objects.update(asked_by=ana)
    assert "You asked for this yourself." in text(client.get(url("adjustments")))
    with unchanged():
        answer = client.post(url("approve_adjustment", waits.pk))
    assert (answer.status_code, "Somebody else decides it." in text(answer)) == (409, True)
    adjustments.refuse(waits, by=factories.head_office(), at=NOON)
    Adjustment.objects.update(asked_by=factories.user())
    with unchanged():
        answer = client.post(url("approve_adjustment", waits.pk))
    assert (answer.status_code, "This was refused before by Ines Head." in text(answer)) == (409, True)


def test_another_stores_corrections_do_not_exist_here(client, store, ana, waits):
    station = factories.store("station")
    client.force_login(factories.staff(station))
    for name in ("approve_adjustment", "refuse_adjustment"):
        assert client.post(reverse(name, args=["station", waits.pk])).status_code == 404
        assert client.post(url(name, waits.pk)).status_code == 404


def test_a_small_correction_that_makes_many_says_so_and_waits(client, store, ana, mug):
    form = {"way": "fewer", "units": "6", "reason": "own-use", "key": "key-12345"}
    client.post(url("adjust", mug.sku), form)
    assert "What you change of it today counts together: 6 units so far." in text(client.get(url("stock_goods", mug.sku)))
    answer = client.post(url("adjust", mug.sku), {**form, "units": "4", "key": "key-67890"}, follow=True)
    assert "-4 is large with what you changed today, so a second person looks at it first." in text(answer)
    assert on_hand(mug) == 4
    assert "<bdi>Ana</bdi> had changed 6 units of it before on that day, without anybody else." in text(client.get(url("adjustments")))


def test_what_waits_is_read_page_by_page(client, store, ana):
    ben = factories.staff(store, name="Ben Ito")
    for _ in range(31):
        adjustments.adjust(store, factories.stocked(store, 20), change=-10, reason=factories.reason(), key=factories.codes.random_id(8), by=ben, at=NOON)
    first = client.get(url("adjustments"))
    assert len(first.context["rows"]) == 30
    second = client.get(url("adjustments") + first.context["next_url"])
    assert (len(second.context["rows"]), second.context["next_url"], second.context["first_url"]) == (1, "", "?")
    assert client.get(url("adjustments"), {"page": "forged"}).status_code == 404
