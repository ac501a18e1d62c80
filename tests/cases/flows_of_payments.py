"""Flows of paying online: too late, twice, not at all; and of money that goes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from omo import outbox
from orders import cancellation, lapsing, pickup_codes, refunds
from orders.models import Fulfilment, Order, Payment, Refund
from tests import factories as make
from tests.cases.browser import Answer, Browser
from tests.cases.scripts import Scripts
from tests.cases.surfaces_text import checkout_form
from tests.cases.trial import Trial
from tests.cases.world import World
from tests.orders import delivering, paying

ONLINE = "online|delivery|parcel|provider|waits|pick|pack|ship"
CARD = {"number": paying.GOOD, "expires": "12/40", "code": "123", "name": "Taro Yamada"}


def register(script: Scripts) -> None:
    """Add these scripts to those of the surface."""
    script("during payment|payment page|hold 15|reserv.*(expired|ran out)|pay(ment|s|ing)?.*(late|deadline|16 min|31 min)")(pay_too_late)
    script("(online|card page|provider|pay button).*(twice|again|double)|(twice|again).*(online|card page|provider)|pay.*online.*paid")(pay_online_twice)
    script("hand|collect|pick|pack|ship|ready", "unpaid|not paid|awaiting|waits for (its |the )?payment", ONLINE)(serve_unpaid)
    script("refund", "more than|over ?refund|too much|exceed|above")(refund_more_than_paid)
    script("refund|give back|money back", "twice|again|double|same")(give_back_twice)
    script("declin|stolen|refused card|no money")(declined_card)
    script("cancel", "pay|paid", "while|during|meanwhile|then")(pay_what_was_cancelled)
    script("amount|price|total", "tamper|card page|changed by")(tampered_card_page)


def pay_too_late(trial: Trial, world: World) -> None:
    """Pay after the order's time is over: honoured with its goods if they are there, given back whole if not; and the page takes no card any more."""
    _honoured_or_given_back(world)
    browser, placed = trial.browser(), world.online_order(ago=timedelta(minutes=31))
    attempt = paying.begun(placed, at=timezone.now() - timedelta(minutes=20))
    page = f"/sandbox/{attempt.reference}/"
    form = browser.get(page).form(f"{page}card/")
    assert lapsing.lapse_due(at=timezone.now()) >= 1
    outbox.deliver_due()
    trial.begin()
    trial.answer = browser.submit(form, **CARD)
    trial.said = trial.answer.words
    assert trial.answer.status == 409
    assert not Payment.objects.filter(order=placed).exists()


def _honoured_or_given_back(world: World) -> None:
    """The bank took the money in the last second: before the provider was told that the order had ended."""
    there, sold_out = world.online_order(ago=timedelta(minutes=31)), paying.online(world.store, (world.last_one, 1), at=timezone.now() - timedelta(minutes=31))
    attempts = [paying.begun(one, at=timezone.now()) for one in (there, sold_out)]
    for one in (there, sold_out):
        assert lapsing.lapse(one, at=timezone.now())
    world.order(goods=world.last_one)
    for attempt in attempts:
        paying.hear(attempt, at=timezone.now())
    assert (paying.states(there), paying.money(there)) == (["placed"], ("paid", there.total, 0))
    assert (paying.states(sold_out), paying.money(sold_out)) == (["cancelled"], ("refunded", sold_out.total, sold_out.total))


def pay_online_twice(trial: Trial, world: World) -> None:
    """Type the card again on a page that was paid on; press 'Pay' again, which leads to the same page, or of a paid order nowhere."""
    browser = trial.browser()
    assert browser.submit(checkout_form(browser, world), method="sandbox").status == 302
    placed = Order.objects.order_by("-id")[0]
    trial.first, again = _press(browser, placed), _press(browser, placed)
    assert (trial.first.status, trial.first.location) == (302, again.location)
    page = f"/sandbox/{paying.begun(placed, at=timezone.now()).reference}/"
    form = browser.get(page).form(f"{page}card/")
    assert browser.submit(form, **CARD).status == 302
    outbox.deliver_due()
    trial.first = _press(browser, placed)
    trial.begin()
    if trial.case.expect == "REPLAY_SAME":
        trial.answer = _press(browser, placed)
    else:
        trial.answer = browser.submit(form, **CARD)
        trial.said = trial.answer.words
        assert trial.answer.status == 409
    assert (Payment.objects.filter(order=placed).count(), paying.money(placed)[:2]) == (1, ("paid", placed.total))


def _press(browser: Browser, placed: Order) -> Answer:
    return browser.post(f"/orders/{placed.number}/pay/", {"csrfmiddlewaretoken": browser.csrf})


