"""Every line of text that people type about themselves or for each other."""

from django.core import mail
from django.utils import timezone

from loyalty.models import Member
from omo import outbox
from orders import payments
from orders.models import Fulfilment, HandOver, Order
from stores.models import ShelfLabel
from tests import factories as make
from tests.cases import text_of_deliveries, text_of_orders
from tests.cases.browser import Browser, Form
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.text_typed import TextField, canonical, send, typed
from tests.cases.trial import Trial
from tests.cases.world import World


def targets(case: BadInput) -> list[Target]:
    """Where this input can be typed; what must be taken is only tried where there is room for it, and nothing only where something is needed."""
    needed = len(canonical(case)) if case.expect.startswith("ACCEPT") else 0
    blank = not typed(case).strip()
    return [
        Target(one.name, one.run)
        for one in (*FIELDS, *text_of_orders.FIELDS, *text_of_deliveries.FIELDS)
        if one.room >= needed and not (blank and one.optional)
    ]


def name_at_checkout(trial: Trial, world: World) -> None:
    """The name for the counter: shown to staff, in admin, and in mails."""
    browser, staff, office = trial.browser(), trial.browser().sign_in(world.ana), trial.browser().sign_in(world.ines)
    form = checkout_form(browser, world)
    trial.begin()
    send(trial, browser, form, "name", email="taro@shop.test")
    placed = Order.objects.filter(email="taro@shop.test").order_by("-id").first()
    if placed:
        trial.stored = placed.name
        mail.outbox.clear()
        outbox.deliver_due()
        trial.mails = list(mail.outbox)
        assert trial.mails, "the mail of this order did not leave"
        trial.pages = [browser.get(trial.answer.location if trial.answer else "", follow=True)]
        trial.pages += [staff.get(f"/staff/{world.store.code}/{path}") for path in ("queue/", f"pickups/{placed.number}/", f"pickups/{placed.number}/slip/")]
        trial.pages += [office.get(f"/admin/orders/order/{path}") for path in ("", f"{placed.pk}/change/")]


def name_on_card(trial: Trial, world: World) -> None:
    """The name of a new member."""
    browser = trial.browser().sign_in(world.bob)
    Member.objects.filter(user=world.bob).update(user=None, email="")
    form = browser.get("/card/").form("/card/join/")
    trial.begin()
    send(trial, browser, form, "name")
    member = Member.objects.filter(user=world.bob).first()
    trial.stored = member.name if member else None
    trial.pages = [browser.get("/card/"), trial.browser().sign_in(world.ines).get("/admin/loyalty/member/")]


def identity_note(trial: Trial, world: World) -> None:
    """What staff checked when the customer had no code."""
    browser = trial.browser().sign_in(world.ana)
    placed = world.order()
    make.ready(placed, world.ana, timezone.now())
    payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=world.store, by=world.ana, at=timezone.now())
    path = f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/"
    form = browser.get(f"/staff/{world.store.code}/scan/?code={placed.number}", follow=True).form(path)
    trial.begin()
    send(trial, browser, form, "identity")
    done = HandOver.objects.filter(fulfilment__order=placed).first()
    trial.stored = done.note if done else None
    trial.pages = [browser.get(f"/staff/{world.store.code}/scan/?code={placed.number}")]


def name_of_shelf(trial: Trial, world: World) -> None:
    """The shelf that labels are made for."""
    browser = trial.browser().sign_in(world.ana)
    world.coat  # noqa: B018 - something to label
    form = browser.get(f"/staff/{world.store.code}/labels/").form(f"/staff/{world.store.code}/labels/make/")
    trial.begin()
    send(trial, browser, form, "shelf", sku=world.coat.sku)
    label = ShelfLabel.objects.filter(store=world.store, variant=world.coat).order_by("-id").first()
    trial.stored = label.shelf if label else None
    trial.pages = [browser.get(f"/staff/{world.store.code}/{path}") for path in ("labels/", "labels/print/")]


def place_of_bag(trial: Trial, world: World) -> None:
    """Where a ready order waits."""
    browser = trial.browser().sign_in(world.ana)
    placed = world.order()
    make.picked(placed, world.ana, timezone.now())
    path = f"/staff/{world.store.code}/pickups/{placed.number}/"
    form = browser.get(path).form(f"{path}mark-ready/")
    trial.begin()
    send(trial, browser, form, "place")
    trial.stored = Fulfilment.objects.get(order=placed).place
    trial.pages = [browser.get(path), browser.get(f"/staff/{world.store.code}/queue/")]


def checkout_form(browser: Browser, world: World) -> Form:
    """The checkout of a guest with a coat in the cart, who is in store 1."""
    browser.submit(browser.get(f"/products/{world.coat.product.slug}/").form("/cart/add/"))
    form = browser.get(f"/checkout/?store={world.store.code}").form("/checkout/place-order/")
    form.fields |= {"name": "Taro Yamada", "email": "taro@shop.test", "store": world.store.code, "method": "in_store"}
    return form


FIELDS = [
    TextField("name at checkout", name_at_checkout, 100),
    TextField("name on the card", name_on_card, 100),
    TextField("identity note", identity_note, 100),
    TextField("shelf", name_of_shelf, 20, optional=True),
    TextField("place of a bag", place_of_bag, 20, optional=True),
]
