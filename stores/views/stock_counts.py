"""Counting: scan, type the number, Enter, the next. The books are shown only once the count differs from them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from omo import idempotency, lists
from stores import by_hand, counting, goods_scans, kept_back, stock_lists
from stores.adjustments import BelowPromised, WrongWay
from stores.counting import Counted, Differs
from stores.models import Store, Variant
from stores.stock_forms import CountForm
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_pages import SENT_BEFORE, goods_named, new_key, scanned, units

TEMPLATE = "stores/stock/count.html"


@require_safe
@staff_of_store
def counts(request: StaffRequest, store: Store) -> HttpResponse:
    """A count of one thing after the other: `code` is what was scanned, then its number is asked for."""
    code = lists.asked(request.GET, "code")["code"].strip()
    variant = scanned(request, store, code) if code else None
    if variant is None:
        named = goods_scans.goods_like(code) if code else []
        return _session(request, store, {"code": code, "named": named, "unknown": bool(code) and not named})
    return _session(request, store, {"variant": variant, "form": CountForm(initial={"key": new_key()})})


@require_POST
@staff_of_store
def count(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """Enter what was counted. Without a reason a difference is shown and nothing is changed; a repeat of the same page counts once."""
    variant, form = goods_named(sku), CountForm(request.POST)
    if not form.is_valid():
        return _session(request, store, {"variant": variant, "form": form}, status=422)
    data = form.cleaned_data
    try:
        done = counting.count(
            store, variant, counted=data["counted"], reason=data["reason"], note=data["note"], key=data["key"], by=request.user, at=timezone.now()
        )
    except Differs as differs:
        return _asks_why(request, store, variant, differs)
    except BelowPromised as few:
        context = {"variant": variant, "few": few, "counted": data["counted"], "recount": CountForm(initial={"key": new_key()}, auto_id="again_%s")}
        return _session(request, store, context, status=409)
    except WrongWay as refusal:
        wrong = f"“{refusal.reason.words}” cannot be the reason for that. Count again, and choose another one. Nothing was changed."
        return _session(request, store, {"variant": variant, "form": CountForm(initial={"key": new_key()}), "wrong": wrong}, status=409)
    except idempotency.KeyReused:
        return _session(request, store, {"variant": variant, "form": CountForm(initial={"key": new_key()}), "wrong": SENT_BEFORE}, status=409)
    _say(request, variant, done)
    return redirect("counts", store.code)


def _asks_why(request: StaffRequest, store: Store, variant: Variant, differs: Differs) -> HttpResponse:
    """The difference in words; then either the goods are counted again, or a reason is given for this very count."""
    changed = by_hand.corrected(store, [variant.pk], by=request.user, at=timezone.now()).get(variant.pk, 0)
    context = {
        "variant": variant,
        "differs": differs,
        "apart": units(abs(differs.change)),
        "large": changed + abs(differs.change) >= kept_back.policy_shown().large_adjustment,
        "changed": changed,
        "recount": CountForm(initial={"key": new_key()}, auto_id="again_%s"),
        "form": CountForm(initial={"key": new_key(), "counted": differs.counted}, change=differs.change),
    }
    return _session(request, store, context, status=409)


def _say(request: StaffRequest, variant: Variant, done: Counted) -> None:
    if done.waits:
        messages.info(
            request,
            f"{variant}: {done.counted} counted, {done.change:+d}. That is a large difference, or one of several today, so a second person looks at it first.",
        )
    elif done.change:
        messages.success(request, f"{variant}: {done.counted} counted, {done.change:+d}. The books say {done.counted} now.")
    else:
        messages.success(request, f"{variant}: {done.counted} counted. The books agree.")


def _session(request: StaffRequest, store: Store, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    at = timezone.now()
    return page(request, TEMPLATE, store, {"lately": stock_lists.counted_lately(store, request.user, at=at), **context}, at=at, status=status)
