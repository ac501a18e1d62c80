"""Carts: the same acts for a phone and for a till."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Model, OuterRef, Subquery

from loyalty.models import Member
from omo.acts import act
from omo.joined import Joined
from omo.models import User
from omo.models.event import Channel
from orders import pricing
from orders.models import Cart, CartLine
from stores.models import Product, ShelfLabel, Store, Variant


class TooManyInCart(Exception):
    """A line would hold more than settings.MAX_LINE_QUANTITY; `held` is what it holds now."""

    def __init__(self, variant: Variant, held: int) -> None:
        super().__init__(variant, held)
        self.variant, self.held = variant, held


class NotOnSale(Exception):
    """The variant or its product is not sold any more."""


class CartIsOrdered(Exception):
    """The cart has become an order and changes no more."""


@act
def start(*, user: User | None = None, store: Store | None = None, at: datetime) -> Cart:
    """A new open cart of a browser, or the open cart that a customer has already."""
    if user is not None:
        cart, _ = Cart.objects.get_or_create(
            user=user, state=Cart.State.OPEN, channel=Channel.WEB, defaults={"store": store, "created_at": at, "updated_at": at}
        )
        return cart
    return Cart.objects.create(store=store, created_at=at, updated_at=at)


@act
def start_sale(*, store: Store, by: User, at: datetime) -> Cart:
    """The open sale of a person at a store's till; made if there is none."""
    cart, _ = Cart.objects.get_or_create(user=by, store=store, state=Cart.State.OPEN, channel=Channel.TILL, defaults={"created_at": at, "updated_at": at})
    return cart


@act
def add(cart: Cart, variant: Variant, *, quantity: int = 1, label: ShelfLabel | None = None, at: datetime) -> CartLine:
    """Put `quantity` more of a variant into the cart; what was saved for later of it is bought with it.

    Raises NotOnSale, TooManyInCart or CartIsOrdered and leaves the cart as it was.
    """
    touch(cart, at)
    if not (variant.active and variant.product.active):
        raise NotOnSale(variant)
    if quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, 0)
    line = next((found for (found,) in LINE.read(cart.pk, variant.pk)), None)  # the cart is held, so nobody else adds it meanwhile
    if line is None:
        return CartLine.objects.create(cart=cart, variant=variant, quantity=quantity, label=label, seen_price=variant.price)
    if line.quantity + quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, line.quantity)
    line.quantity, line.label_id = line.quantity + quantity, line.label_id or (label.pk if label else None)
    line.saved_at, line.seen_price = None, variant.price
    line.save(update_fields=["quantity", "label", "saved_at", "seen_price"])
    return line


@act
def set_quantity(cart: Cart, variant: Variant, *, quantity: int, at: datetime) -> None:
    """Make a line hold `quantity` (0 removes it). A line that is not there stays away. Raises TooManyInCart or CartIsOrdered."""
    touch(cart, at)
    if quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, 0)
    lines = CartLine.objects.filter(cart=cart, variant=variant)
    if quantity:
        lines.update(quantity=quantity)
    else:
        lines.delete()


@act
def restore(
    cart: Cart, variant: Variant, *, quantity: int, label: ShelfLabel | None, way: str, store: Store | None, saved_at: datetime | None, at: datetime
) -> None:
    """Undo that a line was removed: it is received as before, and saved for later if it was. Of one that is there again there are more.

    Raises NotOnSale, TooManyInCart or CartIsOrdered and leaves the cart as it was.
    """
    line = add(cart, variant, quantity=quantity, label=label, at=at)
    own = store if way == CartLine.Way.PICKUP else None
    CartLine.objects.filter(pk=line.pk).update(way=way, store=own, saved_at=saved_at if line.quantity == quantity else None)


@act
def receive(cart: Cart, variant: Variant, *, way: str, store: Store | None = None, at: datetime) -> None:
    """Let a line reach the customer in this way (CartLine.Way): delivered, or collected at `store`, or without one where the cart is collected.

    A line that is not there stays away. Raises CartIsOrdered.
    """
    touch(cart, at)
    CartLine.objects.filter(cart=cart, variant=variant).update(way=way, store=store if way == CartLine.Way.PICKUP else None)


@act
def receive_all(cart: Cart, *, way: str, at: datetime) -> None:
    """Let every line reach the customer in this way: delivered, or collected where the cart is. Raises CartIsOrdered."""
    touch(cart, at)
    CartLine.objects.filter(cart=cart, saved_at=None).update(way=way, store=None)


@act
def save_for_later(cart: Cart, variant: Variant, *, at: datetime) -> None:
    """Put a line aside: it stays with the cart and is no part of what is bought. Raises CartIsOrdered."""
    touch(cart, at)
    CartLine.objects.filter(cart=cart, variant=variant, saved_at=None).update(saved_at=at)


@act
def bring_back(cart: Cart, variant: Variant, *, at: datetime) -> None:
    """Buy what was saved for later, at the price of now. Raises NotOnSale or CartIsOrdered."""
    touch(cart, at)
    if not (variant.active and variant.product.active):
        raise NotOnSale(variant)
    CartLine.objects.filter(cart=cart, variant=variant).exclude(saved_at=None).update(saved_at=None, seen_price=variant.price)


@act
def agree_to_prices(cart: Cart, *, at: datetime) -> None:
    """The customer has seen what everything costs now. Raises CartIsOrdered."""
    touch(cart, at)
    prices = Variant.objects.filter(pk=OuterRef("variant")).values("price")
    CartLine.objects.filter(cart=cart).exclude(seen_price=F("variant__price")).update(seen_price=Subquery(prices))


