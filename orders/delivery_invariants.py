"""The promises of deliveries: each parcel has its address, its price and its promise, and what is under way left the store."""

from collections.abc import Iterator

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from omo.invariants import Violation
from orders.models import Delivery, Fulfilment, Order, Promise
from orders.promises import end_of_day

Kind, State = Fulfilment.Kind, Fulfilment.State
BEFORE_THE_DOOR = [State.PLACED, State.PICKING, State.PACKED]


def violations() -> Iterator[Violation]:
    """Every delivery that disagrees with its parts."""
    yield from _addresses()
    yield from _prices()
    yield from _moments()
    yield from _promises()


def _addresses() -> Iterator[Violation]:
    for fulfilment in Fulfilment.objects.filter(Q(kind=Kind.DELIVERY, delivery=None) | (~Q(kind=Kind.DELIVERY) & Q(delivery__isnull=False))):
        yield Violation("a delivery, and nothing else, has an address", f"fulfilment {fulfilment.pk}", fulfilment.kind, Kind.DELIVERY.value)


def _prices() -> Iterator[Violation]:
    """Of all parcels, cancelled ones too: what a cancelled one bore is in the order's cancelled total, not taken out of its delivery total."""
    priced = Order.objects.annotate(parcels_total=Coalesce(Sum("fulfilments__delivery__price"), 0))
    for order in priced.exclude(delivery_total=F("parcels_total")):
        yield Violation("the order's delivery total is the sum of its parcels' prices", order.number, order.delivery_total, order.parcels_total)


def _moments() -> Iterator[Violation]:
    parcels = Fulfilment.objects.filter(kind=Kind.DELIVERY)
    away = Q(state__in=[*Fulfilment.ON_THE_WAY, State.DELIVERED])
    for parcel in parcels.filter((away & Q(shipped_at=None)) | (Q(state__in=BEFORE_THE_DOOR) & Q(shipped_at__isnull=False))):
        yield Violation("a parcel is shipped when it left the store", f"fulfilment {parcel.pk}", parcel.state, parcel.shipped_at)
    for delivery in Delivery.objects.filter(Q(fulfilment__state=State.FAILED) & (Q(failed_at=None) | Q(failure="") | Q(tries=0))):
        yield Violation("a parcel that failed says when and why", f"fulfilment {delivery.fulfilment_id}", delivery.failure, "a reason")


def _promises() -> Iterator[Violation]:
    """One promise while the parcel is not with its customer, by the end of its day."""
    under_way = Q(state__in=[*BEFORE_THE_DOOR, State.AWAITING_CUSTOMER, *Fulfilment.ON_THE_WAY])
    live = Count("promises", filter=Q(promises__isnull=False, promises__outcome=None))
    counted = Fulfilment.objects.filter(kind=Kind.DELIVERY).annotate(made=Count("promises"), live=live)
    for pk, state, made, unsettled in counted.filter(Q(made=0) | (under_way & ~Q(live=1)) | (~under_way & Q(live__gt=0))).values_list(
        "pk", "state", "made", "live"
    ):
        yield Violation("a delivery has one promise, until it ends", f"fulfilment {pk}", f"{unsettled} of {made} not settled, {state}", 1)
    waiting = Promise.objects.filter(outcome=None, fulfilment__kind=Kind.DELIVERY).select_related("fulfilment__delivery", "fulfilment__store")
    for promise in waiting:
        expected = end_of_day(promise.fulfilment)
        if promise.ready_by != expected:
            yield Violation("a delivery is promised by the end of its day", f"fulfilment {promise.fulfilment_id}", promise.ready_by, expected)
