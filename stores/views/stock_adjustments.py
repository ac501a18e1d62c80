"""Large corrections and receipts of stock, for a second person to decide."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from omo import lists
from stores import adjustments as acts
from stores import kept_back
from stores.models import Adjustment, Store
from stores.views.at_work import StaffRequest, page, staff_of_store
from stores.views.stock_pages import below_promised

PAGE = 30


@require_safe
@staff_of_store
def adjustments(request: StaffRequest, store: Store) -> HttpResponse:
    """What waits for a second person, the oldest first."""
    return _adjustments_page(request, store, after=lists.asked(request.GET, "page")["page"])


@require_POST
@staff_of_store
def approve_adjustment(request: StaffRequest, store: Store, adjustment: int) -> HttpResponse:
    """Agree: the books are corrected now. A repeat changes nothing more."""
    return _decide(request, store, adjustment, Adjustment.State.APPROVED)


@require_POST
@staff_of_store
def refuse_adjustment(request: StaffRequest, store: Store, adjustment: int) -> HttpResponse:
    """Do not agree: the books stay as they are."""
    return _decide(request, store, adjustment, Adjustment.State.REFUSED)


def _decide(request: StaffRequest, store: Store, adjustment: int, state: str) -> HttpResponse:
    found = get_object_or_404(Adjustment.objects.select_related("level__variant__product", "reason"), pk=adjustment, level__store=store)
    decide = acts.approve if state == Adjustment.State.APPROVED else acts.refuse
    try:
        decide(found, by=request.user, at=timezone.now())
    except acts.OwnAdjustment:
        return _adjustments_page(request, store, wrong="You asked for this correction yourself. Somebody else decides it.", status=409)
    except acts.BelowPromised as few:
        return _adjustments_page(request, store, wrong=f"{found.level.variant}: {below_promised(few)}", status=409)
    except acts.Decided as decided:
        other = decided.adjustment
        who = f" by {other.decided_by}" if other.decided_by else " by a newer count"
        return _adjustments_page(request, store, wrong=f"This was {other.get_state_display().lower()} before{who}. Nothing was changed now.", status=409)
    done = "is in the books now" if state == Adjustment.State.APPROVED else "is refused; the books are as they were"
    messages.success(request, f"{found.level.variant}: {found.change:+d} {done}.")
    return redirect("adjustments", store.code)


def _adjustments_page(request: StaffRequest, store: Store, *, after: str = "", wrong: str = "", status: int = 200) -> HttpResponse:
    try:
        found = lists.page(acts.waiting(store), order=("id",), after=after, size=PAGE, name="adjustments")
    except lists.NoSuchPage as gone:
        raise Http404 from gone
    context = {
        "rows": [(row, row.level.on_hand + row.change, row.asked_by_id == request.user.pk) for row in found.rows],
        "limits": kept_back.policy_shown(),
        "next_url": f"?{urlencode({'page': found.next})}" if found.next else "",
        "first_url": "?" if after else "",
        "wrong": wrong,
    }
    return page(request, "stores/stock/adjustments.html", store, context, at=timezone.now(), status=status)
