"""Pages that are drawn once for everybody who would see the same, and kept in this process as bytes. Never by browsers or proxies.

A page is kept under all that can show on it, so it never grows stale: what differs is another page. What differs from visitor to visitor or minute to
minute in a page that else stays the same (the form token, the badge of the cart, the minute of a promise) is drawn as a mark, and put in when it is served.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.context_processors import csrf
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from omo.context import shop

MOST = 2_000
"""Some 20 kilobytes each; the least lately served goes first."""
SECRET = secrets.token_hex(16)
"""In every mark, so that no text which people write can be one."""
_kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
MOST_PIECES = 10_000
"""Less than a kilobyte each."""
_pieces: OrderedDict[tuple[Any, ...], SafeString] = OrderedDict()


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, facts: str, late: Mapping[str, str] | None = None) -> HttpResponse:
    """What `render` would answer. `facts` must hold all that the template shows of `context`; what is the visitor's own counts by itself.

    `late` has words that the template shows as they are and that change more often than the page. A page with messages is drawn for its one visitor.
    """
    own = shop(request)
    words = {**csrf(request), "cart_in_short": own["cart_in_short"], **(late or {})}
    if len(messages.get_messages(request)):
        return HttpResponse(render_to_string(template, {**context, **words}, request))
    key = (template, facts, tuple(words), _seen_of(request), repr(own["shop"]))
    drawn = _kept.pop(key, None) or render_to_string(template, {**context, **{name: _mark(name) for name in words}}, request).encode()
    _kept[key] = drawn
    if len(_kept) > MOST:
        _kept.popitem(last=False)
    return HttpResponse(_served(drawn, words))


def forget() -> None:
    """Forget every page, as after a start."""
    _kept.clear()
    _pieces.clear()


def piece(template: str, context: Mapping[str, Any], *, facts: tuple[Any, ...]) -> SafeString:
    """A small part of pages, which shows nothing of who asks. `facts` must hold all that the template shows of `context`.

    For parts that a page has many of: to find one takes a small part of what `{% cache %}` takes.
    """
    key = (template, get_language(), facts)
    drawn = _pieces.pop(key, None) or render_to_string(template, context)
    _pieces[key] = drawn
    if len(_pieces) > MOST_PIECES:
        _pieces.popitem(last=False)
    return drawn


def _seen_of(request: HttpRequest) -> tuple[Any, ...]:
    """What templates show of a request and of who sends it."""
    who = request.user
    person = (who.pk, str(who), who.email, who.is_staff) if who.is_authenticated else None
    return (get_language(), request.scheme, request.get_host(), request.get_full_path(), person)


def _mark(name: str) -> str:
    return f"{name}:{SECRET}"


def _served(drawn: bytes, words: Mapping[str, str]) -> bytes:
    """The page with the words in the place of their marks. What no mark asks for is not made: a page without a form sets no token's cookie."""
    for name, said in words.items():
        mark = _mark(name).encode()
        if mark in drawn:
            drawn = drawn.replace(mark, conditional_escape(said).encode())
    return drawn
