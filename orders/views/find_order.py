"""Find my order: an address, a code from its mailbox, and this browser may open the orders of that address."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from omo import limits, lists, mailed_codes
from omo.fields import EmailField
from orders import order_access
from orders.views import basket

ASKED = "find_order"
MINUTES = 10
MOST_BY_ADDRESS, MOST_BY_ORIGIN, MOST_TRIES_BY_ORIGIN = 3, 20, 30
"""In ten minutes: codes to one address, codes asked for from one place, and codes typed from one place."""


class FindForm(forms.Form):
    """The address that was ordered with."""

    email = EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"required": "Type the address that you ordered with.", "invalid": "This is not an e-mail address."},
    )


class CodeForm(forms.Form):
    """The six digits from the mail."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Type the six digits from the mail.", "max_length": "The code has six digits."},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_order(request: HttpRequest) -> HttpResponse:
    """Ask for the address. The answer is the same for every address."""
    lists.asked(request.GET)
    if request.method != "POST":
        return _page(request, "orders/find_order.html", FindForm())
    form = FindForm(request.POST)
    limits.count("find_order", _origin(request), most=MOST_BY_ORIGIN, seconds=MINUTES * 60)
    if not form.is_valid():
        return _page(request, "orders/find_order.html", form, status=422)
    email = form.cleaned_data["email"]
    limits.count("find_order_to", email, most=MOST_BY_ADDRESS, seconds=MINUTES * 60)
    request.session[ASKED] = {"id": order_access.ask(email, at=timezone.now()), "email": email}
    return redirect("find_order_code")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_order_code(request: HttpRequest) -> HttpResponse:
    """Take the code. The right one lets this browser open the orders, and shows them."""
    lists.asked(request.GET)
    asked = request.session.get(ASKED)
    if asked is None:
        return redirect("find_order")
    if request.method != "POST":
        return _page(request, "orders/find_order_code.html", CodeForm(), email=asked["email"])
    limits.count("find_order_code", _origin(request), most=MOST_TRIES_BY_ORIGIN, seconds=MINUTES * 60)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            return _opened(request, asked["id"], form.cleaned_data["code"])
        except mailed_codes.WrongCode as wrong:
            form.add_error("code", f"This is not the code. {_tries(wrong.left)}")
        except mailed_codes.CodeIsOver:
            form.add_error("code", "This code is over: it is older than ten minutes, or was tried five times. Ask for a new one.")
    return _page(request, "orders/find_order_code.html", form, status=422, email=asked["email"])


def _opened(request: HttpRequest, public_id: str, typed: str) -> HttpResponse:
    found = order_access.prove(public_id, typed, at=timezone.now())
    request.session.cycle_key()  # whoever knew the key of this session before does not see the orders
    request.session.pop(ASKED)
    for order in reversed(found):
        basket.may_open(request, order.number)
    messages.success(request, "These are your orders.")
    return redirect("orders")


def _tries(left: int) -> str:
    return "Ask for a new one." if not left else f"You have {left} more {'try' if left == 1 else 'tries'}."


def _origin(request: HttpRequest) -> str:
    return get_adapter().get_client_ip(request)


def _page(request: HttpRequest, template: str, form: forms.Form, status: int = 200, **more: Any) -> HttpResponse:
    answer = render(request, template, {"form": form, **more}, status=status)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
