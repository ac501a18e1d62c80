"""Paying online: to the provider's page, back from it, and the page in between; and money that staff take or give back at the counter."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from omo import limits, money
from orders import payments, providers, refunds
from orders.models import Fulfilment, Order, Payment, PaymentAttempt, Refund
from orders.staff_forms import TakePaymentForm
from orders.views.my_orders import own_order
from stores.models import Store
from stores.views.at_work import StaffRequest, page, staff_of_store

BACK_FROM = "back_from"
"""In the session: the attempt from whose page at the provider this browser came back last."""
LOOKED_UP = 20
"""How often in a minute a provider is asked about one order; a waiting page asks every few seconds."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """The page with the one button, which by POST leads to the provider's page."""
    order = own_order(request, number)
    return to_provider(request, order) if request.method == "POST" else _pay_page(request, order)


def to_provider(request: HttpRequest, order: Order) -> HttpResponse:
    """Begin to pay an order and go on to the provider's page; if the provider is away, a page that says so and has the button to try again."""
    try:
        return redirect(here(payments.begin(order, at=timezone.now()).url))
    except (payments.NotOnline, payments.NothingToPay):
        return redirect("order", order.number)
    except providers.Away:
        return _pay_page(request, order, wrong="The payment page does not answer at the moment.", status=503)
    except providers.Refused:
        return _pay_page(request, order, wrong="The payment page did not take the order.", status=503)


@never_cache
@require_safe
def paid(request: HttpRequest, number: str) -> HttpResponse:
    """Back from the provider's page: it is asked how far the payment is, so that nobody depends on its event. Then to the order, if it is paid."""
    order = own_order(request, number)
    limits.count("paid", order.number, most=LOOKED_UP)
    try:
        payments.look_up(order, at=timezone.now())
    except providers.Away:
        pass  # its event comes, or the page asks again
    order.refresh_from_db()
    request.session[BACK_FROM] = order.attempts.order_by("id").values_list("pk", flat=True).last()
    if order.payment_due_by and _waits(order):
        return _pay_page(request, order, waits=True)
    if order.payment_due_by is None and order.payment_method != payments.IN_STORE and not payments.due(order):
        request.session["placed"] = order.number
    there = reverse("order", args=[order.number])  # which says why, if it is not paid, and has the button to try again
    return HttpResponseClientRedirect(there) if request.headers.get("HX-Request") else redirect(there)


def here(url: str) -> str:
    """The address as a path if it is our own: whoever opened the shop under another name stays there, where the session is and pages may lead by POST."""
    return url.removeprefix(settings.SITE_URL) if url.startswith(f"{settings.SITE_URL}/") else url


def under_way(request: HttpRequest, order: Order) -> bool:
    """Whether this browser paid at the provider's page, which has not decided yet; as the last look at it said."""
    came_from = request.session.get(BACK_FROM)
    return came_from is not None and order.pays_online and order.attempts.filter(pk=came_from, state=PaymentAttempt.State.STARTED).exists()


@require_safe
@staff_of_store
def counter_payment(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The money of a pickup: what is due, what was taken, and what is to be given back."""
    return _counter_page(request, store, _pickup(store, number), TakePaymentForm())


@require_POST
@staff_of_store
def take_payment(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Take a part of what is due, or all of it, before the goods are handed over."""
    found, form = _pickup(store, number), TakePaymentForm(request.POST)
    if not form.is_valid():
        return _counter_page(request, store, found, form, status=422)
    try:
        payments.take_payment(found.order, form.tendered(), seen_due=form.due_then(), store=store, by=request.user, at=timezone.now())
    except payments.MoreThanDue as more:
        form.add_error("amount", f"Only {money.words(more.due)} is to pay. Nothing was taken.")
        return _counter_page(request, store, _pickup(store, number), form, status=409)
    except payments.DueChanged as changed:
        wrong = f"{money.words(changed.due)} is to pay by now, not what this page said. Nothing was taken. Look at what was paid so far."
        return _counter_page(request, store, _pickup(store, number), form, wrong=wrong, status=409)
    except payments.NothingToPay:
        return _counter_page(request, store, _pickup(store, number), form, wrong="Nothing is to pay any more. Nothing was taken.", status=409)
    messages.success(request, f"{money.words(form.cleaned_data['amount'])} is taken for {number}.")
    return redirect("counter_payment", store.code, number)


@require_safe
@staff_of_store
def money_back(request: StaffRequest, store: Store) -> HttpResponse:
    """What customers are to be given back at this counter, the oldest first."""
    return _money_back_page(request, store)


@require_POST
@staff_of_store
def give_back(request: StaffRequest, store: Store, refund: int) -> HttpResponse:
    """The customer has the money. A repeat is told so and pays nothing twice."""
    found = get_object_or_404(Refund.objects.exclude(payment__tender=Payment.Tender.ONLINE).select_related("payment__order"), pk=refund, store=store)
    try:
        refunds.give_back(found, store=store, by=request.user, at=timezone.now())
    except refunds.NotToGiveBack:
        return _money_back_page(request, store, wrong=f"{money.words(found.amount)} was given back before. Give nothing twice.", status=409)
    messages.success(request, f"{money.words(found.amount)} is given back for {found.payment.order.number}.")
    return redirect("money_back", store.code)


def _waits(order: Order) -> bool:
    """Whether the provider has not decided about the last attempt."""
    return order.attempts.order_by("id").values_list("state", flat=True).last() in (None, PaymentAttempt.State.STARTED)


def _pay_page(request: HttpRequest, order: Order, *, wrong: str = "", waits: bool = False, status: int = 200) -> HttpResponse:
    if not order.pays_online:
        return redirect("order", order.number)
    context = {"order": order, "store": order.store, "tried": order.attempts.order_by("id").last(), "wrong": wrong, "waits": waits}
    context["under_way"] = under_way(request, order)
    return render(request, "orders/pay.html", context, status=status)


def _pickup(store: Store, number: str) -> Fulfilment:
    return get_object_or_404(Fulfilment.objects.select_related("order"), store=store, kind=Fulfilment.Kind.PICKUP, order__number=number)


def _counter_page(request: StaffRequest, store: Store, pickup: Fulfilment, form: TakePaymentForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    order = pickup.order
    context: dict[str, Any] = {
        "order": order,
        "due": payments.due(order),
        "payments": order.payments.order_by("id"),
        "refunds": Refund.objects.filter(payment__order=order).select_related("payment", "store").order_by("id"),
        "form": form,
        "wrong": wrong,
    }
    return page(request, "orders/pay_at_counter.html", store, context, at=timezone.now(), status=status)


def _money_back_page(request: StaffRequest, store: Store, *, wrong: str = "", status: int = 200) -> HttpResponse:
    waiting = refunds.to_give_back().filter(store=store).select_related("payment__order").order_by("id")
    return page(request, "orders/pay_back.html", store, {"refunds": waiting, "wrong": wrong}, at=timezone.now(), status=status)
