"""Loading the demo into an empty shop."""

from datetime import datetime, timedelta
from random import Random

from django.db.models import F

from omo.acts import act
from omo.models import Message
from orders.demo import catalogue, deliveries, people, places, today, week
from orders.demo.cast import HEAD_OFFICE
from orders.demo.world import World
from orders.models import Fulfilment
from stores import hours
from stores.models import ShelfLabel, Store, Variant

SEED = 20_261_122
BEGAN, DELIVERED = timedelta(days=40), timedelta(days=9)


class NotEmpty(Exception):
    """There are stores already; the demo would mix with them."""


@act
def load(*, at: datetime) -> World:
    """Make the whole demo as of `at`, in one transaction. Raises NotEmpty."""
    if Store.objects.exists():
        raise NotEmpty
    world = _furnished(at)
    steps = sorted([*week.past(world, before=at), *today.still_open(world, now=at)])
    for step in steps:
        step.do(step.at)
    _count_as_sent(now=at)
    return world


def _furnished(at: datetime) -> World:
    """Stores, people, goods, stock and labels, before the first sale."""
    chance = Random(SEED)  # noqa: S311 - a demo that is the same for everybody
    places.draw_map(at=at - BEGAN)
    stores = places.open_stores(at=at - BEGAN)
    places.plan_days(stores, at=at)
    options = deliveries.begin(stores)
    accounts = people.give_accounts(at=at - BEGAN)
    people.keep_addresses(accounts, at=at - BEGAN)
    crews = people.staff_stores(stores, accounts)
    members = people.join_members(stores, crews, accounts, at=at - BEGAN + timedelta(days=2))
    rows = catalogue.goods()
    catalogue.bring_in(rows, by=accounts[HEAD_OFFICE], at=at - BEGAN)
    left = {}
    for code, store in stores.items():
        left[code] = catalogue.deliver(store, chance, by=crews[code][0], at=at - DELIVERED)
        catalogue.label_shelves(store, rows, left[code], by=crews[code][0], at=at - DELIVERED + timedelta(hours=1))
    return World(
        stores=stores,
        opening={code: hours.calendar_of(store) for code, store in stores.items()},
        crews=crews,
        accounts=accounts,
        members=members,
        variants={variant.pk: variant for variant in Variant.objects.select_related("product")},
        labels={(label.store.code, label.variant_id): label for label in ShelfLabel.objects.select_related("store")},
        options=options,
        left=left,
        chance=chance,
    )


def _count_as_sent(*, now: datetime) -> None:
    """The week's messages went out in their time. The last ones of orders that go on stay due, so that the demo's first minute shows some mail."""
    going_on = Fulfilment.objects.filter(state__in=[*Fulfilment.OPEN, *Fulfilment.ON_THE_WAY]).values("order")
    past = Message.objects.filter(state=Message.State.DUE, available_at__lte=now).exclude(order__in=going_on, available_at__gt=now - timedelta(days=2))
    past.update(state=Message.State.SENT, sent_at=F("available_at"), attempts=1)
