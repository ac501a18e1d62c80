"""A customer's address book: what is kept, once, and what never comes into it."""

from datetime import timedelta

import pytest

from orders import address_book, addresses, delivery
from orders.address_book import Full, Gone
from orders.models import Address
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.orders.delivering import HOME
from tests.unchanged import refused

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def elsewhere(street: str):
    return addresses.Parts(**{**addresses.columns(HOME), "street": street})


def test_the_first_address_is_preferred_and_the_same_one_is_kept_once():
    marta = factories.user()
    first = address_book.keep(marta, HOME, at=NOON)
    second = address_book.keep(marta, elsewhere("9 Quay"), at=NOON)
    again = address_book.keep(marta, addresses.Parts(**{**addresses.columns(HOME), "postcode": "d08xy12", "city": "DUBLIN"}), at=LATER)
    assert again == first
    assert list(Address.objects.values_list("pk", "preferred", "used_at")) == [(first.pk, True, LATER), (second.pk, False, NOON)]


def test_another_customers_book_is_another_book():
    address_book.keep(factories.user(), HOME, at=NOON)
    bob = factories.user()
    assert address_book.of(bob) == []
    assert address_book.keep(bob, HOME, at=NOON).preferred


def test_one_address_is_preferred():
    marta = factories.user()
    first, second = address_book.keep(marta, HOME, at=NOON), address_book.keep(marta, elsewhere("9 Quay"), at=NOON)
    address_book.prefer(second, at=LATER)
    assert [(address.pk, address.preferred) for address in address_book.of(marta)] == [(second.pk, True), (first.pk, False)]


def test_what_is_gone_is_neither_changed_nor_preferred_nor_deleted_again():
    marta = factories.user()
    address_book.keep(marta, HOME, at=NOON)
    gone = address_book.keep(marta, elsewhere("9 Quay"), at=NOON)
    address_book.forget(gone, at=LATER)
    for act in (lambda: address_book.prefer(gone, at=LATER), lambda: address_book.change(gone, HOME, at=LATER), lambda: address_book.forget(gone, at=LATER)):
        with refused(Gone):
            act()


def test_a_full_book_takes_no_more_but_knows_what_it_has():
    marta = factories.user()
    for number in range(address_book.MOST):
        address_book.keep(marta, elsewhere(f"{number} Quay"), at=NOON)
    with refused(Full):
        address_book.keep(marta, HOME, at=NOON)
    address_book.keep(marta, elsewhere("3 Quay"), at=LATER)


# What comes into it by itself


def test_where_a_parcel_arrived_is_kept_once_for_a_customer_with_an_account():
    harbour, marta = delivering.sender(), factories.user()
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 5)
    for number in range(2):
        parcel = delivering.shipped(delivering.parcel_of(delivering.order((mug, 1), owner=marta)), ana, tracking=f"GV-{number}")
        delivery.deliver(parcel, by=ana, at=LATER)
    assert [addresses.parts_of(address) for address in address_book.of(marta)] == [HOME]


def test_nothing_is_kept_of_a_guest_or_before_it_arrived():
    harbour, marta = delivering.sender(), factories.user()
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 5)
    delivering.shipped(delivering.parcel_of(delivering.order((mug, 1), owner=marta)), ana)
    delivery.deliver(delivering.shipped(delivering.parcel_of(delivering.order((mug, 1))), ana, tracking="GV-2"), by=ana, at=LATER)
    assert not Address.objects.exists()


def test_a_pickup_never_puts_the_stores_address_into_the_book():
    harbour, marta = delivering.sender(), factories.user()
    mug = factories.stocked(harbour, 5)
    factories.collected(factories.order(harbour, (mug, 1), owner=marta), factories.staff(harbour))
    assert not Address.objects.exists()


def test_a_full_book_keeps_no_parcel_from_arriving():
    harbour, marta = delivering.sender(), factories.user()
    ana, mug = factories.staff(harbour), factories.stocked(harbour, 5)
    for number in range(address_book.MOST):
        address_book.keep(marta, elsewhere(f"{number} Quay"), at=NOON)
    parcel = delivering.shipped(delivering.parcel_of(delivering.order((mug, 1), owner=marta)), ana)
    delivery.deliver(parcel, by=ana, at=LATER)
    assert delivering.parcel_of(parcel.order).state == "delivered"
    assert len(address_book.of(marta)) == address_book.MOST
