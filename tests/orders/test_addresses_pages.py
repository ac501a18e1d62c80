"""The customer's pages of the address book."""

from html import unescape

import pytest
from django.urls import reverse

from omo import memory
from omo.models import User
from orders import address_book
from orders.address_forms import AddressForm
from orders.models import Address, DeliveryZone
from tests import factories
from tests.factories import NOON
from tests.orders import delivering
from tests.orders.delivering import HOME
from tests.unchanged import unchanged

pytestmark = pytest.mark.django_db
TYPED = AddressForm.initial_of(HOME)


@pytest.fixture
def marta(client) -> User:
    delivering.sender()
    delivering.option()
    person = factories.user()
    client.force_login(person)
    return person


def words(client, name: str = "addresses", *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_an_empty_book_teaches_and_offers_the_next_step(client, marta):
    page = words(client)
    assert "No addresses yet" in page
    assert f'href="{reverse("add_address")}"' in page


def test_an_address_is_added_changed_preferred_and_deleted(client, marta):
    added = client.post(reverse("add_address"), TYPED | {"postcode": "d08 xy12"}, follow=True)
    assert "The address is in your book." in added.content.decode()
    first = Address.objects.get()
    assert (first.user, first.street, first.postcode, first.preferred) == (marta, "7 Herring Lane\nFlat 3", "D08 XY12", True)
    assert "7 Herring Lane" in words(client, "edit_address", first.pk)
    client.post(reverse("edit_address", args=[first.pk]), TYPED | {"street": "9 Herring Lane"})
    client.post(reverse("add_address"), TYPED | {"street": "1 Quay"})
    second = Address.objects.latest("pk")
    client.post(reverse("prefer_address", args=[second.pk]))
    assert [address.street.partition("\n")[0] for address in address_book.of(marta)] == ["1 Quay", "9 Herring Lane"]
    assert "Offered first" in words(client)


def test_a_deletion_is_undone_with_all_that_it_was(client, marta):
    kept = address_book.keep(marta, HOME, at=NOON)
    client.post(reverse("delete_address", args=[kept.pk]))
    assert not Address.objects.exists()
    assert "is deleted." in words(client)
    assert "is deleted." in words(client)  # a refresh does not take the undo away
    client.post(reverse("restore_address"))
    assert (Address.objects.get().street, Address.objects.get().preferred) == (HOME.street, True)
    with unchanged():
        client.post(reverse("restore_address"))
    assert "is deleted." not in words(client)


def test_an_address_that_is_gone_is_said_to_be(client, marta):
    kept = address_book.keep(marta, HOME, at=NOON)
    Address.objects.all().delete()
    assert client.get(reverse("edit_address", args=[kept.pk])).status_code == 404
    assert client.post(reverse("prefer_address", args=[kept.pk])).status_code == 404


def test_bad_input_is_said_beside_the_field_and_what_was_typed_stays(client, marta):
    with unchanged():
        answer = client.post(reverse("add_address"), TYPED | {"postcode": "12", "city": ""})
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "2 things to put right" in page
    assert "Eircode: '12' is not an Eircode of this address. For example: A65 F4E2" in page
    assert "City: Write the city." in page
    assert 'value="7 Herring Lane"' in page


def test_a_full_book_says_so(client, marta):
    for number in range(address_book.MOST):
        address_book.keep(marta, delivering.Parts(name="M", street=f"{number} Quay", city="Dublin", country="IE"), at=NOON)
    assert "The book is full." in words(client)
    with unchanged():
        answer = client.post(reverse("add_address"), TYPED)
    assert answer.status_code == 409
    assert "The book holds 20 addresses." in answer.content.decode()


def test_where_nothing_is_delivered_there_is_no_form(client):
    client.force_login(factories.user())
    assert "We deliver nowhere at the moment" in words(client, "add_address")


def test_another_customers_address_does_not_exist(client, marta):
    theirs = address_book.keep(factories.user(), HOME, at=NOON)
    for name in ("edit_address", "prefer_address", "delete_address"):
        with unchanged():
            assert client.post(reverse(name, args=[theirs.pk]), TYPED).status_code == 404


def test_html_in_an_address_is_shown_as_text(client, marta):
    client.post(reverse("add_address"), TYPED | {"name": "<b>Marta</b>"})
    assert "&lt;b&gt;Marta&lt;/b&gt;" in client.get(reverse("addresses")).content.decode()


def test_another_country_asks_for_what_its_addresses_have_and_keeps_what_is_typed(client, marta):
    DeliveryZone.objects.update(countries="IE, DE")
    memory.forget()
    typed = TYPED | {"street": "Hafenstr. 1", "city": "Hamburg", "country": "DE", "postcode": "", "ask": "country"}
    assert "Eircode" in words(client, "add_address")
    kept = address_book.keep(marta, HOME, at=NOON)
    for url in (reverse("add_address"), reverse("edit_address", args=[kept.pk])):
        with unchanged():
            answer = client.post(url, typed)
        page = unescape(answer.content.decode())
        assert answer.status_code == 200
        assert (answer.context["form"]["postcode"].label, answer.context["form"].fields["postcode"].required) == ("Postcode", True)
        assert "Eircode" not in page
        assert "County" not in page
        assert 'value="Hamburg"' in page
        assert "Something to put right" not in page
