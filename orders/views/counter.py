"""The counter: one box for everything that is scanned or typed, and its answers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from omo import money
from omo.models.event import Channel
from orders import order_money, payments, scans, tickets, verdicts
from orders import pickup as pickups
from orders.models import Fulfilment, HandOff, HandOver, Order
from orders.staff_forms import HandOverForm
from orders.views import guesses
from orders.views.pickup import lines_of, pickup_at
from stores import atp, availability
from stores import staff as workers
from stores.models import StockLevel, Store
from stores.views.at_work import StaffRequest, page, staff_of_store


@require_safe
@login_required
def staff(request: HttpRequest) -> HttpResponse:
    """Where to work: straight to the queue of the only workplace, else the choice. Customers find nothing here."""
    stores = workers.workplaces(request.user)
    if len(stores) == 1:
        return redirect("queue", stores[0].code)
    if not stores and not request.user.is_staff:
        raise Http404
    return render(request, "orders/staff/workplaces.html", {"stores": stores})


@require_safe
@staff_of_store
def scan_code(request: StaffRequest, store: Store) -> HttpResponse:
    """The answer to a scan (`code`): a pickup, a receipt, goods, a member, or what has such a name. Changes nothing."""
    scan, at = scans.classify(request.GET.get("code", ""), hosts=scans.own_hosts(request.get_host())), timezone.now()
    if scan.kind == scans.Kind.NOTHING:
        return redirect("queue", store.code)
    return _answer(request, store, scan, guesses.resolved(request, store, scan, at=at))


@require_POST
@staff_of_store
def hand_over(request: StaffRequest, store: Store, number: str) -> HttpResponse:
    """Hand over against `proof` or a described `identity`; with a `tender`, take what is due in the same act."""
    found, form = pickup_at(store, number), HandOverForm(request.POST)
    if not form.is_valid():
        return _verdict(request, store, _state_of(store, found), form=form, status=422)
    data = form.cleaned_data
    proof = {"proof": scans.tidy(data["proof"]), "identity": data["identity"]}
    guesses.refuse_more(request, store)
    try:
        if form.tendered():
            pickups.take_payment_and_hand_over(found, tendered=form.tendered(), **proof, by=request.user, at=timezone.now())
        else:
            pickups.hand_over(found, **proof, by=request.user, at=timezone.now())
    except payments.MoreThanDue as more:
        return _verdict(request, store, _state_of(store, found), wrong=_other_amount(more), proof=data["proof"], status=409)
    except pickups.Refused as refused:
        if refused.verdict.reason == verdicts.CODE_MISMATCH:
            guesses.count(request, store)
        # Read anew: the act's own rows say what would have been.
        verdict = verdicts.Verdict(refused.verdict.reason, pickup_at(store, number), refused.verdict.proxy)
        return _verdict(request, store, verdict, proof=data["proof"], proved=bool(data["proof"]), status=409)
    collector = HandOver.objects.select_related("proxy").get(fulfilment=found).proxy
    name = collector.first_name if collector else found.order.name
    messages.success(request, f"{number} is handed over{' to ' + name if name else ''}.")
    return redirect("queue", store.code)


def _answer(request: StaffRequest, store: Store, scan: scans.Scan, found: scans.Found) -> HttpResponse:
    at = timezone.now()
    if found.verdict:
        return _verdict(request, store, found.verdict, proof=scan.text if found.proved else "", proved=found.proved)
    if found.parcel and found.parcel.store_id == store.pk:
        return redirect("parcel", store.code, found.parcel.order.number)
    if found.cart:
        return redirect("customer_cart", store.code, found.cart.code)
    if found.variant:
        return page(request, "orders/staff/goods.html", store, {"scan": scan, **_goods(store, found)}, at=at)
    if found.member:
        return page(request, "orders/staff/member.html", store, {"scan": scan, "member": found.member}, at=at)
    sold = Order.objects.filter(number=scan.text, channel=Channel.TILL).select_related("store").first() if scan.kind == scans.Kind.ORDER else None
    if sold and sold.store_id == store.pk:
        return redirect("receipt", store.code, sold.number)
    listed = HandOff.objects.filter(store=store, code="".join(scan.text.split()).upper()).first()
    if listed:
        return redirect("hand_off_list", store.code, listed.code)
    context: dict[str, Any] = {"scan": scan, "pickups": [], "goods": [], "sold": sold, "parcel": found.parcel}
    if scan.kind == scans.Kind.WORDS:
        waiting = scans.pickups_like(store, scan.text)
        context |= {"pickups": [(one, tickets.badge_of(one, at=at, zone=store.zone)) for one in waiting], "goods": scans.goods_like(scan.text)}
    return page(request, "orders/staff/matches.html", store, context, at=at, status=400 if scan.kind == scans.Kind.TOO_LONG else 200)


def _verdict(
    request: StaffRequest,
    store: Store,
    verdict: verdicts.Verdict,
    *,
    proof: str = "",
    proved: bool = False,
    wrong: str = "",
    form: HandOverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The answer about a pickup. Without proof a ready one asks for an identity check; another store's tells that store's name only."""
    at, pickup = timezone.now(), verdict.pickup
    context: dict[str, Any] = {"verdict": verdict, "pickup": pickup, "proof": proof, "wrong": wrong, "form": form or HandOverForm()}
    if pickup and pickup.store_id == store.pk:
        pickup.store = store
        handed = HandOver.objects.select_related("by", "proxy").filter(fulfilment=pickup).first()
        lines = lines_of(pickup)
        context |= {"items": sum(line.going for line in lines)}  # type: ignore[attr-defined]
        context |= {"order": pickup.order, "lines": lines, "due": payments.due(pickup.order), "handed": handed}
        context["worth"] = order_money.of_part(pickup)
        context["ended"] = pickup.held_until and pickup.held_until < at
        context["arrival"] = tickets.arrival_badge(tickets.arrival_of(pickup), at=at, zone=store.zone)
    ready = verdict.reason in (verdicts.GO, verdicts.UNPAID)
    template = "orders/staff/answer.html" if proved or not ready else "orders/staff/identity.html"
    return page(request, template, store, context, at=at, status=status)


def _state_of(store: Store, pickup: Fulfilment) -> verdicts.Verdict:
    """How far it is, without asking for proof."""
    return verdicts.of_pickup(pickup, store=store, identity="to be checked")


def _other_amount(more: payments.MoreThanDue) -> str:
    if not more.due:
        return "It was paid meanwhile, and nothing is to pay. Nothing was taken: give back what you took, then hand it over."
    return f"The amount has changed: {money.words(more.due)} is still to pay. Nothing was taken."


def _goods(store: Store, found: scans.Found) -> dict[str, Any]:
    variant = found.variant
    level = StockLevel.objects.filter(store=store, variant=variant).first()
    # Also stores that hand over no orders: whoever asks at the counter can go there.
    at = timezone.now()
    elsewhere = StockLevel.objects.filter(variant=variant, store__active=True).exclude(store=store).annotate(left=atp.expression(at=at)).filter(left__gt=0)
    return {
        "variant": variant,
        "label": found.label,
        "level": level,
        "left": availability.at_store(store.pk, [variant.pk], at=at)[variant.pk] if variant else 0,
        "shelves": ", ".join(tickets.shelves_of(store, [variant.pk])[variant.pk]) if variant else "",
        "elsewhere": list(elsewhere.order_by("-left", "store__name").values_list("store__name", "left")),
    }
