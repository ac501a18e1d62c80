"""A customer's order and its page."""

from django.urls import reverse

from tests import factories


def placed(store, **fields):
    return factories.order(store, (factories.stocked(store, 10, price=1250), 2), **fields)


def allow(client, order):
    session = client.session
    session["orders"] = [*session.get("orders", []), order.number]
    session.save()


def url(order, name="order"):
    return reverse(name, args=[order.number])


def words(client, order):
    answer = client.get(url(order))
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(answer) -> str:
    return answer.content.decode()
