"""Head office's admin site."""

import functools
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from omo import memory, needs

SHOP_ZONE = "stores.needs.shop_zone"

# The tables by task; what is not named here stands last, under System.
TASKS = {
    ("Place", "stores"): "stores.store stores.product stores.variant stores.picture stores.category stores.stocklevel stores.stockmovement stores.shelflabel "
    "stores.safetystock stores.stockpolicy stores.keptback stores.stockreason stores.adjustment stores.transfer stores.transferline stores.hold "
    "stores.openinghours stores.specialopening stores.closure stores.slotbooking stores.slotload stores.assignment "
    "stores.service stores.place",
    ("Person", "loyalty"): "loyalty.member loyalty.pointsentry loyalty.earnrule omo.user auth.group account.emailaddress mfa.authenticator",
    ("Purchase", "orders"): "orders.order orders.fulfilment orders.payment orders.refund orders.paymentattempt orders.providerevent orders.handover "
    "orders.proxypass orders.arrival orders.delivery orders.handoff orders.carrier orders.deliveryzone orders.promise orders.promiseoutcome "
    "orders.cart orders.orderline orders.fulfilmentline orders.cartline",
    ("System", "omo"): "omo.event omo.message omo.idempotencyrecord orders.queueversion",
}


class OfficeSite(AdminSite):
    """Django admin in our name; signing in goes through allauth, with its limits and second factor."""

    site_header = settings.SHOP_NAME
    site_title = settings.SHOP_NAME
    index_title = "Head office"
    site_url = "/"
    empty_value_display = "–"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """The page, read, filtered and typed in the time of most stores: head office's day is the shop's."""
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_shop_time(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(memory.remembered(SHOP_ZONE, import_string(SHOP_ZONE))):
                answer = guarded(request, *args, **kwargs)
                return answer.render() if isinstance(answer, TemplateResponse) else answer  # while the clock is the shop's

        return in_shop_time

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in where everybody does, and come back. 403 for somebody who is signed in and not of head office."""
        return secure_admin_login(super().login)(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What needs you, today's numbers, then the tables by task; each only to whoever may see it."""
        at = timezone.now()
        seen = {
            "needs": [need for need in needs.needs(at=at) if request.user.has_perm(need.permission)],
            "figures": [figure for figure in needs.figures(at=at) if request.user.has_perm(figure.permission)],
        }
        return super().index(request, seen | (extra_context or {}))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The tables of one task, under its name."""
        names = {label: name for name, label in TASKS}
        return super().app_index(request, app_label, ({"title": names[app_label]} if app_label in names else {}) | (extra_context or {}))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The tables that the person may see, by task instead of by app."""
        tables = {f"{app['app_label']}.{table['object_name'].lower()}": table for app in super().get_app_list(request) for table in app["models"]}
        tasks = [self._task(name, label, [tables.pop(table) for table in named.split() if table in tables]) for (name, label), named in TASKS.items()]
        tasks[-1]["models"] += tables.values()
        return [task for task in tasks if task["models"] and app_label in (None, task["app_label"])] or super().get_app_list(request, app_label)

    def _task(self, name: str, label: str, tables: list[Any]) -> dict[str, Any]:
        url = reverse("admin:app_list", args=[label], current_app=self.name)
        return {"name": name, "app_label": label, "app_url": url, "has_module_perms": True, "models": tables}
