"""The customer's orders: which ones are theirs, the list of them, and the link by which a guest opens one."""

from allauth.account.adapter import get_adapter
from django.db.models import FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omo import codes, limits, lists
from omo.models import User
from orders import messages
from orders.models import Fulfilment, Order, OrderLine
from orders.views import basket

SIZE = 12
COUNT = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(count=Sum("quantity")).values("count")


def orders_of(request: HttpRequest) -> QuerySet[Order]:
    """Those that this customer may see: their own, of their membership, a guest's with their proven address, and those that this browser may open."""
    mine = Q(number__in=request.session.get("orders", []))
    if isinstance(request.user, User):
        # The card and the addresses first: asked for within the other conditions, they would make PostgreSQL read every order.
        member_id, proven = _known(request.user)
        mine |= Q(user=request.user) | Q(member_id=member_id) | Q(user=None, email__in=proven)
    return Order.objects.filter(mine)


def _known(user: User) -> tuple[int, list[str]]:
    """The id of the account's card, 0 if it has none, and its proven addresses as orders keep them, in lower case; one statement."""
    proven = FilteredRelation("emailaddress", condition=Q(emailaddress__verified=True))
    rows = list(User.objects.filter(pk=user.pk).annotate(proven=proven).values_list("member__pk", "proven__email"))
    return next((card for card, _ in rows if card), 0), [email.lower() for _, email in rows if email]


def own_order(request: HttpRequest, number: str) -> Order:
    """The order, if it is this customer's. Raises Http404, the same for other people's orders as for none."""
    found = orders_of(request).filter(number=number).first()
    if found is None:
        raise Http404("No such order")
    return found


@never_cache
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """What was bought online, from a shelf and at tills, the newest first."""
    after = lists.asked(request.GET, "page")["page"]
    try:
        parts = Prefetch("fulfilments", Fulfilment.objects.select_related("store").order_by("id"))
        rows = orders_of(request).annotate(count=Subquery(COUNT)).select_related("store").prefetch_related(parts)
        page = lists.page(rows, order=("-id",), after=after, size=SIZE, name="orders")
    except lists.NoSuchPage as forged:
        raise Http404("No such page") from forged
    return render(request, "orders/orders.html", {"orders": page.rows, "next_cursor": page.next, "first": not after})


@never_cache
@require_safe
def open_order(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The link in a guest's mail: lets this browser open the order, and leaves the secret out of the address bar."""
    limits.count("open_order", get_adapter().get_client_ip(request), most=30)
    found = Order.objects.filter(number=number).first()
    if found is None or not codes.link_opens(messages.PURPOSE, number, token, version=found.access_version):
        raise Http404("No such order")
    basket.may_open(request, number)
    answer = redirect("order", number=number)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
