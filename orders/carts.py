"""Carts: the same acts for a phone and for a till."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F

from loyalty.models import Member
from omo.acts import act
from omo.joined import Joined
from omo.models import User
from omo.models.event import Channel
from orders import pricing
from orders.models import Cart, CartLine
from stores import holds
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
    """Put `quantity` more of a variant into the cart. Raises NotOnSale, TooManyInCart or CartIsOrdered and leaves the cart as it was."""
    _touch(cart, at)
    if not (variant.active and variant.product.active):
        raise NotOnSale(variant)
    if quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, 0)
    line = CartLine.objects.filter(cart=cart, variant=variant).first()  # the cart is held, so nobody else adds it meanwhile
    if line is None:
        return CartLine.objects.create(cart=cart, variant=variant, quantity=quantity, label=label)
    if line.quantity + quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, line.quantity)
    line.quantity = F("quantity") + quantity
    line.label = line.label or label
    line.save(update_fields=["quantity", "label"])
    line.refresh_from_db(fields=["quantity"])
    return line


@act
def set_quantity(cart: Cart, variant: Variant, *, quantity: int, at: datetime) -> None:
    """Make a line hold `quantity` (0 removes it). A line that is not there stays away. Raises TooManyInCart or CartIsOrdered."""
    _touch(cart, at)
    if quantity > settings.MAX_LINE_QUANTITY:
        raise TooManyInCart(variant, 0)
    lines = CartLine.objects.filter(cart=cart, variant=variant)
    if quantity:
        lines.update(quantity=quantity)
    else:
        lines.delete()


@act
def choose_store(cart: Cart, store: Store | None, *, at: datetime) -> None:
    """Collect at this store, or leave it open. Raises CartIsOrdered."""
    _touch(cart, at)
    Cart.objects.filter(pk=cart.pk).update(store=store)
    cart.store = store


@act
def attach_member(cart: Cart, member: Member | None, *, at: datetime) -> None:
    """The member whose card was scanned at the till, or nobody. Raises CartIsOrdered."""
    _touch(cart, at)
    Cart.objects.filter(pk=cart.pk).update(member=member)
    cart.member = member


@act
def merge(guest: Cart, into: Cart, *, at: datetime) -> Cart:
    """Move every line of a browser's cart into the customer's own; together a line holds at most settings.MAX_LINE_QUANTITY. Raises CartIsOrdered.

    What its checkout holds is the customer's now. A browser's cart that has been ordered or moved meanwhile is left alone.
    """
    if not _open(guest, at):
        return into
    _touch(into, at)
    held = {line.variant_id: line for line in into.lines.all()}
    for line in guest.lines.all():
        own = held.get(line.variant_id)
        quantity = min((own.quantity if own else 0) + line.quantity, settings.MAX_LINE_QUANTITY)
        label_id = (own.label_id if own else None) or line.label_id
        CartLine.objects.update_or_create(cart=into, variant_id=line.variant_id, defaults={"quantity": quantity, "label_id": label_id})
    if guest.store_id:
        choose_store(into, guest.store, at=at)
    holds.hand_over(holder(guest.pk), to=holder(into.pk), at=at)
    guest.delete()
    return into


@act
def forget_guests(*, before: datetime, most: int = 1000) -> int:
    """Delete the open carts of browsers that nobody signed in with and nobody changed since `before`, at most `most` of them. Returns how many.

    They are held before they go: one that somebody is changing at this moment stays.
    """
    stale = Cart.objects.filter(user=None, state=Cart.State.OPEN, channel=Channel.WEB, updated_at__lt=before).order_by("updated_at")
    held = list(stale.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    return Cart.objects.filter(pk__in=held).delete()[1].get("orders.Cart", 0)


def lines_of(cart: Cart) -> list[CartLine]:
    """The lines with their variants and products, in the order they were added."""
    lines = []
    for line, variant, product in LINES.read(cart.pk):
        line.variant, variant.product = variant, product
        lines.append(line)
    return lines


LINES = Joined(
    """FROM orders_cartline line JOIN stores_variant variant ON variant.id = line.variant_id JOIN stores_product product ON product.id = variant.product_id
    WHERE line.cart_id = %s ORDER BY line.id""",
    line=CartLine,
    variant=Variant,
    product=Product,
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


def quote_of(lines: list[CartLine]) -> pricing.Quote:
    """The priced cart."""
    return pricing.quote(pricing.Item(line.variant_id, line.quantity, line.variant.price) for line in lines)


def _touch(cart: Cart, at: datetime) -> None:
    """Hold the cart for this act. Raises CartIsOrdered."""
    if not _open(cart, at):
        raise CartIsOrdered(cart.pk)


def _open(cart: Cart, at: datetime) -> bool:
    """Hold the cart for this act, if it is open."""
    return bool(Cart.objects.filter(pk=cart.pk, state=Cart.State.OPEN).update(updated_at=at))
