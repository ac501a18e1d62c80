"""The shop that inputs are tried on: two stores, goods, people, labels and orders in several states. What an input does not need is not made."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from django.utils import timezone

from loyalty import members
from loyalty.models import Member
from omo import kept, memory
from omo.models import User
from orders import address_book, cart_codes, parcels, pickup_codes, proxies
from orders.models import DeliveryOption, Fulfilment, Order
from stores import labels
from stores.models import Product, ShelfLabel, Store, Variant
from tests import factories as make
from tests.orders import delivering, paying


class UnknownPlaceholder(Exception):
    """A <value> of an input that nobody has said how to fill in."""


class World:
    """The shop. Everything in it is made when it is first asked for, through the real acts."""

    def __init__(self) -> None:
        self.at = timezone.now()

    # Places

    @cached_property
    def store(self) -> Store:
        """Store 1."""
        return make.store("harbour")

    @cached_property
    def other_store(self) -> Store:
        """Store 2."""
        return make.store("airport")

    # People

    @cached_property
    def alice(self) -> User:
        """A customer."""
        return make.user("alice@shop.test", name="Alice Byrne")

    @cached_property
    def bob(self) -> User:
        """Another customer."""
        return make.user("bob@shop.test", name="Bob Kelly")

    @cached_property
    def ana(self) -> User:
        """Works in store 1."""
        return make.staff(self.store, email="ana@shop.test")

    @cached_property
    def ben(self) -> User:
        """Works in store 2."""
        return make.staff(self.other_store, email="ben@shop.test", name="Ben Okoro")

    @cached_property
    def ines(self) -> User:
        """Head office."""
        return make.head_office(email="ines@shop.test")

    @cached_property
    def member(self) -> Member:
        """Alice's membership."""
        return members.join(name="Alice Byrne", email="alice@shop.test", user=self.alice, channel="web", by=self.alice, at=self.at)

    # Goods

    @cached_property
    def mug(self) -> Variant:
        """Plenty of it in store 1."""
        return make.stocked(self.store, 500, sku="A1")

    @cached_property
    def coat(self) -> Variant:
        """Another product, plenty of it in both stores."""
        goods = make.stocked(self.store, 500, sku="A2", price=8900)
        make.stock.receive(self.other_store, {goods.pk: 500}, reference="delivery:coats", by=None, at=make.NOON)
        return goods

    @cached_property
    def last_one(self) -> Variant:
        """One piece is left in store 1."""
        return make.stocked(self.store, 1, sku="LAST-1")

    @cached_property
    def delisted(self) -> Variant:
        """A variant of a product that is no longer sold, with its label still on the shelf."""
        goods = make.stocked(self.store, 5, sku="OLD-1")
        Product.objects.filter(pk=goods.product_id).update(active=False)
        return goods

    # Labels

    @cached_property
    def label(self) -> ShelfLabel:
        """The mug's label in store 1."""
        return make.label(self.store, self.mug)

    @cached_property
    def other_label(self) -> ShelfLabel:
        """The coat's label in store 1."""
        return make.label(self.store, self.coat, shelf="C1")

    @cached_property
    def revoked(self) -> str:
        """The signed code of a label as it was printed before it was revoked."""
        label = make.label(self.store, self.coat, shelf="C2")
        printed = labels.signed_code(label)
        labels.revoke_label(label, by=None, at=self.at)
        return printed

    # Orders

    def order(self, *, store: Store | None = None, owner: User | None = None, goods: Variant | None = None) -> Order:
        """A new order that is collected and paid for in the store."""
        return make.order(store or self.store, (goods or self.coat, 1), owner=owner, at=timezone.now())

    @cached_property
    def new_order(self) -> Order:
        """Placed at store 1, nobody has begun."""
        return self.order()

    @cached_property
    def bobs_order(self) -> Order:
        """Another customer's order."""
        return self.order(owner=self.bob)

    @cached_property
    def ready_order(self) -> Order:
        """Ready at store 1, unpaid."""
        placed = self.order()
        make.ready(placed, self.ana, timezone.now())
        return placed

    @cached_property
    def collected_order(self) -> Order:
        """Collected at store 1."""
        placed = self.order()
        make.collected(placed, self.ana, timezone.now())
        return placed

    def online_order(self, *, owner: User | None = None, ago: timedelta = timedelta(0)) -> Order:
        """An order that waits for its online payment since `ago`."""
        return paying.online(self.store, (self.coat, 1), by=owner, at=timezone.now() - ago)

    def paid_online(self, *, owner: User | None = None) -> Order:
        """An order that was paid at its provider."""
        placed = self.online_order(owner=owner)
        attempt = paying.begun(placed, at=timezone.now())
        paying.card_typed(attempt, at=timezone.now())
        paying.hear(attempt, at=timezone.now())
        return placed

    def part_of(self, placed: Order) -> Fulfilment:
        """The order's only part, as it is now."""
        return make.pickup_of(placed)

    @cached_property
    def standard_delivery(self) -> DeliveryOption:
        """Store 1 delivers, in Ireland."""
        Store.objects.filter(pk=self.store.pk).update(delivers=True)
        made = delivering.option()
        memory.forget()
        kept.forget()
        return made

    def parcel(self, *, owner: User | None = None, waits: bool = False) -> Fulfilment:
        """A parcel that nobody has begun to pack at store 1."""
        self.coat, self.standard_delivery  # noqa: B018
        return delivering.parcel_of(delivering.order((self.coat, 1), owner=owner, waits=waits, at=self.at))

    def cart_code(self, owner: User | None = None) -> str:
        """The code of another browser's cart, or of somebody's account."""
        return cart_codes.draw(make.cart((self.coat, 2), owner=owner), at=self.at)

    def used_cart_code(self) -> str:
        """The code of a cart that went on elsewhere."""
        code = self.cart_code()
        cart_codes.take_over(code, into=make.cart((self.mug, 1)), user=None, at=self.at)
        return code

    def pass_of(self, placed: Order) -> str:
        """The QR of the pass of somebody who collects an order."""
        return proxies.qr_text(proxies.name_proxy(make.pickup_of(placed), name="Ben Kelly", by=None, at=self.at))

    def revoked_pass_of(self, placed: Order) -> str:
        """The QR of a pass that was taken back."""
        text = self.pass_of(placed)
        proxies.revoke_proxy(make.pickup_of(placed), by=None, at=self.at)
        return text

    def qr_of(self, placed: Order) -> str:
        """The pickup QR of an order."""
        return pickup_codes.qr_text(make.pickup_of(placed))

    def digits_of(self, placed: Order) -> str:
        """The six digits of an order."""
        return pickup_codes.six_digits(make.pickup_of(placed))

    # <values> that a catalogue leaves to the test

    def filled(self, text: str) -> str:
        """The text with every <placeholder> replaced. Raises UnknownPlaceholder."""
        return re.sub(r"<([a-z][^<>]*)>", lambda found: self._value(found[1]), text, flags=re.IGNORECASE)

    def _value(self, words: str) -> str:
        for sign, value in PLACEHOLDERS:
            if re.fullmatch(sign, words, re.IGNORECASE):
                return value(self)
        if MARKUP.match(words):
            return f"<{words}>"
        raise UnknownPlaceholder(words)


