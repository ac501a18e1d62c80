"""A small shop in the middle of a working day, made through the real acts, as the pages of the browser tests show it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from loyalty.models import EarnRule, Member
from omo.models import User
from orders import payments, promises, till
from orders.models import Fulfilment, Order, PromiseOutcome
from stores import labels, stock
from stores.models import Category, Product, ShelfLabel, Store, Variant
from tests import factories

PINE, NAVY, SAND = ("Pine", "#3f5f4c"), ("Navy", "#33466b"), ("Sand", "#c9ab7c")
RANGE = [  # category, name, summary, drawing, price, sizes, colours
    ("Coats", "Tide waxed coat", "Waxed cotton, wool lining", "coat", 14900, "SML", (PINE, NAVY, SAND)),
    ("Knitwear", "Fisher jumper", "Lambswool, knitted in the round", "sweater", 8900, "SML", (NAVY, SAND)),
    ("Shoes", "Quay boots", "Greased leather, can be resoled", "boots", 16900, "", (SAND,)),
    ("Home", "Low tide mug", "Stoneware, 30 cl", "mug", 1250, "", (("Blue", "#4f7794"), SAND)),
    ("Home", "Harbour lamp", "Enamelled steel, linen cord", "lamp", 7400, "", (PINE,)),
    ("Home", "Extraordinarily long-named hand-woven picnic blanket with leather carrying straps", "Wool", "blanket", 12000, "", (NAVY,)),
    ("Home", "Beeswax candle", "Burns for 40 hours", "candle", 900, "", (("Honey", "#d8a33c"),)),
]


@dataclass
class ShopFloor:
    """The people, goods, labels and orders of the shop; `orders` by the state they are in."""

    at: datetime
    harbour: Store
    garden: Store
    ana: User
    tom: User
    marta: User
    member: Member
    goods: dict[str, Variant]
    label: ShelfLabel
    orders: dict[str, Order] = field(default_factory=dict)

    def pickup(self, state: str) -> Fulfilment:
        """The pickup of the order in this state."""
        return factories.pickup_of(self.orders[state])


def stocked_shop() -> ShopFloor:
    """Two stores with goods, people who work there, a member and a label; nobody has bought anything yet."""
    at = timezone.now()
    EarnRule.objects.create(points=1, amount=100, valid_from=at - timedelta(days=30))
    harbour = factories.store(directions="Ground floor, counter 2")
    garden = factories.store("garden-street", street="Garden Street 17", phone="+353 1 555 0177")
    goods = {variant.sku: variant for row in RANGE for variant in _product(*row)}
    for store, most in ((harbour, 9), (garden, 2)):
        on_hand = {variant.pk: (index * 7 + most) % (most + 3) for index, variant in enumerate(goods.values())}
        stock.receive(store, {pk: count for pk, count in on_hand.items() if count}, reference="delivery:1", by=None, at=at)
    stock.receive(harbour, {goods[sku].pk: 8 for sku in ("COAT-PINE-M", "MUG-BLUE")}, reference="delivery:2", by=None, at=at)
    ana, tom, marta = factories.staff(harbour), factories.staff(garden, name="Tom Okafor"), factories.user("marta@shop.test")
    member = factories.member(user=marta, email=marta.email, at=at - timedelta(days=40))
    label = labels.make_labels(harbour, [goods["COAT-PINE-M"]], shelf="B4", by=ana, at=at)[0]
    labels.make_labels(harbour, [goods["MUG-BLUE"], goods["LAMP-PINE"]], shelf="C1", by=ana, at=at)
    return ShopFloor(at, harbour, garden, ana, tom, marta, member, goods, label)


def working_day() -> ShopFloor:
    """The stocked shop with an order in every state: some are late, some are Marta's, one was sold at the till."""
    shop = stocked_shop()
    coat, mug, lamp = (shop.goods[sku] for sku in ("COAT-PINE-M", "MUG-BLUE", "LAMP-PINE"))
    blanket = next(variant for sku, variant in shop.goods.items() if sku.startswith("BLANKET"))
    stock.receive(shop.harbour, {lamp.pk: 9, blanket.pk: 9, mug.pk: 20}, reference="delivery:3", by=None, at=shop.at)
    hours = {count: shop.at - timedelta(hours=count) for count in (1, 2, 3, 30)}
    place, ana = factories.order, shop.ana
    long_name = {"name": "Maximiliane Freifrau von Hohenstein-Wartenberg", "email": "maximiliane.freifrau.von.hohenstein@wartenberg.example"}
    shop.orders = {
        "late": place(shop.harbour, (mug, 2), (lamp, 1), name="Jonas Weber", email="jonas@shop.test", at=hours[30]),
        "placed": place(shop.harbour, (coat, 1), (mug, 3), owner=shop.marta, at=hours[1]),
        "picking": place(shop.harbour, (blanket, 1), (mug, 2), at=hours[2], **long_name),
        "ready": place(shop.harbour, (coat, 1), (mug, 1), owner=shop.marta, at=hours[3]),
        "paid": place(shop.harbour, (lamp, 1), name="佐藤 美咲", email="misaki@shop.test", at=hours[3]),
        "expired": place(shop.harbour, (mug, 1), name="Clara Neumann", email="clara@shop.test", at=hours[30]),
        "cancelled": place(shop.harbour, (mug, 1), owner=shop.marta, at=hours[30]),
        "collected": place(shop.harbour, (coat, 1), owner=shop.marta, at=hours[30]),
    }
    picking = shop.pickup("picking")
    factories.pickup.start_picking(picking, by=ana, at=hours[1])
    factories.pickup.pick(picking.lines.select_related("fulfilment__order").earliest("id"), picked=1, by=ana, at=hours[1])
    for state in ("ready", "paid"):
        factories.ready(shop.orders[state], ana, at=hours[1])
    payments.take_payment(shop.orders["paid"], [payments.Tendered("card", shop.orders["paid"].total)], store=shop.harbour, by=ana, at=shop.at)
    factories.collected(shop.orders["collected"], ana, at=hours[2])
    for state in ("expired", "cancelled"):  # their acts come with a later issue
        Fulfilment.objects.filter(order=shop.orders[state]).update(state=state, held_until=hours[1])
        promises.settle(shop.pickup(state), cause=PromiseOutcome.Cause.STAFF if state == "cancelled" else None, at=hours[1])
    sale = [till.SaleLine(mug, 2), till.SaleLine(blanket, 1)]
    shop.orders["till"] = till.ring_up(
        shop.harbour, sale, tendered=[payments.Tendered("cash", 14500)], member=shop.member, sale_reference="harbour:sale-0001", by=ana, at=hours[1]
    )
    return shop


def _product(category: str, name: str, summary: str, drawing: str, price: int, sizes: str, colours: tuple[tuple[str, str], ...]) -> list[Variant]:
    shelf, _ = Category.objects.get_or_create(slug=category.lower(), defaults={"name": category})
    product = Product.objects.create(
        name=name,
        slug=drawing,
        category=shelf,
        summary=summary,
        drawing=drawing,
        brand="Harbour & Pine",
        description=f"{summary}. Made to be mended, not replaced.",
    )
    return [
        factories.variant(
            "-".join(filter(None, [drawing.upper(), colour.upper(), size])), product=product, price=price, size=size, colour=colour, tint=tint, position=place
        )
        for place, (size, (colour, tint)) in enumerate([(size, colour) for size in sizes or [""] for colour in colours])
    ]
