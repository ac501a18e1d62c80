"""Shopping in the browser, for tests of the shop window and the checkout."""

from django.urls import reverse
from django.utils.text import slugify

from stores import stock
from stores.models import Category, Product
from tests import factories


def fill(client, *wanted, place=None):
    if place:
        client.post(reverse("enter_store", args=[place.code]))
    for goods, quantity in wanted:
        client.post(reverse("add_to_cart"), {"sku": goods.sku, "quantity": str(quantity)})


def page(client, **query):
    return client.get(reverse("checkout"), query)


def place(client, **changes):
    """Send the form as the page showed it, with changes."""
    context = page(client).context
    shown = {
        "name": "Marta Lindqvist",
        "email": "Marta@Shop.test",
        "store": "harbour",
        "key": context["key"] if context else "k" * 22,
        "seen_total": context["quote"].total if context else 0,
        "slot": "",
        "method": "in_store",
        "seen_store": changes.get("store", "harbour"),
    }
    return client.post(reverse("place_order"), {**shown, **changes})


def words(answer):
    return answer.content.decode()


def options(answer) -> list[tuple[str, str]]:
    """The windows that the page offers, as (value, words)."""
    text = words(answer).partition('name="slot"')[2].partition("</select>")[0]
    return [(part.partition('value="')[2].partition('"')[0], part.partition(">")[2].partition("<")[0]) for part in text.split("<option")[1:]]


def product(name, *, category="home", **fields):
    shelf, _ = Category.objects.get_or_create(slug=category, defaults={"name": category.title()})
    return Product.objects.create(name=name, slug=slugify(name), category=shelf, drawing="mug", **fields)


def be_in(client, store):
    client.post(reverse("enter_store", args=[store.code]))


def text(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def receive(client, goods, how):
    return client.post(reverse("receive_line", args=[goods.sku]), {"how": how})


def cart_page(client):
    """The page, without the marks around amounts."""
    return text(client, reverse("cart")).replace('<bdi class="money">', "").replace("</bdi>", "")


def also_at(place, goods, quantity):
    stock.receive(place, {goods.pk: quantity}, reference=f"more-{place.code}-{goods.pk}", by=None, at=factories.NOON)
