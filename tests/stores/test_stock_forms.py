"""What people type on the pages of stock, when it was sent before or is none of ours."""

import pytest
from django.urls import reverse

from stores.models import StockLevel, Variant
from tests import factories
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db(transaction=True)  # a refused act rolls its own transaction back


@pytest.fixture
def mug(client) -> Variant:
    """Ten of it are in the books of a store where the client works."""
    store = factories.store("harbour")
    client.force_login(factories.staff(store))
    for code in ("own-use", "damaged"):
        factories.reason(code)
    return factories.stocked(store, 10, sku="MUG-BLUE")


def url(name, *more):
    return reverse(name, args=["harbour", *more])


def on_hand(goods):
    return StockLevel.objects.get(variant=goods).on_hand


@pytest.mark.parametrize(("act", "form"), [("adjust", {"way": "fewer", "reason": "own-use"}), ("mark_damaged", {})])
def test_a_form_that_was_sent_before_with_other_numbers_can_be_sent_as_it_is_shown_again(client, mug, act, form):
    client.post(url(act, mug.sku), {**form, "units": "1", "key": "key-12345"})
    answer = client.post(url(act, mug.sku), {**form, "units": "2", "key": "key-12345"})
    assert (answer.status_code, on_hand(mug)) == (409, 9)
    shown = answer.context["adjust" if act == "adjust" else "damaged"]
    assert (shown["units"].value(), shown["key"].value() != "key-12345") == ("2", True)
    assert client.post(url(act, mug.sku), {**form, "units": "2", "key": shown["key"].value()}).status_code == 302
    assert on_hand(mug) == 7


@pytest.mark.parametrize("reason", ["own\x00use", "o" * 400, "\u0661"])
def test_a_reason_that_is_none_is_asked_for_again(client, mug, reason):
    client.get(url("stock"))
    with unchanged():
        answer = client.post(url("adjust", mug.sku), {"way": "fewer", "units": "2", "reason": reason, "key": "key-12345"})
    assert (answer.status_code, list(answer.context["adjust"].errors)) == (422, ["reason"])
