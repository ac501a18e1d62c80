"""What happens to one order from the web or from shelves, step by step, through the same acts as in the shop."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from omo.models import User
from orders import addresses, arrivals, cancellation, carts, checkout, delivery, keeping, payments, pickup, pickup_codes, proxies
from orders.delivery_quotes import Wish
from orders.demo import bank
from orders.demo.cast import HOMES, Person
from orders.demo.world import Line, World
from orders.models import CartLine, Fulfilment, Order
from stores import slots
from stores.models import Store


@dataclass
class Purchase:
    """An order. `collected` says what is collected in which store, `delivered` what goes to the shopper's home with `option`.

    `from_shelf`: its goods were scanned in the store. `online`: it is paid online, as it always is where the store takes no money for pickups.
    """

    world: World
    shopper: Person
    key: str
    collected: dict[str, list[Line]] = field(default_factory=dict)
    delivered: list[Line] = field(default_factory=list)
    option: str = "Standard"
    from_shelf: bool = False
    online: bool = False
    order: Order = field(init=False)

    @property
    def customer(self) -> User | None:
        """The shopper's account; None for a guest."""
        return self.world.accounts.get(self.shopper)

    @property
    def stores(self) -> list[Store]:
        """Where something is collected, the store of the cart first."""
        return [self.world.stores[code] for code in self.collected]

    @property
    def placed(self) -> Order:
        """The order as the database has it now."""
        return Order.objects.get(pk=self.order.pk)

    def place(self, at: datetime) -> None:
        """The customer fills a cart, says how each thing arrives, and orders."""
        main = self.stores[0] if self.collected else None
        cart = carts.start(user=self.customer, store=main, at=at)
        for line in self.delivered:
            carts.add(cart, line.variant, quantity=line.quantity, label=line.label if self.from_shelf else None, at=at)
            carts.receive(cart, line.variant, way=CartLine.Way.DELIVERY, at=at)
        for store in self.stores:
            for line in self.collected[store.code]:
                carts.add(cart, line.variant, quantity=line.quantity, label=line.label if self.from_shelf else None, at=at)
                carts.receive(cart, line.variant, way=CartLine.Way.PICKUP, store=None if store == main else store, at=at)
        home = addresses.checked(HOMES[self.shopper]) if self.delivered else None
        offered = payments.methods_for(self.stores, delivery=bool(self.delivered))
        self.order = checkout.place_order(
            cart,
            channel="web",
            contact=checkout.Contact(self.shopper.name, self.shopper.email, home.phone if home else ""),
            store=main,
            windows={store.code: slots.FIRST for store in self.stores[1:]},
            delivery=Wish(home, self.world.options[self.option].pk) if home else None,
            method=payments.IN_STORE if payments.IN_STORE in offered and not self.online else bank.NAME,
            idempotency_key=self.key,
            by=self.customer,
            at=at,
        )

    def pay(self, at: datetime, tender: str = "card") -> None:
        """The customer pays what is due in the store, if anything is."""
        order, store = self.placed, self.stores[0]
        if order.due:
            payments.take_payment(order, [payments.Tendered(tender, order.due)], store=store, by=self._crew(store), at=at)

    def pay_cash(self, at: datetime) -> None:
        """As `pay`, in cash."""
        self.pay(at, "cash")

    def pay_online(self, at: datetime) -> None:
        """The customer pays on the provider's page, if the order is to be paid online."""
        if self.placed.payment_method == bank.NAME:
            bank.pay(self.placed, at=at)

    def cancel(self, at: datetime) -> None:
        """The customer thinks better of it, and what was paid goes back."""
        cancellation.cancel_order(self.placed, reason="I changed my mind.", cause=cancellation.Cause.CUSTOMER, by=self.customer, at=at)
        bank.give_back(self.placed, at=at + timedelta(seconds=20))

    # Collected in the first store

    @property
    def pickup(self) -> Fulfilment:
        """As the database has it now."""
        return self._fulfilments().get(kind=Fulfilment.Kind.PICKUP, store=self.stores[0])

    def start(self, at: datetime) -> None:
        """Somebody begins to pick."""
        pickup.start_picking(self.pickup, by=self._crew(self.stores[0]), at=at)

    def pick_one(self, at: datetime) -> None:
        """The first line is in the bag."""
        line = self.pickup.lines.select_related("fulfilment__order").first()
        if line:
            pickup.pick(line, picked=line.quantity, by=self._crew(self.stores[0]), at=at)

    def finish(self, at: datetime) -> None:
        """Every line is in the bag, and the bag waits."""
        by, picked = self._crew(self.stores[0]), self.pickup
        for line in picked.lines.select_related("fulfilment__order"):
            pickup.pick(line, picked=line.quantity, by=by, at=at)
        pickup.mark_ready(picked, place=f"R-{self.world.chance.randint(1, 24)}", by=by, at=at)

    def name_proxy(self, at: datetime) -> None:
        """Somebody of the household collects instead."""
        proxies.name_proxy(self.pickup, name="Nils Lindqvist", by=self.customer, at=at)

    def arrive(self, at: datetime) -> None:
        """The customer is outside, in the second bay."""
        arrivals.arrive(self.pickup, bay=2, by=self.customer, at=at)

    def take_one_off(self, at: datetime) -> None:
        """The store finds that a unit is damaged, and takes it off the order."""
        line = self.pickup.lines.first()
        if line:
            reason, by = "One was damaged.", self._crew(self.stores[0])
            cancellation.cancel_lines(self.pickup, {line.pk: 1}, reason=reason, cause=cancellation.Cause.STORE, by=by, at=at)

    def expire(self, at: datetime) -> None:
        """Nobody came."""
        keeping.expire(self.pickup, by=None, at=at)

    def collect(self, at: datetime) -> None:
        """The customer shows the QR or says the six digits, and leaves with the goods."""
        waiting = self.pickup
        proof = self.world.chance.choice([pickup_codes.qr_text, pickup_codes.six_digits])(waiting)
        pickup.hand_over(waiting, proof=proof, by=self._crew(waiting.store), at=at)

    # Delivered

    @property
    def parcel(self) -> Fulfilment:
        """As the database has it now."""
        return self._fulfilments().get(kind=Fulfilment.Kind.DELIVERY)

    def pack(self, at: datetime) -> None:
        """Everything is in the parcel."""
        parcel = self.parcel
        by = self._crew(parcel.store)
        delivery.start_packing(parcel, by=by, at=at)
        for line in parcel.lines.all():
            delivery.pick(line, picked=line.quantity, by=by, at=at)
        delivery.mark_packed(parcel, by=by, at=at)

    def ship(self, at: datetime) -> None:
        """It leaves with the option's carrier, who gave it a number."""
        carrier = self.world.options[self.option].carrier
        if carrier:
            tracking = f"{carrier.name[:1]}P{self.world.chance.randint(10**8, 10**9 - 1)}IE"
            delivery.ship(self.parcel, carrier=carrier, tracking=tracking, by=self._crew(self.parcel.store), at=at)

    def deliver(self, at: datetime) -> None:
        """The customer has it."""
        delivery.deliver(self.parcel, by=None, at=at)

    def fail(self, at: datetime) -> None:
        """It comes back, and somebody has to decide what becomes of it."""
        delivery.fail(self.parcel, reason="Nobody was at home", by=None, at=at)

    def _fulfilments(self) -> QuerySet[Fulfilment]:
        return Fulfilment.objects.select_related("order__member", "order__user", "store").filter(order=self.order)

    def _crew(self, store: Store) -> User:
        """Who picks, packs and hands over: the last one of the crew."""
        return self.world.crews[store.code][-1]
