"""Every address of the shop, read from the resolver, with arguments that lead to something that is there."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from PIL import Image

from loyalty import members
from omo import codes, outbox
from omo.models import Message, User
from orders import address_book, cart_codes, delivery, membership, messages, payments, proxies, refunds, till
from orders.models import Fulfilment, FulfilmentLine, Order, ProxyPass, SandboxPayment
from orders.providers import sandbox_bank
from stores import adjustments, labels, pictures, transfers
from stores.models import Picture, Product, ShelfLabel, Store
from tests import factories as make
from tests.orders import delivering

ROLES = ("anonymous", "customer", "other customer", "staff", "staff elsewhere", "head office")


@dataclass(frozen=True)
class Address:
    """A named address: its route and the names of its arguments."""

    name: str
    route: str
    arguments: tuple[str, ...]

    @property
    def in_admin(self) -> bool:
        """Whether it is head office's."""
        return self.name.startswith("admin:") or self.route.startswith("admin/")


class Shop:
    """A store with staff, a customer with an order in it, and people who have no business with either."""

    def __init__(self) -> None:
        self.at = timezone.now()
        self.store: Store = make.store("harbour")
        self.elsewhere: Store = make.store("airport")
        self.goods = make.stocked(self.store, 20, sku="A1")
        self.label: ShelfLabel = make.label(self.store, self.goods)
        self.picture: Picture = picture_of(self.goods.product)
        self.customer = make.user("alice@shop.test", name="Alice Byrne")
        self.member = members.join(name="Alice Byrne", email="alice@shop.test", user=self.customer, channel="web", by=self.customer, at=self.at)
        self.people: dict[str, User | None] = {
            "anonymous": None,
            "customer": self.customer,
            "other customer": make.user("bob@shop.test", name="Bob Kelly"),
            "staff": make.staff(self.store, email="ana@shop.test"),
            "staff elsewhere": make.staff(self.elsewhere, email="ben@shop.test"),
            "head office": make.head_office(email="ines@shop.test"),
        }
        self.order: Order = make.order(self.store, (self.goods, 2), owner=self.customer, at=self.at)

    @cached_property
    def sale(self) -> Order:
        """A sale at the store's till."""
        lines, paid = [till.SaleLine(self.goods, 1)], [payments.Tendered("card", self.goods.price)]
        return till.ring_up(self.store, lines, tendered=paid, sale_reference="harbour:sale-0001", by=self.people["staff"], at=self.at)

    @cached_property
    def cart_code(self) -> str:
        """The code of a browser's cart."""
        return cart_codes.draw(make.cart((self.goods, 1)), at=self.at)

    @cached_property
    def adjustment(self) -> int:
        """A large correction at the store that a colleague asked for."""
        asked, reason = make.staff(self.store, email="cleo@shop.test"), make.reason("found")
        return adjustments.adjust(self.store, self.goods, change=50, reason=reason, key="matrix-1", by=asked, at=self.at).waits or 0

    @cached_property
    def transfer(self) -> str:
        """The number of a transfer that is on its way to the store."""
        sender = self.people["staff elsewhere"] or self.customer
        goods = make.stocked(self.elsewhere, 5, sku="B2")
        return transfers.send(self.elsewhere, self.store, {goods.pk: 2}, key="matrix-2", by=sender, at=self.at).number

    @cached_property
    def sent_transfer(self) -> str:
        """The number of a transfer that the store has sent."""
        sender = self.people["staff"] or self.customer
        goods = make.stocked(self.store, 5, sku="B3")
        return transfers.send(self.store, self.elsewhere, {goods.pk: 2}, key="matrix-3", by=sender, at=self.at).number

    @cached_property
    def sandbox_payment(self) -> SandboxPayment:
        """A payment that waits for a card on the sandbox's page."""
        addresses = {"return_url": "http://127.0.0.1/", "cancel_url": "http://127.0.0.1/"}
        return sandbox_bank.open_payment(key="matrix", amount=2500, currency="EUR", **addresses)

    @cached_property
    def sandbox_event(self) -> int:
        """Something that the sandbox told the shop."""
        told = {"event": "ev_matrix", "kind": "payment.expired", "payment": self.sandbox_payment.pk, "amount": 2500}
        outbox.queue("sandbox_event", dedup_key="sandbox_event:matrix", payload=told, at=self.at)
        return Message.objects.get(dedup_key="sandbox_event:matrix").pk

    @cached_property
    def given_back(self) -> int:
        """A refund of the sale that was given back at the counter."""
        (refund,) = refunds.refund(self.sale, 100, cause="matrix:1", reason="It was damaged.", by=self.people["staff"], at=self.at)
        refunds.give_back(refund, store=self.store, by=self.people["staff"] or self.customer, at=self.at)
        return refund.pk

    @cached_property
    def parcel(self) -> Fulfilment:
        """A parcel that waits to be packed at the store."""
        Store.objects.filter(pk=self.store.pk).update(delivers=True)
        return delivering.parcel_of(delivering.order((self.goods, 1), at=self.at))

    @cached_property
    def hand_off(self) -> str:
        """The code of a hand-off to a courier."""
        ana, packed = self.people["staff"] or self.customer, delivering.parcel_of(delivering.order((self.goods, 1), at=self.at))
        sent = [delivery.Sent(delivering.packed(packed, ana, at=self.at))]
        return delivery.hand_off(self.store, sent, carrier=delivering.carrier(), courier="Joe", by=ana, at=self.at).code

    @cached_property
    def proxy(self) -> ProxyPass:
        """The pass of somebody who collects the customer's order."""
        return proxies.name_proxy(self.order.fulfilments.get(), name="Ben Kelly", by=self.customer, at=self.at)

    @cached_property
    def address(self) -> int:
        """An address in the customer's book."""
        return address_book.keep(self.customer, delivering.HOME, at=self.at).pk

    def furnish(self) -> None:
        """Make all that else is made when it is first asked for, for tests that look at what changes."""
        assert self.sale
        assert self.adjustment
        assert self.transfer
        assert self.sent_transfer
        assert self.sandbox_event
        assert self.given_back
        assert self.parcel
        assert self.hand_off
        assert self.address
        assert self.cart_code
        assert self.proxy

    def client(self, role: str, **options: bool) -> Client:
        """A browser of somebody in this role."""
        client = Client(raise_request_exception=False, **options)
        person = self.people[role]
        if person:
            client.force_login(person)
        return client

    def path(self, address: Address, *, there: bool = True) -> str:
        """The path to what is there, or to what is not (of an address without arguments: the same)."""
        values = {name: self._value(address, name) if there else MISSING.get(name, "0") for name in address.arguments}
        try:
            return reverse(address.name, kwargs=values)
        except NoReverseMatch:
            return reverse(address.name, args=list(values.values()))

    def _value(self, address: Address, argument: str) -> object:
        if address.in_admin:
            return self._in_admin(address, argument)
        if (address.name, argument) == ("scan_label", "code"):
            return labels.signed_code(self.label)
        if (address.name, argument) == ("picture", "name"):
            return pictures.name_of(self.picture.digest, 320)
        if address.name == "receipt" and argument == "number":
            return self.sale.number
        if (address.name, argument) == ("open_attach", "token"):
            return codes.link_token(membership.PURPOSE, self.order.number, version=self.order.access_version)
        if address.name == "proxy_pass":
            return self.proxy.public_id if argument == "proxy" else proxies.page_token(self.proxy)
        if "/transfers/" in address.route and argument == "number":
            return self.sent_transfer if address.name == "cancel_transfer" else self.transfer
        if argument in ("adjustment", "address", "cart_code"):
            return getattr(self, argument)
        if argument == "handoff":
            return self.parcel and self.hand_off
        if "/parcels/" in address.route and argument in ("number", "line"):
            return self.parcel.order.number if argument == "number" else self.parcel.lines.get().pk
        return {
            "code": self.store.code,
            "slug": self.goods.product.slug,
            "sku": self.goods.sku,
            "number": self.order.number,
            "label": self.label.code,
            "token": codes.link_token(messages.PURPOSE, self.order.number, version=self.order.access_version),
            "reference": self.sandbox_payment.reference,
            "provider": "sandbox",
            "message": self.sandbox_event,
            "refund": self.given_back,
            "part": self.order.fulfilments.get().pk,
            "line": FulfilmentLine.objects.get(fulfilment__order=self.order).pk,
            "pk": 1,
            "uidb36": "1",
            "key": "abc-123",
        }[argument]

    def _in_admin(self, address: Address, argument: str) -> object:
        if argument == "app_label":
            return "orders"
        if argument == "content_type_id":
            return ContentType.objects.get_for_model(Order).pk
        if argument == "action":
            return "nothing"
        if argument == "url":
            return "no-such-page"
        row = _a_row(address)
        return row.pk if row else 0


