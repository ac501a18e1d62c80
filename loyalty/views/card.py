"""The member's card: the code to show, the points, and every purchase online and in store."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loyalty import ledger, members
from loyalty.forms import JoinForm
from loyalty.models import EarnRule, Member, PointsEntry
from omo import lists
from omo.models import Event, User
from omo.models.event import Channel

SIZE = 20
BOUGHT = ("order.placed", "order.joined")
"""Each purchase has one of these with its member: it was placed by one, or came onto the card later."""
COMPLETED = ("pickup.collected", "carry_out.collected", "delivery.collected")


@dataclass(frozen=True)
class Purchase:
    """A line of the history: the event of its order, its points, and whether they are still to come."""

    event: Event
    points: int
    pending: bool

    @property
    def month(self) -> str:
        """'November 2026', in the store's own time."""
        return formats.date_format(self.event.at.astimezone(self.event.store.zone), "F Y") if self.event.store else ""


@never_cache
@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """The card; to visitors and customers without one, what it is and how to get it."""
    after = lists.asked(request.GET, "page")["page"]
    if not isinstance(request.user, User):
        return render(request, "loyalty/join.html", {"rule": ledger.rule_at(timezone.now())})
    member = Member.objects.of(request.user)
    if member is None:
        return _join_page(request, request.user, JoinForm(initial={"name": request.user.name}))
    try:
        bought = Event.objects.filter(member=member, kind__in=BOUGHT).select_related("order", "store")
        page = lists.page(bought, order=("-id",), after=after, size=SIZE, name=f"card:{member.pk}")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged
    rules = ledger.rules()
    purchases = _with_points(member, page.rows, rules)
    context = {
        "member": member,
        "card_code": members.card_code(member),
        "rule": ledger.in_force(rules, timezone.now()),
        "purchases": purchases,
        "pending": [purchase for purchase in purchases if purchase.pending],
        "next_cursor": page.next,
        "first": not after,
    }
    return render(request, "loyalty/card.html", context)


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Become a member, or take over the membership that the same person has from a store."""
    user, at = request.user, timezone.now()
    if not isinstance(user, User):
        return redirect_to_login(reverse("card"))
    if members.link(user, at=at):
        messages.success(request, "This is your card. What you bought with it in our stores is here too.")
        return redirect("card")
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _join_page(request, user, form, status=422)
    try:
        members.join(name=form.cleaned_data["name"], email=user.email, user=user, channel=Channel.WEB, by=user, at=at)
    except members.AlreadyMember:
        if Member.objects.of(user) is None:
            return _join_page(request, user, form, status=409)
        messages.info(request, "You are a member already. Nothing was changed.")
        return redirect("card")
    messages.success(request, "Welcome. This is your card.")
    return redirect("card")


def _join_page(request: HttpRequest, user: User, form: JoinForm, status: int = 200) -> HttpResponse:
    """How to get the card; `kept` says that this account cannot get one here, and where to ask."""
    context = {"form": form, "rule": ledger.rule_at(timezone.now()), "waiting": members.waiting_for(user), "kept": members.kept_from_joining(user)}
    return render(request, "loyalty/join.html", context, status=status)


def _with_points(member: Member, events: Sequence[Event], rules: Sequence[EarnRule]) -> list[Purchase]:
    """The purchases with what they earned, or will earn when they are collected."""
    orders = {event.order_id: event.order for event in events if event.order_id and event.order}
    entries = PointsEntry.objects.filter(member=member, order_id__in=orders).order_by()
    earned: dict[int | None, int] = dict(entries.values_list("order_id").annotate(points=Sum("points")))
    done = set(Event.objects.filter(order_id__in=orders, kind__in=COMPLETED).values_list("order_id", flat=True))
    purchases = []
    for event in events:
        pending = event.order_id not in done and event.order_id not in earned
        order = orders.get(event.order_id or 0)
        points = ledger.points_for(order.total, ledger.in_force(rules, order.placed_at)) if pending and order else earned.get(event.order_id, 0)
        purchases.append(Purchase(event, points, pending))
    return purchases
