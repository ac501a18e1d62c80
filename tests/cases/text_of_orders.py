"""Text that is typed about an order after it was placed, and about oneself."""

from django.core import mail

from omo import outbox
from omo.models import User
from orders import proxies
from orders.models import Fulfilment, Order, ProxyPass
from tests import factories as make
from tests.cases.text_typed import TextField, send
from tests.cases.trial import Trial
from tests.cases.world import World


def name_of_proxy(trial: Trial, world: World) -> None:
    """Who collects in the customer's place: shown on the pass, and at the counter."""
    browser, staff = trial.browser().sign_in(world.alice), trial.browser().sign_in(world.ana)
    part = world.part_of(world.order(owner=world.alice))
    path = f"/orders/{part.order.number}/{part.pk}/proxy/"
    form = browser.get(path).form(f"{path}name/")
    trial.begin()
    send(trial, browser, form, "name")
    made = ProxyPass.objects.filter(fulfilment=part).first()
    trial.stored = made.name if made else None
    trial.pages = [browser.get(path), browser.get(f"/orders/{part.order.number}/"), staff.get(f"/staff/{world.store.code}/pickups/{part.order.number}/")]
    if made:
        trial.pages.append(trial.browser("203.0.113.9").get(f"/pass/{made.public_id}/{proxies.page_token(made)}/"))


def name_of_collector(trial: Trial, world: World) -> None:
    """Another name for the counter, before picking begins."""
    browser, staff = trial.browser().sign_in(world.alice), trial.browser().sign_in(world.ana)
    part = world.part_of(world.order(owner=world.alice))
    path = f"/orders/{part.order.number}/{part.pk}/change/"
    form = browser.get(path).form(f"{path}name/")
    trial.begin()
    send(trial, browser, form, "name")
    trial.stored = Order.objects.get(pk=part.order_id).name
    trial.pages = [browser.get(path), staff.get(f"/staff/{world.store.code}/queue/"), staff.get(f"/staff/{world.store.code}/pickups/{part.order.number}/slip/")]


def reason_of_store(trial: Trial, world: World) -> None:
    """Why the store cancels: the customer reads it on the order's page, and in a mail."""
    browser, staff = trial.browser().sign_in(world.alice), trial.browser().sign_in(world.ana)
    part = world.part_of(world.order(owner=world.alice))
    path = f"/staff/{world.store.code}/parts/{part.pk}/"
    form = staff.get(f"{path}change/").form(f"{path}cancel/")
    trial.begin()
    send(trial, staff, form, "all-reason")
    ended = Fulfilment.objects.get(pk=part.pk)
    trial.stored = ended.cancel_reason or None
    if ended.state == Fulfilment.State.CANCELLED:
        mail.outbox.clear()
        outbox.deliver_due()
        trial.mails = list(mail.outbox)
    trial.pages = [browser.get(f"/orders/{part.order.number}/"), staff.get(f"{path}change/")]


def name_of_account(trial: Trial, world: World) -> None:
    """The name of an account."""
    browser = trial.browser().sign_in(world.bob)
    User.objects.filter(pk=world.bob.pk).update(name="Bob Kelly")
    form = browser.get("/account/").form("/account/change-name/")
    trial.begin()
    send(trial, browser, form, "name")
    trial.stored = User.objects.get(pk=world.bob.pk).name
    trial.pages = [browser.get("/account/"), trial.browser().sign_in(world.ines).get(f"/admin/omo/user/{world.bob.pk}/change/")]


def slip_of_payment(trial: Trial, world: World) -> None:
    """The reference on a terminal's slip, typed by staff."""
    staff, placed = trial.browser().sign_in(world.ana), world.order()
    make.ready(placed, world.ana, placed.placed_at)
    path = f"/staff/{world.store.code}/pickups/{placed.number}/"
    form = staff.get(f"{path}payment/").form(f"{path}take-payment/")
    trial.begin()
    send(trial, staff, form, "slip", tender="card", amount="1.00")
    taken = placed.payments.first()
    trial.stored = taken.reference if taken else None
    trial.pages = [staff.get(f"{path}payment/"), trial.browser().sign_in(world.ines).get("/admin/orders/payment/")]


FIELDS = [
    TextField("name of the proxy", name_of_proxy, 60),
    TextField("name of the collector", name_of_collector, 100),
    TextField("reason of the store", reason_of_store, 100),
    TextField("name of the account", name_of_account, 100),
    TextField("number on the slip", slip_of_payment, 60, optional=True),
]
