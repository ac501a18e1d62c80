"""Transfers: send goods to another store, and receive what others sent."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from omo import idempotency, lists
from omo.strictness import takes_many
from stores import availability
from stores import stock as stocks
from stores import transfers as acts
from stores.models import Store, Transfer
from stores.stock_forms import TransferForm, UnitsField
from stores.views import stock_drafts
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_drafts import Full, Line, Unknown
from stores.views.stock_pages import SENT_BEFORE, new_key, units, with_new_key

PAGE = 30
FULL = "The list is full. Send these first, then start another transfer. A shorter note makes room, too."


@require_safe
@staff_of_store
def transfers(request: StaffRequest, store: Store) -> HttpResponse:
    """What is to come from other stores, or with `show=sent` what was sent to them."""
    asked = lists.asked(request.GET, "show", "page")
    if asked["show"] not in ("", "sent"):
        raise Http404
    rows = acts.sent(store) if asked["show"] else acts.coming(store)
    try:
        found = lists.page(rows, order=("-id",), after=asked["page"], size=PAGE, name=f"transfers:{asked['show']}")
    except lists.NoSuchPage as gone:
        raise Http404 from gone
    kept = {"show": asked["show"]} if asked["show"] else {}
    context = {
        "rows": found.rows,
        "sent": bool(asked["show"]),
        "next_url": f"?{urlencode({**kept, 'page': found.next})}" if found.next else "",
        "first_url": f"?{urlencode(kept)}" if asked["page"] else "",
    }
    return page(request, "stores/stock/transfers.html", store, context, at=timezone.now())


@require_safe
@staff_of_store
def new_transfer(request: StaffRequest, store: Store) -> HttpResponse:
    """A transfer as it is put together: `goods` is the list so far, `target` the code of the other store."""
    query = request.GET.copy()
    goods = query.pop("goods", [""])[0]  # longer than any other parameter; the whole address is limited by omo.strictness
    asked = lists.asked(query, "target", "note")
    form = TransferForm(source=store, initial={"key": new_key(), **asked})
    return _draft_page(request, store, stock_drafts.from_address(goods), form)


@require_POST
@takes_many("sku", "quantity")
@staff_of_store
def add_to_transfer(request: StaffRequest, store: Store) -> HttpResponse:
    """The list with what was scanned (`code`), in an address of its own. Nothing is sent."""
    lines, kept = stock_drafts.from_form(request), {name: request.POST.get(name, "")[:200] for name in ("target", "note")}
    try:
        lines = stock_drafts.add_scan(request, store, lines)
        if not any(line.wrong for line in lines):
            return redirect(stock_drafts.address(reverse("new_transfer", args=[store.code]), lines, **kept))
    except Unknown:
        return _draft_page(request, store, lines, _unbound(request, store), unknown=request.POST["code"].strip(), status=422)
    except Full:
        return _draft_page(request, store, lines, _unbound(request, store), wrong=FULL, status=409)
    return _draft_page(request, store, lines, _unbound(request, store), status=422)


@require_POST
@takes_many("sku", "quantity")
@staff_of_store
def send_transfer(request: StaffRequest, store: Store) -> HttpResponse:
    """Send the goods of the list. A repeat of the same page sends once."""
    lines, form, at = stock_drafts.from_form(request), TransferForm(request.POST, source=store), timezone.now()
    if not form.is_valid() or any(line.wrong for line in lines) or not lines:
        wrong = "" if lines else "Scan at least one thing."
        return _draft_page(request, store, lines, form, wrong=wrong, status=422)
    data = form.cleaned_data
    try:
        sent = acts.send(store, data["target"], stock_drafts.goods(lines), note=data["note"], key=data["key"], by=request.user, at=at)
    except acts.NotAvailable as refusal:
        stocks.note_refusal(refusal, reference=f"transfer to {data['target'].code}", by=request.user, at=at)
        for line in lines:
            short = next((one for one in refusal.shortages if one.variant_id == line.variant.pk), None)
            line.wrong = f"Only {short.left} of {short.wanted} may go: the rest is promised, held or kept back." if short else ""
        return _draft_page(request, store, lines, form, wrong="Not all of this is free. Nothing was sent.", status=409)
    except idempotency.KeyReused:
        return _draft_page(request, store, lines, with_new_key(form), wrong=SENT_BEFORE, status=409)
    messages.success(request, f"{sent.number} is on its way to {sent.target}. What left is out of the books here.")
    return redirect("transfer", store.code, sent.number)


@require_safe
@staff_of_store
def transfer(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """A transfer from or to this store: what was sent, what arrived, and at the target what arrives now."""
    return _transfer_page(request, store, _transfer_at(store, number))


@require_POST
@takes_many("sku", "received")
@staff_of_store
def receive_transfer(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """The goods arrived, as many as counted in rows of `sku` and `received`; the rest is short. A repeat changes nothing more."""
    found = get_object_or_404(Transfer.objects.select_related("source", "target"), number=number, target=store)
    typed = dict(zip(request.POST.getlist("sku"), request.POST.getlist("received"), strict=False))
    lines = {line.variant.sku: line.variant_id for line in found.lines.select_related("variant")}
    if set(typed) != set(lines):
        return _transfer_page(request, store, found, typed=typed, wrong="Say of each thing how many arrived; 0 if none did.", status=422)
    field, received = UnitsField(least=0), {}
    for sku, text in typed.items():
        try:
            received[lines[sku]] = int(field.clean(text))
        except ValidationError as wrong:
            return _transfer_page(request, store, found, typed=typed, wrong=f"{sku}: {wrong.messages[0]} Nothing was received.", status=422)
    try:
        done = acts.receive(found, received=received, by=request.user, at=timezone.now())
    except acts.MoreThanSent:
        words = "More than was sent cannot arrive with this transfer. Receive as many as were sent, then count what there is. Nothing was received."
        return _transfer_page(request, store, found, typed=typed, wrong=words, status=409)
    except acts.AlreadyReceived as before:
        words = f"{number} was received before by {before.transfer.received_by}, with other numbers. Nothing was changed now."
        return _transfer_page(request, store, before.transfer, wrong=words, status=409)
    except acts.Cancelled as taken_back:
        there = taken_back.transfer
        words = f"{there.source} cancelled {number} ({there.cancelled_by}): the goods are in its books again. Nothing was received."
        return _transfer_page(request, store, there, wrong=words, status=409)
    messages.success(request, _said(done, received))
    return redirect("transfer", store.code, number)


@require_POST
@staff_of_store
def cancel_transfer(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Take back what this store sent by mistake, while nothing was received. A repeat changes nothing more."""
    found = get_object_or_404(Transfer.objects.select_related("source", "target"), number=number, source=store)
    try:
        acts.cancel(found, by=request.user, at=timezone.now())
    except acts.AlreadyReceived as before:
        words = f"{number} was received by {before.transfer.received_by} at {before.transfer.target}, so it cannot be cancelled. Nothing was changed."
        return _transfer_page(request, store, before.transfer, wrong=words, status=409)
    messages.success(request, f"{number} is cancelled. What it took is in the books here again.")
    return redirect("transfer", store.code, number)


