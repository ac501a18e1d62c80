"""Serving product pictures."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from stores import pictures

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A file of a picture. Its name is made from its contents, so browsers and caches may keep it for ever."""
    file = pictures.opened(name)
    if file is None:
        raise Http404("No such picture")
    with file:
        return HttpResponse(file.read(), content_type="image/webp", headers={"Cache-Control": FOR_EVER})
