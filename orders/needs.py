"""What of the purchases needs head office, and their numbers of today."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from omo import memory, money
from omo.models import Event
from omo.models.event import Channel
from omo.needs import Figure, Need
from orders import closures, promises
from orders.models import Fulfilment
from stores.models import Store
from stores.needs import shop_zone

State = Fulfilment.State
UNREADY = [State.PLACED, State.PICKING, State.PACKED, State.AWAITING_CUSTOMER]
OPEN = {"to pick": State.PLACED, "being picked": State.PICKING, "ready": State.READY}
DAYS = 30
"""Of how many days the home page says how many promises were kept."""


def late(pickups: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Pickups that were to be ready before `at` and are not."""
    return pickups.filter(kind=Fulfilment.Kind.PICKUP, state__in=UNREADY, due_at__lt=at)


def left_behind(pickups: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Pickups that are ready and were held for longer than promised."""
    return pickups.filter(kind=Fulfilment.Kind.PICKUP, state=State.READY, held_until__lt=at)


def needs(*, at: datetime) -> Iterator[Need]:
    """Pickups that are late or left behind now, store by store."""
    url, permission = reverse("admin:orders_fulfilment_changelist"), "orders.view_fulfilment"
    for store, name, count in _per_store(late(Fulfilment.objects.all(), at=at)):
        yield Need(f"{_pickups(count)} late at {name}", count, f"{url}?waits=late&store__id__exact={store}", "stop", permission)
    yield from _on_closed_days(at)
    for store, name, count in _per_store(left_behind(Fulfilment.objects.all(), at=at)):
        words = f"{'pickup' if count == 1 else 'pickups'} not collected in time at {name}"
        yield Need(words, count, f"{url}?waits=left&store__id__exact={store}", "soon", permission)


def _on_closed_days(at: datetime) -> Iterator[Need]:
    """Pickups whose windows are on days on which their stores are closed, store by store."""
    stores = {store.pk: store for store in Store.objects.filter(active=True)}
    counts = Counter(one.pickup.store_id for one in closures.stranded(stores.values(), at=at))
    for pk, count in counts.items():
        words = f"{'pickup falls' if count == 1 else 'pickups fall'} on a closed day at {stores[pk].name}"
        yield Need(words, count, reverse("closed_days", args=[stores[pk].code]), "stop", "orders.view_fulfilment")


def figures(*, at: datetime) -> Iterator[Figure]:
    """Orders of the shop's day by channel, and the pickups that are open."""
    midnight = at.astimezone(shop_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    # Read from the events, whose time has an index.
    placed = Event.objects.filter(kind="order.placed", at__gte=midnight, at__lte=at).order_by().values_list("channel")
    today = {channel: (count, total) for channel, count, total in placed.annotate(orders=Count("id"), total=Sum("order__total"))}
    orders = reverse("admin:orders_order_changelist")
    for channel in (Channel.WEB, Channel.SHELF, Channel.TILL, Channel.API):
        count, total = today.get(channel, (0, 0))
        if count or channel != Channel.API:
            yield Figure(f"{channel.label} today", f"{count:,}", money.words(total or 0), f"{orders}?channel__exact={channel}", "orders.view_order")
    states = dict(Fulfilment.objects.filter(kind=Fulfilment.Kind.PICKUP, state__in=list(OPEN.values())).order_by().values_list("state").annotate(Count("id")))
    pickups = reverse("admin:orders_fulfilment_changelist") + "?kind__exact=pickup&state__exact="
    for words, state in OPEN.items():
        yield Figure(f"Pickups {words}", f"{states.get(state, 0):,}", "in all stores", f"{pickups}{state}", "orders.view_fulfilment")
    yield _promises_kept(at)


def _promises_kept(at: datetime) -> Figure:
    """How many promises all stores together kept of those that were due in the last days, as it was a minute ago at most: they are many to count."""
    since = promises.beginning(DAYS, at=at, zone=shop_zone())
    counted = memory.remembered(f"orders.promises:{since}", lambda: promises.rate(list(Store.objects.filter(active=True)), since=since, at=at))
    rate = promises.together(counted)
    value = "–" if rate.percent is None else f"{rate.percent} %"
    note = f"{rate.kept:,} of {rate.kept + rate.failed:,} in {DAYS} days"
    return Figure("Promises kept", value, note, reverse("admin:orders_promise_rates"), "orders.view_promise")


def _per_store(pickups: QuerySet[Fulfilment]) -> list[tuple[int, str, int]]:
    return list(pickups.order_by("store__name").values_list("store_id", "store__name").annotate(Count("id")))


def _pickups(count: int) -> str:
    return "pickup is" if count == 1 else "pickups are"
