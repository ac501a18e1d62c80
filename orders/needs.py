"""What of the purchases needs head office, and their numbers of today."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from omo import memory, money
from omo.models import Event
from omo.models.event import Channel
from omo.needs import Figure, Need
from orders import closures, promises
from orders.models import Fulfilment, FulfilmentLine
from stores.models import Store
from stores.needs import shop_zone

Kind, State = Fulfilment.Kind, Fulfilment.State
UNREADY = [State.PLACED, State.PICKING, State.PACKED, State.AWAITING_CUSTOMER]
OPEN = {"to pick": State.PLACED, "being picked": State.PICKING, "ready": State.READY}
DAYS = 30
"""Of how many days the home page says how many promises were kept."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for too long: which of the fulfilments, what to call one or many of them, and how bad it is."""

    found: Callable[..., QuerySet[Fulfilment]]
    one: str
    many: str
    tone: str


def late(pickups: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Pickups that were to be ready before `at` and are not."""
    return pickups.filter(kind=Kind.PICKUP, state__in=UNREADY, awaits_payment=False, due_at__lt=at)


def unsent(parcels: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Parcels that were to leave their store before `at` and are there still."""
    return parcels.filter(kind=Kind.DELIVERY, state__in=UNREADY, awaits_payment=False, due_at__lt=at)


def undelivered(parcels: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Parcels that came back: somebody decides whether they go out again."""
    return parcels.filter(kind=Kind.DELIVERY, state=State.FAILED)


def left_behind(pickups: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Pickups that are ready and were held for longer than promised."""
    return pickups.filter(kind=Kind.PICKUP, state=State.READY, held_until__lt=at)


def in_bags(ended: QuerySet[Fulfilment], *, at: datetime) -> QuerySet[Fulfilment]:
    """Those that ended more than a day ago with goods in their bag, which nobody can buy until they are on the shelf again."""
    over = ended.filter(state__in=Fulfilment.OVER, put_back_at=None, picking_at__isnull=False)
    goods = Exists(FulfilmentLine.objects.filter(fulfilment=OuterRef("pk"), picked__gt=0))
    return over.filter(goods, Q(expired_at__lt=at - DAY) | Q(cancelled_at__lt=at - DAY))


WAITING = {
    "late": Waiting(late, "pickup is late", "pickups are late", "stop"),
    "unsent": Waiting(unsent, "parcel is late to leave", "parcels are late to leave", "stop"),
    "undelivered": Waiting(undelivered, "delivery failed and waits for a decision", "deliveries failed and wait for a decision", "stop"),
    "left": Waiting(left_behind, "pickup not collected in time", "pickups not collected in time", "soon"),
    "bags": Waiting(in_bags, "bag to put back for more than a day", "bags to put back for more than a day", "soon"),
}
"""What waits for too long, by its word in the list's address."""


def needs(*, at: datetime) -> Iterator[Need]:
    """What waits for too long in the stores, store by store; one statement for each kind, however many stores there are."""
    url, permission = reverse("admin:orders_fulfilment_changelist"), "orders.view_fulfilment"
    for word, waiting in WAITING.items():
        for store, name, count in _per_store(waiting.found(Fulfilment.objects.all(), at=at)):
            words = f"{waiting.one if count == 1 else waiting.many} at {name}"
            yield Need(words, count, f"{url}?waits={word}&store__id__exact={store}", waiting.tone, permission)
    yield from _stranded(at)


def _stranded(at: datetime) -> Iterator[Need]:
    """Pickups for which their stores are not open any more, store by store."""
    stores = {store.pk: store for store in Store.objects.filter(active=True)}
    counts = Counter(one.pickup.store_id for one in closures.stranded(stores.values(), at=at))
    for pk, count in counts.items():
        words = f"{'pickup is' if count == 1 else 'pickups are'} booked while {stores[pk].name} is not open"
        yield Need(words, count, reverse("closed_days", args=[stores[pk].code]), "stop", "orders.view_fulfilment")


def figures(*, at: datetime) -> Iterator[Figure]:
    """Orders of the shop's day by channel, the pickups that are open, and what was delivered."""
    since = midnight(at)
    placed = happened("order.placed", since=since, at=at).values_list("channel")
    by_channel = {channel: (count, total) for channel, count, total in placed.annotate(orders=Count("id"), total=Sum("order__total"))}
    orders = reverse("admin:orders_order_changelist")
    for channel in (Channel.WEB, Channel.SHELF, Channel.TILL, Channel.API):
        count, total = by_channel.get(channel, (0, 0))
        if count or channel != Channel.API:
            yield Figure(f"{channel.label} today", f"{count:,}", money.words(total or 0), f"{orders}?channel__exact={channel}", "orders.view_order")
    states = dict(Fulfilment.objects.filter(kind=Kind.PICKUP, state__in=list(OPEN.values())).order_by().values_list("state").annotate(Count("id")))
    fulfilments = reverse("admin:orders_fulfilment_changelist")
    pickups = f"{fulfilments}?kind__exact=pickup&state__exact="
    for words, state in OPEN.items():
        yield Figure(f"Pickups {words}", f"{states.get(state, 0):,}", "in all stores", f"{pickups}{state}", "orders.view_fulfilment")
    delivered = happened("delivery.delivered", since=since, at=at).count()
    yield Figure("Delivered today", f"{delivered:,}", "parcels at their doors", f"{fulfilments}?state__exact=delivered", "orders.view_fulfilment")
    yield _promises_kept(at)


def happened(kind: str, *, since: datetime, at: datetime) -> QuerySet[Event]:
    """The events of a kind from one moment to another. Figures are read from them, because their time has an index."""
    return Event.objects.filter(kind=kind, at__gte=since, at__lte=at).order_by()


def midnight(at: datetime) -> datetime:
    """When the shop's own day began that `at` falls on."""
    return at.astimezone(shop_zone()).replace(hour=0, minute=0, second=0, microsecond=0)


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