@act
def choose_store(cart: Cart, store: Store | None, *, at: datetime) -> None:
    """Collect at this store, or leave it open. Raises CartIsOrdered."""
    touch(cart, at)
    Cart.objects.filter(pk=cart.pk).update(store=store)
    cart.store = store


@act
def attach_member(cart: Cart, member: Member | None, *, at: datetime) -> None:
    """The member whose card was scanned at the till, or nobody. Raises CartIsOrdered."""
    touch(cart, at)
    Cart.objects.filter(pk=cart.pk).update(member=member)
    cart.member = member


@act
def forget_guests(*, before: datetime, most: int = 1000) -> int:
    """Delete the open carts of browsers that nobody signed in with and nobody changed since `before`, at most `most` of them. Returns how many.

    They are held before they go: one that somebody is changing at this moment stays.
    """
    stale = Cart.objects.filter(user=None, state=Cart.State.OPEN, channel=Channel.WEB, updated_at__lt=before).order_by("updated_at")
    held = list(stale.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    return Cart.objects.filter(pk__in=held).delete()[1].get("orders.Cart", 0)


def variant_of(sku: str) -> Variant | None:
    """The variant of a SKU with its product, whether or not it is sold now; None if there is no such SKU."""
    for variant, product in OF_SKU.read(sku):
        variant.product = product
        return variant
    return None


def lines_of(cart: Cart) -> list[CartLine]:
    """The lines with their variants and products, in the order they were added, without what is saved for later."""
    return _read(LINES, cart)


def lines_and_saved(cart: Cart) -> tuple[list[CartLine], list[CartLine]]:
    """As `lines_of`, and beside it what is saved for later, the last that was saved first; one statement for both."""
    every = _read(ALL_LINES, cart)
    saved = sorted((line for line in every if line.saved_at), key=lambda line: (line.saved_at, line.pk), reverse=True)
    return [line for line in every if not line.saved_at], saved


def _read(statement: Joined, cart: Cart) -> list[CartLine]:
    lines = []
    for line, variant, product in statement.read(cart.pk):
        line.variant, variant.product = variant, product
        lines.append(line)
    return lines


IN_CART = """FROM orders_cartline line JOIN stores_variant variant ON variant.id = line.variant_id
    JOIN stores_product product ON product.id = variant.product_id WHERE line.cart_id = %s"""
WITH_GOODS: dict[str, type[Model]] = {"line": CartLine, "variant": Variant, "product": Product}
LINES = Joined(f"{IN_CART} AND line.saved_at IS NULL ORDER BY line.id", **WITH_GOODS)
ALL_LINES = Joined(f"{IN_CART} ORDER BY line.id", **WITH_GOODS)


LINE = Joined("FROM orders_cartline line WHERE line.cart_id = %s AND line.variant_id = %s", line=CartLine)
OF_SKU = Joined(
    "FROM stores_variant variant JOIN stores_product product ON product.id = variant.product_id WHERE variant.sku = %s", variant=Variant, product=Product
)


def open_of(user: User) -> Cart | None:
    """The open cart of a customer, with its store."""
    return _with_store(OF_CUSTOMER.read(user.pk))


def open_at(cart_id: int) -> Cart | None:
    """This cart with its store, if it is a browser's and open."""
    return _with_store(OF_BROWSER.read(cart_id))


OPEN = "FROM orders_cart cart LEFT JOIN stores_store store ON store.id = cart.store_id WHERE cart.state = 'open' AND cart.channel = 'web'"
OF_CUSTOMER = Joined(f"{OPEN} AND cart.user_id = %s", cart=Cart, store=Store)
OF_BROWSER = Joined(f"{OPEN} AND cart.user_id IS NULL AND cart.id = %s", cart=Cart, store=Store)


def _with_store(rows: list[list[Any]]) -> Cart | None:
    if not rows:
        return None
    cart, store = rows[0]
    cart.store = store
    return cart


def holder(cart_id: int) -> str:
    """The name under which a cart's checkout holds goods."""
    return f"cart:{cart_id}"


def quote_of(lines: list[CartLine], *, delivery: int = 0) -> pricing.Quote:
    """The priced cart, with what its delivery costs."""
    return pricing.quote((pricing.Item(line.variant_id, line.quantity, line.variant.price) for line in lines), delivery=delivery)


def touch(cart: Cart, at: datetime) -> None:
    """Hold the cart for the act that is under way. Raises CartIsOrdered."""
    if not hold(cart, at):
        raise CartIsOrdered(cart.pk)


def hold(cart: Cart, at: datetime) -> bool:
    """Hold the cart for the act that is under way, if it is open; whether it is."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [connection.ops.adapt_datetimefield_value(at), cart.pk])
        return cursor.rowcount == 1


def close(cart: Cart, *, at: datetime) -> bool:
    """Let the cart become an order, if it is open, in the transaction that does; then `cart.holds` is as it was at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [connection.ops.adapt_datetimefield_value(at), cart.pk])
        row = cursor.fetchone()
    if row:
        cart.state, cart.holds = Cart.State.ORDERED, bool(row[0])
    return row is not None


HOLD = "UPDATE orders_cart SET updated_at = %s WHERE id = %s AND state = 'open'"
CLOSE = "UPDATE orders_cart SET state = 'ordered', updated_at = %s WHERE id = %s AND state = 'open' RETURNING holds"
