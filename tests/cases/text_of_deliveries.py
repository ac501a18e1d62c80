"""Text that is typed about where a parcel goes, and about who takes it."""

from django.core import mail

from omo import outbox
from orders import payments, release
from orders.models import Address, Delivery, HandOff, HandOver, Order
from tests.cases.browser import Browser, Form
from tests.cases.targets import Runner
from tests.cases.text_typed import TextField, send
from tests.cases.trial import Trial
from tests.cases.world import World
from tests.orders import delivering

HOME = {"street": "7 Herring Lane", "postcode": "D08 XY12", "city": "Dublin", "country": "IE"}


def door_form(browser: Browser, world: World) -> Form:
    """The checkout of a guest who has a coat delivered."""
    standard = world.standard_delivery
    browser.submit(browser.get(f"/products/{world.coat.product.slug}/").form("/cart/add/"))
    browser.post("/cart/receive-all/", {"how": "delivered", "csrfmiddlewaretoken": browser.csrf})
    form = browser.get("/checkout/").form("/checkout/place-order/")
    form.fields |= {"name": "Taro Yamada", "email": "door@shop.test", "method": "sandbox", "to-option": str(standard.pk)}
    form.fields |= {f"to-{name}": value for name, value in HOME.items()}
    return form


def _at_the_door(name: str, column: str) -> Runner:
    def run(trial: Trial, world: World) -> None:
        """A field of the checkout's delivery: read by staff, on the slip, on the label, in admin and in mails."""
        browser, staff, office = trial.browser(), trial.browser().sign_in(world.ana), trial.browser().sign_in(world.ines)
        form, before = door_form(browser, world), set(Delivery.objects.values_list("pk", flat=True))
        trial.begin()
        send(trial, browser, form, name)
        made = Delivery.objects.exclude(pk__in=before).select_related("fulfilment__order").first()
        if made:
            trial.stored = getattr(made, column)
            placed = made.fulfilment.order
            _pay(placed, world, trial)
            work = f"/staff/{world.store.code}/parcels/"
            trial.pages = [browser.get(f"/orders/{placed.number}/")]
            trial.pages += [staff.get(work + path) for path in ("", f"{placed.number}/", f"{placed.number}/slip/", f"{placed.number}/label/")]
            trial.pages += [office.get(f"/admin/orders/delivery/{path}") for path in ("", f"{made.pk}/change/")]

    return run


def _pay(placed: Order, world: World, trial: Trial) -> None:
    """The order goes on to the store, and its mail leaves."""
    payments.take_payment(placed, [payments.Tendered("card", placed.total)], store=world.store, by=None, at=placed.placed_at)
    release.release_to_staff(placed, at=placed.placed_at)
    mail.outbox.clear()
    outbox.deliver_due()
    trial.mails = list(mail.outbox)
    assert trial.mails, "the mail of this order did not leave"


def _in_the_book(name: str) -> Runner:
    def run(trial: Trial, world: World) -> None:
        """A field of an address in the customer's book."""
        browser = trial.browser().sign_in(world.alice)
        assert world.standard_delivery
        Address.objects.filter(user=world.alice).delete()
        form = browser.get("/addresses/add/").form("/addresses/add/")
        form.fields |= {"name": "Alice Byrne", **HOME}
        trial.begin()
        send(trial, browser, form, name)
        kept = Address.objects.filter(user=world.alice).first()
        trial.stored = getattr(kept, name) if kept else None
        trial.pages = [browser.get("/addresses/"), *([browser.get(f"/addresses/{kept.pk}/")] if kept else [])]

    return run


def courier(trial: Trial, world: World) -> None:
    """The courier who takes parcels: stands on the list for both sides."""
    staff = trial.browser().sign_in(world.ana)
    packed = delivering.packed(world.parcel(), world.ana, at=world.at)
    work = f"/staff/{world.store.code}/hand-offs/"
    form = staff.get(f"{work}new/?list={packed.public_id}~").form(f"{work}add/")
    form.action = f"{work}hand-off/"  # the other button of the same form
    before = set(HandOff.objects.values_list("pk", flat=True))
    trial.begin()
    send(trial, staff, form, "courier")
    made = HandOff.objects.exclude(pk__in=before).first()
    trial.stored = made.courier if made else None
    trial.pages = [staff.get(f"{work}{made.code}/")] if made else []


def taken_in_by(trial: Trial, world: World) -> None:
    """Who took a parcel in at the door."""
    staff = trial.browser().sign_in(world.ana)
    sent = delivering.shipped(world.parcel(), world.ana, tracking="", at=world.at)
    path = f"/staff/{world.store.code}/parcels/{sent.order.number}/"
    form = staff.get(path).form(f"{path}deliver/")
    trial.begin()
    send(trial, staff, form, "note")
    done = HandOver.objects.filter(fulfilment=sent).first()
    trial.stored = done.note if done else None
    trial.pages = [staff.get(path)]


FIELDS = [
    TextField("name on the parcel", _at_the_door("to-name", "name"), 100, optional=True),
    TextField("street at checkout", _at_the_door("to-street", "street"), 100),
    TextField("city at checkout", _at_the_door("to-city", "city"), 100),
    TextField("note for the courier", _at_the_door("to-note", "note"), 200, optional=True),
    TextField("name in the address book", _in_the_book("name"), 100),
    TextField("street in the address book", _in_the_book("street"), 100),
    TextField("company in the address book", _in_the_book("company"), 100, optional=True),
    TextField("courier", courier, 60),
    TextField("who took a parcel in", taken_in_by, 100, optional=True),
]
