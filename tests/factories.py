"""Small worlds for tests, made through the real acts. Plain functions: call what a test needs, with what it is about."""

import itertools
from datetime import UTC, datetime, time

from loyalty import members
from loyalty.models import Member
from omo import codes
from omo.models import User
from orders import carts, checkout, payments, pickup, pickup_codes
from orders.models import Cart, Fulfilment, Order, QueueVersion
from stores import gs1, labels, slots, stock
from stores.models import Assignment, Category, OpeningHours, Product, ShelfLabel, StockReason, Store, Variant

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""A Tuesday noon, when every store of `store()` is open."""
PASSWORD = "quiet-harbour-1"
counter = itertools.count(1)


def store(code: str = "harbour", **fields) -> Store:
    """A store in Dublin, open 9–19 every day, ready in 120 opening minutes, holding for 3 days, where one may pay."""
    place, new = Store.objects.get_or_create(
        code=code,
        defaults={
            "name": code.replace("-", " ").title(),
            "street": "Quay 4",
            "postcode": "D01",
            "city": "Dublin",
            "phone": "+353 1 555 0142",
            "pay_in_store": True,
            **fields,
        },
    )
    if new:
        OpeningHours.objects.bulk_create(OpeningHours(store=place, weekday=day, opens=time(9), closes=time(19)) for day in range(7))
    return place


def user(email: str | None = None, **fields) -> User:
    """A signed-up customer with a verified address."""
    person = User.objects.create_user(email or f"person{next(counter)}@shop.test", PASSWORD, **{"name": "Marta Lindqvist", **fields})
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    return person


def staff(place: Store, **fields) -> User:
    """Somebody who works at the store."""
    person = user(**{"name": "Ana Costa", **fields})
    Assignment.objects.create(user=person, store=place)
    return person


def head_office(**fields) -> User:
    """Somebody who may do everything."""
    return user(**{"name": "Ines Head", "is_staff": True, "is_superuser": True, **fields})


def variant(sku: str | None = None, *, price: int = 1250, product: Product | None = None, **fields) -> Variant:
    """A variant of a product on sale; the price is in minor units."""
    sku = sku or f"SKU-{next(counter)}"
    category, _ = Category.objects.get_or_create(slug="home", defaults={"name": "Home"})
    product = product or Product.objects.create(name=f"Low tide mug {sku}", slug=f"mug-{sku.lower()}", category=category, drawing="mug")
    return Variant.objects.create(product=product, sku=sku, gtin=gs1.restricted_gtin(sku), price=price, **{"colour": "Blue", "tint": "#4f7794", **fields})


def stocked(place: Store, quantity: int = 10, **fields) -> Variant:
    """A variant of which the store has `quantity` on hand."""
    goods = variant(**fields)
    stock.receive(place, {goods.pk: quantity}, reference=f"delivery:{next(counter)}", by=None, at=NOON)
    return goods


def reason(code: str = "theft") -> StockReason:
    """A reason for a correction of stock, as head office begins with; made where a test's database was emptied."""
    effect = {"damaged": "damaged", "not-on-shelf": "distrust"}.get(code, "none")
    direction = {"found": "more", "counting-error": "either", "wrong-label": "either"}.get(code, "fewer")
    return StockReason.objects.get_or_create(code=code, defaults={"words": code.replace("-", " ").capitalize(), "effect": effect, "direction": direction})[0]


def label(place: Store, goods: Variant, *, shelf: str = "B4") -> ShelfLabel:
    """The shelf label of a variant at a store."""
    return labels.make_labels(place, [goods], shelf=shelf, by=None, at=NOON)[0]


def member(**fields) -> Member:
    """A member who joined online."""
    return members.join(**{"name": "Marta Lindqvist", "channel": "web", "by": fields.get("user"), "at": NOON, **fields})


def cart(*wanted: tuple[Variant, int], owner: User | None = None, place: Store | None = None) -> Cart:
    """An open cart with the wanted variants and quantities."""
    basket = carts.start(user=owner, store=place, at=NOON)
    for goods, quantity in wanted:
        carts.add(basket, goods, quantity=quantity, at=NOON)
    return basket


def order(
    place: Store,
    *wanted: tuple[Variant, int],
    owner: User | None = None,
    name: str = "Marta Lindqvist",
    email: str = "marta@shop.test",
    slot: str = slots.FIRST,
    at: datetime = NOON,
) -> Order:
    """A placed pickup order, to be paid for in the store."""
    contact = checkout.Contact(name, email)
    return checkout.place_order(
        cart(*wanted, owner=owner, place=place), channel="web", contact=contact, store=place, slot=slot, idempotency_key=codes.random_id(20), by=owner, at=at
    )


def pickup_of(placed: Order) -> Fulfilment:
    """The order's pickup, as the database has it now."""
    return Fulfilment.objects.select_related("order__member", "store", "picker").get(order=placed)


def picked(placed: Order, by: User, at: datetime = NOON) -> Fulfilment:
    """The order's pickup with every line ticked."""
    waiting = pickup_of(placed)
    pickup.start_picking(waiting, by=by, at=at)
    for line in waiting.lines.select_related("fulfilment__order"):
        pickup.pick(line, picked=line.quantity, by=by, at=at)
    return waiting


def ready(placed: Order, by: User, at: datetime = NOON) -> Fulfilment:
    """The order's pickup, ready at R-1."""
    waiting = picked(placed, by, at)
    pickup.mark_ready(waiting, place="R-1", by=by, at=at)
    return waiting


def collected(placed: Order, by: User, at: datetime = NOON) -> Fulfilment:
    """The order's pickup, paid by card and handed over against its six digits."""
    waiting = ready(placed, by, at)
    payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=placed.store, by=by, at=at)
    pickup.hand_over(waiting, proof=pickup_codes.six_digits(waiting), by=by, at=at)
    return waiting


def queue_version(store_id: int) -> int:
    """The version of a store's queue; 0 before anything happened."""
    return QueueVersion.objects.filter(store_id=store_id).values_list("version", flat=True).first() or 0
