"""Head office in tests: its browser, the addresses of its pages, and a small shop with a row in every table."""

from datetime import date, time, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from loyalty.models import EarnRule
from omo.models import User
from orders import arrivals, delivery, proxies, refunds, till
from orders.payments import Tendered
from stores import adjustments, holds, kept_back, transfers
from stores.models import Category, Closure, Picture, Place, SafetyStock, Service, SpecialOpening, StockReason, Store, Variant
from tests import factories
from tests.orders import delivering, paying

ROOMS = ("omo", "stores", "loyalty", "orders")
PAGELESS = {"MailedCode", "Address", "DeliveryOption", "SandboxPayment"}
"""Codes and address books are their customers' alone, options are edited with their zone, and the sandbox plays another company."""
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
TABLES = [model for model in MODELS if not model.__name__.startswith("Historical") and model.__name__ not in PAGELESS]


def url(model: type[Model], page: str = "changelist", *args: Any) -> str:
    """The address of a page of a table."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def filled(client: Client, address: str, **typed: Any) -> HttpResponse:
    """Open a form, type over some of its fields, and send it. A field of an inline is typed as 'variants-0-price'."""
    context = client.get(address).context
    forms: list[BaseForm] = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and not getattr(bound.field.widget, "widgets", None):
                data[bound.html_name] = bound.field.prepare_value(value) if not isinstance(value, list) else value
    return client.post(address, {name: value for name, value in (data | typed).items() if value is not None})


def errors(answer: HttpResponse) -> dict[str, list[str]]:
    """The words beside the fields of a refused form, by field; of the rows of inlines too."""
    found = {name: list(words) for name, words in answer.context["adminform"].form.errors.items()}
    for inline in answer.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {f"{form.prefix}-{name}": list(words) for name, words in form.errors.items()}
    return found


def world() -> Store:
    """A store with goods, labels, people, purchases online and at the till, a cart and an earn rule."""
    place = factories.store()
    person = factories.staff(place)
    SpecialOpening.objects.create(store=place, day=date(2026, 12, 24), opens=time(9), closes=time(13), reason="Christmas Eve")
    Closure.objects.create(store=place, first_day=date(2026, 12, 25), last_day=date(2026, 12, 26), reason="Christmas")
    if not EarnRule.objects.exists():
        EarnRule.objects.create(points=1, amount=100, valid_from=factories.NOON - timedelta(days=30))
        Category.objects.create(name="Coats", slug="coats")
    member = factories.member(user=factories.user())
    goods = factories.stocked(place, 50)
    factories.label(place, goods)
    place.services.add(Service.objects.get_or_create(name="Gift wrapping", slug="gift-wrapping")[0])
    Place.objects.get_or_create(name="Ranelagh", postcode="D06", country="IE", defaults={"latitude": "53.3255", "longitude": "-6.2527"})
    Picture.objects.create(product=goods.product, words="A mug", digest=f"{goods.pk:064}", width=900, height=600)
    factories.collected(factories.order(place, (goods, 2), owner=member.user), person)
    factories.order(place, (goods, 1))
    factories.cart((goods, 1), place=place)
    sale = till.SaleLine(goods, 1)
    till.ring_up(place, [sale], tendered=[Tendered("cash", 1250)], member=member, sale_reference=f"till-{goods.sku}", by=person, at=factories.NOON)
    _handled(place, person)
    _under_way(place, person)
    return place


def _handled(place: Store, person: User) -> Variant:
    """Goods of which something is kept back, held, on its way, and waits for a second person."""
    goods, at = factories.stocked(place, 50), factories.NOON
    reason, _ = StockReason.objects.get_or_create(code="found", defaults={"words": "Found"})
    SafetyStock.objects.create(store=place, variant=goods, units=2)
    kept_back.policy()
    kept_back.apply_rules(by=person, at=at)
    holds.take({place.pk: {goods.pk: 1}}, holder=f"cart:{goods.pk}", at=at)
    adjustments.adjust(place, goods, change=20, reason=reason, key=goods.sku, by=person, at=at)
    transfers.send(place, factories.store("station"), {goods.pk: 3}, key=goods.sku, by=person, at=at)
    return goods


def _under_way(place: Store, person: User) -> None:
    """A pickup whose customer is here and whom somebody else helps, a parcel that a courier took, and money that came online and goes back in part."""
    at, goods = factories.NOON, factories.stocked(place, 50)
    waiting = factories.ready(factories.order(place, (goods, 1)), person)
    proxies.name_proxy(waiting, name="Nils Lindqvist", by=None, at=at)
    arrivals.arrive(waiting, by=None, at=at)
    depot = delivering.sender("depot")
    parcel = delivering.packed(delivering.parcel_of(delivering.order((factories.stocked(depot, 50), 1))), person)
    delivery.hand_off(depot, [delivery.Sent(parcel)], carrier=delivering.carrier(), courier="Ola", by=person, at=at)
    bought = paying.online(place, (goods, 1))
    paying.hear(paying.begun(bought))
    refunds.refund(bought, 100, cause=f"scratched:{bought.pk}", reason="It was scratched.", by=person, at=at)