def serve_unpaid(trial: Trial, world: World) -> None:
    """Pick, hand over and ship what waits for its online payment."""
    staff, placed, parcel = trial.browser().sign_in(world.ana), world.online_order(), world.parcel(waits=True)
    work, digits = f"/staff/{world.store.code}/", pickup_codes.six_digits(make.pickup_of(placed))
    token = staff.csrf
    trial.begin()
    for path, fields in (
        (f"pickups/{placed.number}/start-picking/", {}),
        (f"pickups/{placed.number}/mark-ready/", {"place": ""}),
        (f"pickups/{placed.number}/hand-over/", {"proof": digits}),
        (f"pickups/{placed.number}/hand-over/", {"proof": digits, "tender": "card", "amount": str(placed.total)}),
        (f"parcels/{parcel.order.number}/start-packing/", {}),
        (f"parcels/{parcel.order.number}/mark-packed/", {}),
        (f"parcels/{parcel.order.number}/ship/", {"carrier": str(delivering.carrier().pk), "tracking": ""}),
    ):
        trial.answer = staff.post(work + path, {**fields, "csrfmiddlewaretoken": token})
        assert trial.answer.status == 409, (path, trial.answer.status)


def refund_more_than_paid(trial: Trial, world: World) -> None:
    """No page asks for an amount to give back; the act itself gives back no more than was paid, also in two parts."""
    placed, at = world.paid_online(), timezone.now()
    refunds.refund(placed, placed.total - 100, cause="case:1", reason="Damaged.", by=world.ana, at=at)
    trial.begin()
    for amount in (101, placed.total, 2**40):
        with pytest.raises(refunds.MoreThanPaid) as refusal:
            refunds.refund(placed, amount, cause=f"case:{amount}", reason="Damaged.", by=world.ana, at=at)
        assert refusal.value.left == 100
    trial.said = "only 1.00 is left to give back"


def give_back_twice(trial: Trial, world: World) -> None:
    """Staff give money back at the counter twice."""
    staff, placed = trial.browser().sign_in(world.ana), world.order(owner=world.alice)
    make.payments.take_payment(placed, [make.payments.Tendered("cash", placed.total)], store=world.store, by=world.ana, at=timezone.now())
    cancellation.cancel_order(placed, reason="Damaged.", cause=cancellation.Cause.STORE, by=world.ana, at=timezone.now())
    path = f"/staff/{world.store.code}/money-back/"
    form = staff.get(path).form(f"{path}{Refund.objects.get(payment__order=placed).pk}/give-back/")
    trial.first = staff.submit(form)
    assert trial.first.status == 302
    trial.begin()
    trial.answer = staff.submit(form)


def declined_card(trial: Trial, world: World) -> None:
    """A card is declined: nothing is booked, the order waits, and the page offers to try again."""
    browser = trial.browser()
    assert browser.submit(checkout_form(browser, world), method="sandbox").status == 302
    placed = Order.objects.order_by("-id")[0]
    page = f"/sandbox/{paying.begun(placed, at=timezone.now()).reference}/"
    form = browser.get(page).form(f"{page}card/")
    trial.begin()
    for number in (paying.DECLINED, paying.POOR):
        trial.answer = browser.submit(form, **{**CARD, "number": number})
    outbox.deliver_due()
    trial.accepted = False
    trial.pages = [browser.get(f"/orders/{placed.number}/paid/", follow=True)]
    assert any(one.action == f"/orders/{placed.number}/pay/" for one in trial.pages[0].forms), "there is no way to try again"
    assert (paying.money(placed), paying.states(placed)) == (("unpaid", 0, 0), ["placed"])


def pay_what_was_cancelled(trial: Trial, world: World) -> None:
    """Pay on a page that is open still, for an order that was cancelled in another window."""
    browser, placed = trial.browser().sign_in(world.alice), world.online_order(owner=world.alice)
    page = f"/sandbox/{paying.begun(placed, at=timezone.now()).reference}/"
    form = browser.get(page).form(f"{page}card/")
    part = Fulfilment.objects.get(order=placed)
    assert browser.post(f"/orders/{placed.number}/{part.pk}/cancel/", {"what": "part", "csrfmiddlewaretoken": browser.csrf}).status == 302
    outbox.deliver_due()
    trial.begin()
    trial.answer = browser.submit(form, **CARD)
    trial.said = trial.answer.words
    assert trial.answer.status == 409


def tampered_card_page(trial: Trial, world: World) -> None:
    """Send another amount with the card: the amount is the order's, whatever the page says."""
    browser, placed = trial.browser(), world.online_order()
    page = f"/sandbox/{paying.begun(placed, at=timezone.now()).reference}/"
    form = browser.get(page).form(f"{page}card/")
    trial.begin()
    trial.answer = browser.submit(form, **CARD, amount="1", total="1", currency="JPY")
    outbox.deliver_due()
    trial.accepted = trial.answer.status == 302
    assert paying.money(placed) == ("paid", placed.total, 0)
