"""A card with the order: one press for a guest, and the link from the mail for who has a card already."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import limits
from omo.models import User
from orders import membership
from orders.models import Order
from orders.views import basket, my_orders

JOINED, ATTACHABLE = "joined", "attachable"
KEPT = 20


@require_POST
def join_order(request: HttpRequest, number: str) -> HttpResponse:
    """Become a member with this order. The answer is the same whether the address has a membership or not; the rest is in the mail."""
    order = my_orders.orders_of(request).filter(number=number).first()
    if order is None:
        raise Http404("No such order")
    limits.count("join_order", get_adapter().get_client_ip(request), most=20, seconds=600)
    try:
        membership.join_order(order, by=_by(request), at=timezone.now())
    except membership.NotAGuests as refusal:
        raise Http404("No such order") from refusal
    _keep(request, JOINED, number)
    return redirect("order", number=number)


@never_cache
@require_safe
def open_attach(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The link in the mail: lets this browser open the order and put it on the card by one press, and leaves the secret out of the address bar."""
    limits.count("open_order", get_adapter().get_client_ip(request), most=30)
    order = Order.objects.filter(number=number).first()
    if order is None or not membership.attach_link_opens(order, token):
        raise Http404("No such order")
    basket.may_open(request, number)
    _keep(request, ATTACHABLE, number)
    answer = redirect("order", number=number)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@require_POST
def attach_order(request: HttpRequest, number: str) -> HttpResponse:
    """Put the order on the card of its address; only for who came by the link in the mail."""
    order = Order.objects.filter(number=number).first() if number in request.session.get(ATTACHABLE, []) else None
    if order is None:
        raise Http404("No such order")
    try:
        membership.attach_order(order, by=_by(request), at=timezone.now())
        messages.success(request, "This order is on your card.")
    except membership.NoMembership:
        messages.error(request, "There is no card under this address any more.")
    request.session[ATTACHABLE] = [kept for kept in request.session[ATTACHABLE] if kept != number]
    return redirect("order", number=number)


def _keep(request: HttpRequest, where: str, number: str) -> None:
    numbers = [kept for kept in request.session.get(where, []) if kept != number]
    request.session[where] = [*numbers, number][-KEPT:]


def _by(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
