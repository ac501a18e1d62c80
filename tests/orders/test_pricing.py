"""The one price function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import pricing
from orders.pricing import Item, QuoteLine

ITEMS = st.lists(st.builds(Item, st.integers(1, 9), st.integers(1, 99), st.integers(0, 10**9), st.none() | st.integers(0, 10**11)), max_size=30)


def test_a_basket_costs_the_list_prices():
    quote = pricing.quote([Item(1, 2, 1250), Item(2, 1, 999)])
    assert quote.lines == (QuoteLine(1, 2, 1250, 1250, 2500), QuoteLine(2, 1, 999, 999, 999))
    assert (quote.total, quote.count) == (3499, 3)


def test_an_empty_basket_costs_nothing():
    assert pricing.quote([]) == pricing.Quote((), 0, 0, 0)


@pytest.mark.parametrize(("sold_for", "unit_price"), [(1000, 333), (1001, 334), (3750, 1250), (0, 0)])
def test_a_sale_that_has_happened_keeps_its_exact_total(sold_for, unit_price):
    (line,) = pricing.quote([Item(1, 3, 1250, sold_for)]).lines
    assert (line.total, line.unit_price, line.list_price) == (sold_for, unit_price, 1250)


@given(items=ITEMS)
def test_the_total_is_the_sum_of_the_lines_in_their_order(items):
    quote = pricing.quote(iter(items))
    assert quote == pricing.quote(items)
    assert [line.variant_id for line in quote.lines] == [item.variant_id for item in items]
    assert quote.total == sum(line.total for line in quote.lines)
    assert quote.count == sum(item.quantity for item in items)
    assert all(abs(line.unit_price * line.quantity - line.total) <= line.quantity / 2 for line in quote.lines)
