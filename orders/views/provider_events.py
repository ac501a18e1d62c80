"""Where payment providers post what happened."""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders import provider_events as acts
from orders import providers

log = logging.getLogger("omo.payments")
MOST_BYTES = 262_144


@csrf_exempt
@require_POST
def provider_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one event, signed over the body as it came: 200, or 202 for one that waits or has to be looked into, whatever it says.

    400 if the provider did not sign it, or would not write it; 413 if it is too long to be one.

    Events of a provider that is not offered any more are heard as long as there is its adapter: refunds of its payments may be under way.
    """
    if provider not in settings.PROVIDER_ADAPTERS or (provider == "sandbox" and settings.PRODUCTION):
        raise Http404("No such provider")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse("too long", status=413, content_type="text/plain")
    at = timezone.now()
    try:
        told = providers.of(provider).read_event(request.body, request.headers, at=at)
    except providers.NotGenuine as why:
        log.warning("an event of %s was refused: %s", provider, why)
        return HttpResponse("not genuine", status=400, content_type="text/plain")
    outcome = acts.note(provider, told, at=at)
    return HttpResponse(outcome, status=202 if acts.is_parked(outcome) else 200, content_type="text/plain")
