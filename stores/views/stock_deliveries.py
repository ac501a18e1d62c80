"""Deliveries: scan what a supplier brought, then receive it under the delivery's number."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from omo import idempotency, lists
from omo.strictness import takes_many
from stores import deliveries, kept_back
from stores.adjustments import AlreadyWaits
from stores.models import Store
from stores.stock_forms import DeliveryForm
from stores.views import stock_drafts
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_drafts import Full, Line, Unknown
from stores.views.stock_pages import SENT_BEFORE, already_waits, new_key, units, with_new_key

FULL = "The list is full. Receive these first, then go on under the same number."


@require_safe
@staff_of_store
def new_delivery(request: StaffRequest, store: Store) -> HttpResponse:
    """A delivery as it is unpacked: `goods` is the list so far, `number` the one on its paper."""
    query = request.GET.copy()
    goods = query.pop("goods", [""])[0]  # longer than any other parameter; the whole address is limited by omo.strictness
    asked = lists.asked(query, "number", "no_paper")
    return _draft_page(request, store, stock_drafts.from_address(goods), DeliveryForm(initial=_kept(asked["number"], asked["no_paper"])))


@require_POST
@takes_many("sku", "quantity")
@staff_of_store
def add_to_delivery(request: StaffRequest, store: Store) -> HttpResponse:
    """The list with what was scanned (`code`), in an address of its own. Nothing is received."""
    number, lines = request.POST.get("number", "").strip()[:40], stock_drafts.from_form(request)
    no_paper = "yes" if "no_paper" in request.POST else ""
    form = DeliveryForm(initial=_kept(number, no_paper))
    try:
        lines = stock_drafts.add_scan(request, store, lines)
        if not any(line.wrong for line in lines):
            return redirect(stock_drafts.address(reverse("new_delivery", args=[store.code]), lines, number=number, no_paper=no_paper))
    except Unknown:
        return _draft_page(request, store, lines, form, unknown=request.POST["code"].strip(), status=422)
    except Full:
        return _draft_page(request, store, lines, form, wrong=FULL, status=409)
    return _draft_page(request, store, lines, form, status=422)


@require_POST
@takes_many("sku", "quantity")
@staff_of_store
def receive_goods(request: StaffRequest, store: Store) -> HttpResponse:
    """Receive the goods of the list. A repeat of the same page receives once; a number that was received before is asked about: `seen` is
    how many units came in under it."""
    lines, form = stock_drafts.from_form(request), DeliveryForm(request.POST)
    if not form.is_valid() or any(line.wrong for line in lines) or not lines:
        return _draft_page(request, store, lines, form, wrong="" if lines else "Scan at least one thing.", status=422)
    number, goods, seen = form.cleaned_data["number"], stock_drafts.goods(lines), form.cleaned_data["seen"] or 0
    try:
        done = deliveries.receive_goods(store, number, goods, seen_units=seen, key=form.cleaned_data["key"], by=request.user, at=timezone.now())
    except deliveries.ReceivedBefore as known:
        anew = DeliveryForm(initial={**_kept(number, ""), "seen": known.before.units})
        return _draft_page(request, store, lines, anew, before=known.before, status=409)
    except AlreadyWaits as refusal:
        wrong = f"{refusal.adjustment.level.variant}: {already_waits(refusal)}"
        return _draft_page(request, store, lines, with_new_key(form), wrong=wrong, status=409)
    except idempotency.KeyReused:
        return _draft_page(request, store, lines, with_new_key(form), wrong=SENT_BEFORE, status=409)
    _say(request, f"Delivery {number}" if number else "Without a paper", done)
    return redirect("new_delivery", store.code)


def _say(request: StaffRequest, what: str, done: deliveries.Received) -> None:
    if done.units:
        messages.success(request, f"{what}: {units(done.units)} {_are(done.units)} in the books.")
    if done.waiting:
        messages.info(request, f"{what}: {units(done.waiting)} {_are(done.waiting)} many for one person and one day. A second person looks at that first.")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _kept(number: str, no_paper: str) -> dict[str, str]:
    return {"key": new_key(), "number": number, "no_paper": no_paper}


def _draft_page(
    request: StaffRequest,
    store: Store,
    lines: list[Line],
    form: DeliveryForm,
    *,
    before: deliveries.Before | None = None,
    unknown: str = "",
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "rows": lines,
        "form": form,
        "before": before,
        "unknown": unknown,
        "wrong": wrong,
        "count": sum(line.units for line in lines),
        "limits": kept_back.policy_shown(),
    }
    return page(request, "stores/stock/new_delivery.html", store, context, at=timezone.now(), status=status)