def _signature(signed: str) -> str:
    return signed.partition(".")[2]


def flipped(signature: str) -> str:
    """A signature with its first letter changed."""
    return ("A" if signature[0] != "A" else "B") + signature[1:]


def _wrong_store_code(world: World) -> str:
    placed = world.order(store=world.other_store)
    make.ready(placed, world.ben, timezone.now())
    return world.qr_of(placed)


def _revoked_pass(world: World) -> str:
    return world.revoked_pass_of(world.ready_order)


MARKUP = re.compile(
    r"(a|b|body|details|div|h\d|html|i|iframe|img|input|link|marquee|math|object|p|script|style|svg|video)\b(?! of )|[^ ]+ [a-z]+=", re.IGNORECASE
)
"""What stands between < and > as markup is itself a part of the input."""
PLACEHOLDERS: list[tuple[str, Callable[[World], str]]] = [
    (r"id of b(ob)? as a(lice)?", lambda world: world.bobs_order.number),
    (r"(valid )?(id|id a)", lambda world: world.label.code),
    (r"sig( of id a)?|valid sig", lambda world: _signature(labels.signed_code(world.label))),
    (r"sig with one char changed", lambda world: flipped(_signature(labels.signed_code(world.label)))),
    (r"sig(nature)? of (id b|another id)", lambda world: _signature(labels.signed_code(world.other_label))),
    (r"(valid )?label( s1)?|valid label of store 1", lambda world: labels.signed_code(world.label)),
    (r"valid label, inactive product", lambda world: labels.signed_code(make.label(world.store, world.delisted))),
    (r"label v1 after rotate|revoked label", lambda world: world.revoked),
    (r"(valid )?member (token|code|card)|valid card", lambda world: members.card_code(world.member)),
    (r"(valid )?pickup (token|code|qr)", lambda world: world.qr_of(world.ready_order)),
    (r"used pickup code", lambda world: world.qr_of(world.collected_order)),
    (r"part of b(ob)? as a(lice)?", lambda world: f"{world.bobs_order.number}/{world.bobs_order.fulfilments.get().pk}"),
    (r"(revoked|taken back) (proxy|pass)( pass| code| qr)?|(proxy|pass)( pass| code)? (that was )?(revoked|taken back)", _revoked_pass),
    (r"(valid )?(proxy|pass)( pass| code| qr| token)?", lambda world: world.pass_of(world.ready_order)),
    (r"(used|taken over|spent) cart code", lambda world: world.used_cart_code()),
    (r"cart code of (an account|another (account|customer)|b(ob)?( as a(lice)?)?)", lambda world: world.cart_code(world.bob)),
    (r"(valid )?cart code", lambda world: world.cart_code()),
    (r"(valid )?parcel (label|code|qr)", lambda world: parcels.label_text(world.parcel())),
    (r"address of b(ob)? as a(lice)?", lambda world: str(address_book.keep(world.bob, delivering.HOME, at=world.at).pk)),
    (r"code of s2 at s1", _wrong_store_code),
    (r"(pickup )?code of a new order", lambda world: world.qr_of(world.new_order)),
    (r"order number", lambda world: world.new_order.number),
    (r"sku", lambda world: world.mug.sku),
]