def _unbound(request: StaffRequest, store: Store) -> TransferForm:
    """The form with what was typed, but without complaints about what is still empty."""
    return TransferForm(source=store, initial={"key": new_key(), **{name: request.POST.get(name, "") for name in ("target", "note")}})


def _draft_page(
    request: StaffRequest, store: Store, lines: list[Line], form: TransferForm, *, unknown: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    at = timezone.now()
    free = availability.at_store(store.pk, [line.variant.pk for line in lines], at=at) if lines else {}
    context: dict[str, Any] = {
        "rows": [(line, free[line.variant.pk]) for line in lines],
        "form": form,
        "unknown": unknown,
        "wrong": wrong,
        "count": sum(line.units for line in lines),
        "elsewhere": Store.objects.filter(active=True).exclude(pk=store.pk).exists(),
    }
    return page(request, "stores/stock/new_transfer.html", store, context, at=at, status=status)


def _transfer_at(store: Store, number: str) -> Transfer:
    """The transfer from or to this store, else 404, also for other stores' ones."""
    rows = Transfer.objects.select_related("source", "target", "sent_by", "received_by", "cancelled_by")
    return get_object_or_404(rows, Q(source=store) | Q(target=store), number=number)


def _transfer_page(
    request: StaffRequest, store: Store, transfer: Transfer, *, typed: dict[str, str] | None = None, wrong: str = "", status: int = 200
) -> HttpResponse:
    lines = list(transfer.lines.select_related("variant__product"))
    context = {
        "transfer": transfer,
        "rows": [(line, (typed or {}).get(line.variant.sku, str(line.sent))) for line in lines],
        "arrives": transfer.target_id == store.pk and transfer.state == Transfer.State.SENT,
        "leaves": transfer.source_id == store.pk and transfer.state == Transfer.State.SENT,
        "count": sum(line.sent for line in lines),
        "wrong": wrong,
    }
    return page(request, "stores/stock/transfer.html", store, context, at=timezone.now(), status=status)


def _said(done: Transfer, received: dict[int, int]) -> str:
    short = sum(line.sent - (line.received or 0) for line in done.lines.all())
    arrived = f"{units(sum(received.values()))} of {done.number} are in the books here."
    return f"{arrived} {units(short)} did not arrive; {done.source} can see that." if short else arrived
