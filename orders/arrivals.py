"""The customer is coming, or is here: a record beside the pickup, so that staff have it at hand."""

from datetime import datetime

from omo.acts import act
from omo.models import User
from orders import log, queue
from orders.models import Arrival, Fulfilment

COUNTER = "counter"


class NotReady(Exception):
    """The pickup does not wait for its customer: it is not ready yet, or over."""


class NoSuchBay(Exception):
    """The store has no parking bay of this number."""


@act
def set_out(pickup: Fulfilment, *, by: User | None, at: datetime) -> None:
    """The customer is on the way. Saying so again changes nothing. Raises NotReady."""
    arrival = _arrival(pickup)
    if arrival.on_my_way_at is None and arrival.arrived_at is None:
        Arrival.objects.filter(pk=arrival.pk).update(on_my_way_at=at)
        log.record("arrival.set_out", pickup, by=by, at=at)
        queue.raise_version(pickup.store_id)


@act
def arrive(pickup: Fulfilment, *, bay: int | None = None, by: User | None, at: datetime) -> None:
    """The customer is here: at the counter, or in a parking bay. Saying so again with another place moves them. Raises NotReady and NoSuchBay."""
    if bay is not None and not 1 <= bay <= pickup.store.bays:
        raise NoSuchBay(bay)
    arrival = _arrival(pickup)
    place = COUNTER if bay is None else f"bay {bay}"
    if arrival.arrived_at and arrival.place == place:
        return
    Arrival.objects.filter(pk=arrival.pk).update(arrived_at=arrival.arrived_at or at, place=place)
    log.record("arrival.arrived", pickup, by=by, at=at, place=place)
    queue.raise_version(pickup.store_id)


@act
def serve(pickup: Fulfilment, *, at: datetime) -> None:
    """The goods went out to whoever waited; nothing happens if nobody said that they were here. In the hand-over's transaction."""
    Arrival.objects.filter(fulfilment=pickup, served_at=None).update(served_at=at)


def _arrival(pickup: Fulfilment) -> Arrival:
    """The row of a pickup that is ready, which stays so until the act ends."""
    held = Fulfilment.objects.select_for_update(no_key=True).get(pk=pickup.pk)
    if held.kind != Fulfilment.Kind.PICKUP or held.state != Fulfilment.State.READY:
        raise NotReady(pickup.pk)
    return Arrival.objects.get_or_create(fulfilment=held)[0]
