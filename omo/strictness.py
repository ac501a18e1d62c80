"""What no form covers: requests that are malformed as a whole are refused before anything reads them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from omo.limits import TooManyTries

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
MOST_QUERY = 2000
NO_FORMS_UNDER = ("/provider-events/",)
"""Where other systems post what is no form; those views read the body themselves, after its signature."""
MANY_VALUES_UNDER = ("/admin/",)
"""Django admin's own forms repeat names; ours take a name several times only where the view says so by `takes_many`."""

View = Callable[..., HttpResponse]


def takes_many(*names: str) -> Callable[[View], View]:
    """Mark a view as one whose form sends these names any number of times, such as the ticked rows of a list."""

    def mark(view: View) -> View:
        view.takes_many = frozenset(names)  # type: ignore[attr-defined]
        return view

    return mark


class Strictness:
    """Refuses other methods (405), NUL and over-long queries (400), bodies that are too large (413) or no forms (415), and a name sent twice (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or "\0" in query or len(query) > MOST_QUERY:
            return render(request, "400.html", status=400)
        if _length(request) > _most_bytes(request):
            return render(request, "413.html", status=413)
        if request.method == "POST" and request.content_type not in FORMS and _length(request) and not request.path.startswith(NO_FORMS_UNDER):
            return render(request, "400.html", status=415)
        answer = self.get_response(request)
        return _only_for_forms(request, answer) if isinstance(answer, HttpResponseNotAllowed) and request.method == "GET" else answer

    def process_view(self, request: HttpRequest, view: View, *_arguments: Any) -> None:
        """Refuse a form in which a name comes twice: which of its values counts would differ from reader to reader."""
        if request.method == "POST" and not request.path.startswith((*MANY_VALUES_UNDER, *NO_FORMS_UNDER)):
            many: frozenset[str] = getattr(view, "takes_many", frozenset())
            for name, values in request.POST.lists():
                if len(values) > 1 and name not in many:
                    raise BadRequest(f"{name!r} was sent twice")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Word the limits on guessing wherever they are met."""
        return too_many_tries(request, wait=exception.wait) if isinstance(exception, TooManyTries) else None


def too_many_tries(request: HttpRequest, *, wait: int = 60) -> HttpResponse:
    """429: try again in `wait` seconds. Also the answer of allauth's own limits."""
    answer = render(request, "429.html", status=429)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _only_for_forms(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """405 in words: whoever opens the address under a form anew, from a kept tab or the address bar, finds a way on."""
    answer = render(request, "405.html", {"at_work": request.path.startswith("/staff/")}, status=405)
    answer.headers["Allow"] = refusal.headers["Allow"]
    return answer


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() and len(length) < 16 else 0


def _most_bytes(request: HttpRequest) -> int:
    """A form that carries a file may be as large as the largest file with its envelope."""
    carries_a_file = (request.content_type or "").startswith("multipart/")
    return settings.MAX_UPLOAD_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE if carries_a_file else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
