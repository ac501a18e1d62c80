"""Another person collects: the customer names them and shares their pass; and the pass itself, for whoever has its address."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import limits, lists
from orders import proxies
from orders.collecting_forms import ProxyForm
from orders.models import Fulfilment
from orders.views.changes import actor, part_of
from stores import directions
from stores.models import Store
from stores.views.places import place_of

OVER = "It is collected, or is not to be collected any more. Nobody was named."
NOT_ANY_MORE = "That pass was used or taken back before. Nothing was changed."


@never_cache
@require_safe
def proxy(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Who collects: the pass of another person to share or take back, or the form to name one."""
    lists.asked(request.GET)
    return _page(request, _pickup(request, number, part))


@require_POST
def name_proxy(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Let somebody else collect. Whoever could before cannot any more."""
    found, form = _pickup(request, number, part), ProxyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        made = proxies.name_proxy(found, name=form.cleaned_data["name"], by=actor(request), at=timezone.now())
    except proxies.NothingToCollect:
        return _page(request, found, wrong=OVER, status=409)
    messages.success(request, f"{made.first_name} may collect it. Share the pass now.")
    return redirect("proxy", number=number, part=part)


@require_POST
def revoke_proxy(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """Take the pass back."""
    found = _pickup(request, number, part)
    try:
        proxies.revoke_proxy(found, by=actor(request), at=timezone.now())
    except proxies.NoSuchPass:
        return _page(request, found, wrong=NOT_ANY_MORE, status=409)
    messages.success(request, "Taken back. Only you collect it now.")
    return redirect("proxy", number=number, part=part)


@never_cache
@require_safe
def proxy_pass(request: HttpRequest, proxy: str, token: str) -> HttpResponse:
    """The pass on the phone of whoever collects: code, first name, store and hours, and of the customer the last four of the order only."""
    limits.count("proxy_pass", get_adapter().get_client_ip(request), most=60)
    found = proxies.of_page(proxy, token)
    if found is None:
        raise Http404("No such pass")
    at, pickup = timezone.now(), found.fulfilment
    store = Store.objects.with_calendar().get(pk=pickup.store_id)
    place = place_of(store, at)
    context = {
        "proxy": found,
        "pickup": pickup,
        "store": store,
        "place": place,
        "opens": found.live and pickup.state in Fulfilment.OPEN and not pickup.awaits_payment,
        "qr_text": proxies.qr_text(found),
        "last_four": pickup.order.number[-4:],
        "directions": directions.url(store),
    }
    answer = render(request, "orders/proxy_pass.html", context)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _pickup(request: HttpRequest, number: str, part: int) -> Fulfilment:
    """The pickup, if it is this customer's. Raises Http404."""
    found = part_of(request, number, part)
    if found.kind != Fulfilment.Kind.PICKUP:
        raise Http404("No such order")
    return found


def _page(request: HttpRequest, pickup: Fulfilment, *, form: ProxyForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    made = proxies.of_pickup(pickup)
    former = "" if made else proxies.former_name(pickup)
    context = {
        "order": pickup.order,
        "pickup": pickup,
        "store": pickup.store,
        "proxy": made,
        "address": settings.SITE_URL + reverse("proxy_pass", args=[made.public_id, proxies.page_token(made)]) if made else "",
        "former": former,
        "form": form or ProxyForm(initial={"name": former}),
        "open": pickup.state in Fulfilment.OPEN,
        "wrong": wrong,
    }
    return render(request, "orders/proxy.html", context, status=status)
