"""A customer's address book: kept, changed, preferred, deleted and taken back."""

from datetime import datetime

from omo import events
from omo.acts import act
from omo.models import User
from orders import addresses
from orders.addresses import Parts
from orders.models import Address, Delivery

MOST = 20
"""As many addresses as a book holds; then the customer deletes one first."""


class Full(Exception):
    """The book holds as many addresses as it can."""


class Gone(Exception):
    """The address is not in the book any more."""


def of(user: User) -> list[Address]:
    """The customer's addresses, the preferred one first, then the one that was used last."""
    return list(Address.objects.filter(user=user))


@act
def keep(user: User, parts: Parts, *, at: datetime) -> Address:
    """Put an address into the book, once: one that is there already is only used again. The first one is preferred. Raises Full."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two parcels of one moment do not both write it
    known = of(user)
    twin = next((address for address in known if addresses.same(address, parts)), None)
    if twin:
        Address.objects.filter(pk=twin.pk).update(used_at=at, phone=parts.phone or twin.phone)
        twin.used_at = at
        return twin
    if len(known) >= MOST:
        raise Full
    address = Address.objects.create(user=user, preferred=not known, used_at=at, **addresses.columns(parts))
    _record("address.kept", address, user, at)
    return address


@act
def change(address: Address, parts: Parts, *, at: datetime) -> None:
    """Write the address anew. Raises Gone. What was ordered keeps the address that it was ordered with."""
    if not Address.objects.filter(pk=address.pk).update(**addresses.columns(parts)):
        raise Gone(address.pk)
    _record("address.changed", address, address.user, at)


@act
def prefer(address: Address, *, at: datetime) -> None:
    """Offer this address first from now on. Raises Gone."""
    User.objects.select_for_update(no_key=True).get(pk=address.user_id)
    Address.objects.filter(user=address.user_id, preferred=True).exclude(pk=address.pk).update(preferred=False)
    if not Address.objects.filter(pk=address.pk).update(preferred=True):
        raise Gone(address.pk)
    _record("address.preferred", address, address.user, at)


@act
def forget(address: Address, *, at: datetime) -> None:
    """Take the address out of the book, for good: whoever offers an undo keeps its parts. Raises Gone."""
    deleted, _ = Address.objects.filter(pk=address.pk).delete()
    if not deleted:
        raise Gone(address.pk)
    _record("address.deleted", address, address.user, at)


@act
def keep_delivered(delivery: Delivery, *, at: datetime) -> None:
    """Keep where a parcel of a customer with an account arrived; a full book stays as it is. Stores' addresses never come here: pickups have no Delivery."""
    user = delivery.fulfilment.order.user
    if user is None:
        return
    try:
        keep(user, addresses.parts_of(delivery), at=at)
    except Full:
        pass  # nothing of the delivery depends on the book


def _record(kind: str, address: Address, user: User, at: datetime) -> None:
    """The event says that it happened, not where the customer lives."""
    events.record(kind, at=at, by=user, subject=f"address:{address.pk}")
