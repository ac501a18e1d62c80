"""A pickup for the customer's calendar."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omo import lists
from orders import calendar_files
from orders.models import Fulfilment
from orders.views.changes import part_of


@never_cache
@require_safe
def pickup_calendar(request: HttpRequest, number: str, part: int) -> HttpResponse:
    """The file of a pickup; none before it is paid, for then nothing is promised."""
    lists.asked(request.GET)
    found = part_of(request, number, part)
    if found.kind != Fulfilment.Kind.PICKUP or found.awaits_payment:
        raise Http404("No such pickup")
    text = calendar_files.of_pickup(found, url=settings.SITE_URL + reverse("order", args=[number]), at=timezone.now())
    name = f'attachment; filename="{number}.ics"'
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": name})