def picture_of(product: Product) -> Picture:
    """A picture of a product, with its files."""
    file = io.BytesIO()
    Image.new("RGB", (400, 400)).save(file, "PNG")
    made = pictures.prepare(io.BytesIO(file.getvalue()), name="mug.png", size=len(file.getvalue()))
    pictures.keep(made)
    return Picture.objects.create(product=product, words="A mug", digest=made.digest, width=made.width, height=made.height)


MISSING = {
    "code": "no-such-store",
    "slug": "no-such-product",
    "sku": "NO-SUCH-SKU",
    "number": "HP-ZZZZZZ",
    "label": "ZZZZZZZZZZ",
    "token": "A" * 22,
    "line": 999_999,
    "part": 999_999,
    "reference": "sb_nothing",
    "provider": "nobody",
    "message": 999_999,
    "refund": 999_999,
    "adjustment": 999_999,
    "address": 999_999,
    "cart_code": "ZZZZZZZZZZ",
    "handoff": "ZZZZZZZZ",
    "proxy": "ZZZZZZZZZZ",
    "pk": 999_999,
    "uidb36": "zz",
    "key": "zz-zz",
    "name": "a" * 64 + "-320.webp",
}
"""Arguments that lead to nothing."""


def addresses() -> list[Address]:
    """All that have a name, in the order of the resolver, each name once."""
    found = {address.name: address for address in _walk(get_resolver().url_patterns) if not address.name.endswith(":")}
    return list(found.values())


def ours() -> list[Address]:
    """Those outside head office's admin."""
    return [address for address in addresses() if not address.in_admin]


def of_admin() -> list[Address]:
    """Head office's."""
    return [address for address in addresses() if address.in_admin]


def _walk(patterns: list[URLPattern | URLResolver], route: str = "", space: str = "", above: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in patterns:
        path, names = route + str(pattern.pattern), above + _arguments(pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path, f"{space}{pattern.namespace}:" if pattern.namespace else space, names)
        else:
            yield Address(f"{space}{pattern.name or ''}" or path, path, names)


def _arguments(pattern: URLPattern | URLResolver) -> tuple[str, ...]:
    regex = pattern.pattern.regex
    return tuple(pattern.pattern.converters) or tuple(regex.groupindex) or tuple(f"argument {number}" for number in range(regex.groups))


def _a_row(address: Address) -> Model | None:
    """Some row of the table that an admin address is about."""
    _, app, model, *_ = [*address.route.split("/"), "", "", ""]
    found = next((one for one in apps.get_models() if (one._meta.app_label, one._meta.model_name) == (app, model)), Order)
    return found._base_manager.order_by("pk").first()
