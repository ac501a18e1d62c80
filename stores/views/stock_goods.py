"""Stock: look goods up, see what is known of them, and put it right."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from omo import idempotency, lists
from stores import adjustments, by_hand, goods_scans, kept_back, stock_lists
from stores.adjustments import AlreadyWaits, BelowPromised, WrongWay
from stores.models import StockReason, Store, Transfer, Variant
from stores.stock_forms import AdjustForm, DamagedForm, wrong_way
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_pages import SENT_BEFORE, already_waits, below_promised, goods_named, new_key, scanned, units, with_new_key

PAGE = 30
REFUSALS = (BelowPromised, AlreadyWaits, WrongWay, StockReason.DoesNotExist, idempotency.KeyReused)


@require_safe
@staff_of_store
def stock(request: StaffRequest, store: Store) -> HttpResponse:
    """Look goods up (`code`): straight to what is meant, else what has such a name. Below, what wants somebody: `show` is 'low' or 'distrusted'."""
    asked = lists.asked(request.GET, "code", "show", "page")
    code = asked["code"].strip()
    found = scanned(request, store, code) if code else None
    if found:
        return redirect("stock_goods", store.code, found.sku)
    named = goods_scans.goods_like(code) if code else []
    context = {"code": code, "named": named, **_list(store, asked)}
    context["waiting"] = adjustments.waiting(store).count()
    context["coming"] = Transfer.objects.filter(target=store, state=Transfer.State.SENT).count()
    return page(request, "stores/stock/stock.html", store, context, at=timezone.now())


@require_safe
@staff_of_store
def stock_goods(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """What the store has of these goods, why that many may be promised, and what can be done."""
    return _goods_page(request, store, goods_named(sku))


@require_POST
@staff_of_store
def distrust(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """Promise none of these goods until they are counted. A repeat changes nothing more."""
    variant = goods_named(sku)
    at = timezone.now()
    adjustments.distrust(store, variant, why=f"Distrusted by {request.user.get_short_name()}", by=request.user, at=at)
    messages.success(request, f"{variant} is not promised to anybody any more. It is again after the next count.")
    return redirect("stock_goods", store.code, sku)


@require_POST
@staff_of_store
def adjust(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """Correct on hand for a reason. A repeat of the same page corrects once."""
    variant, form = goods_named(sku), AdjustForm(request.POST)
    if not form.is_valid():
        return _goods_page(request, store, variant, adjust=form, status=422)
    data = form.cleaned_data
    try:
        done = adjustments.adjust(
            store, variant, change=form.change, reason=data["reason"], note=data["note"], key=data["key"], by=request.user, at=timezone.now()
        )
    except REFUSALS as refusal:
        return _goods_page(request, store, variant, adjust=with_new_key(form), wrong=_words(refusal), status=409)
    return _to_goods(request, store, variant, done)


@require_POST
@staff_of_store
def mark_damaged(request: StaffRequest, store: Store, sku: str) -> HttpResponse:
    """Damaged goods leave the books. A repeat of the same page takes them once."""
    variant, form = goods_named(sku), DamagedForm(request.POST)
    if not form.is_valid():
        return _goods_page(request, store, variant, damaged=form, status=422)
    data = form.cleaned_data
    try:
        done = adjustments.mark_damaged(store, variant, units=data["units"], note=data["note"], key=data["key"], by=request.user, at=timezone.now())
    except REFUSALS as refusal:
        return _goods_page(request, store, variant, damaged=with_new_key(form), wrong=_words(refusal), status=409)
    return _to_goods(request, store, variant, done)


def _list(store: Store, asked: dict[str, str]) -> dict[str, Any]:
    """The rows of the list that is asked for: those that are low, or distrusted with the reason."""
    if asked["show"] not in ("", "low", "distrusted"):
        raise Http404
    show, at = asked["show"] or "low", timezone.now()
    rows = stock_lists.low(store, at=at) if show == "low" else stock_lists.distrusted(store)
    try:
        found = lists.page(rows, order=("variant_id",), after=asked["page"], size=PAGE, name=f"stock:{show}")
    except lists.NoSuchPage as gone:
        raise Http404 from gone
    whys = stock_lists.why_distrusted(found.rows) if show == "distrusted" else {}
    return {
        "show": show,
        "rows": [(level, whys.get(level.pk, "")) for level in found.rows],
        "next_url": f"?{urlencode({'show': show, 'page': found.next})}" if found.next else "",
        "first_url": f"?{urlencode({'show': show})}" if asked["page"] else "",
        "few": kept_back.policy_shown().low_stock,
    }


def _goods_page(
    request: StaffRequest,
    store: Store,
    variant: Variant,
    *,
    adjust: AdjustForm | None = None,
    damaged: DamagedForm | None = None,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    context = {
        "variant": variant,
        "story": stock_lists.story(store, variant, at=at),
        "adjust": adjust or AdjustForm(initial={"key": new_key(), "way": "fewer"}),
        "damaged": damaged or DamagedForm(initial={"key": new_key()}),
        "open": "adjust" if adjust else "damaged" if damaged else "",
        "large": kept_back.policy_shown().large_adjustment,
        "changed": by_hand.corrected(store, [variant.pk], by=request.user, at=at).get(variant.pk, 0),
        "wrong": wrong,
        "typed_at": timezone.localtime(at).strftime("%Y-%m-%dT%H:%M"),
    }
    return page(request, "stores/stock/goods.html", store, context, at=at, status=status)


def _to_goods(request: StaffRequest, store: Store, variant: Variant, done: adjustments.Adjusted) -> HttpResponse:
    if done.waits:
        messages.info(request, f"{done.change:+d} is large with what you changed today, so a second person looks at it first. The books are as they were.")
    else:
        messages.success(request, f"{done.change:+d}: the books say {units(done.on_hand)} of {variant} now.")
    return redirect("stock_goods", store.code, variant.sku)


def _words(refusal: Exception) -> str:
    if isinstance(refusal, BelowPromised):
        return below_promised(refusal)
    if isinstance(refusal, AlreadyWaits):
        return already_waits(refusal)
    if isinstance(refusal, WrongWay):
        return f"{wrong_way(refusal.reason)} Nothing was changed."
    if isinstance(refusal, StockReason.DoesNotExist):
        return "Head office has no reason for damaged goods. Choose “Adjust” and another reason. Nothing was changed."
    return SENT_BEFORE
