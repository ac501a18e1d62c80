"""The sandbox's own pages: where a test card is typed, and where staff of the demo see and repeat what it told the shop."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import outbox
from omo.fields import TextField
from omo.models import Message, User
from orders.models import PaymentAttempt, SandboxPayment
from orders.providers import sandbox_bank, sandbox_cards
from orders.views.paying import here

STARTED = PaymentAttempt.State.STARTED
RECENT = 30


class CardForm(forms.Form):
    """A card. What is wrong is said in words; nothing of it but the last four digits is kept."""

    number = forms.CharField(
        label="Card number",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "cc-number", "inputmode": "numeric"}),
        error_messages={"required": "Type the number on the front of the card."},
    )
    expires = forms.CharField(
        label="Valid until (month/year)",
        max_length=9,
        widget=forms.TextInput(attrs={"autocomplete": "cc-exp", "inputmode": "numeric", "placeholder": "12/30"}),
        error_messages={"required": "Type the month and the year until which the card is valid."},
    )
    code = forms.RegexField(
        r"\A\s*[0-9]{3,4}\s*\Z",
        label="Security code",
        max_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "cc-csc", "inputmode": "numeric"}),
        error_messages={"required": "Type the three digits on the back of the card.", "invalid": "The security code has three or four digits."},
    )
    name = TextField(
        label="Name on the card",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "cc-name"}),
        error_messages={"required": "Type the name on the card."},
    )

    def clean_number(self) -> sandbox_cards.Card:
        """One of the test cards. Raises ValidationError."""
        digits = "".join(self.cleaned_data["number"].split()).replace("-", "")
        if not (digits.isascii() and digits.isdigit() and sandbox_cards.is_number(digits)):
            raise ValidationError("That is no card number. Look at its digits again.", code="number")
        card = sandbox_cards.of(digits) if len(digits) == 16 else None
        if card is None:
            raise ValidationError("This page takes test cards only. Use one of those listed.", code="real")
        return card

    def clean_expires(self) -> str:
        """A month that is not over, as MM/YY or MM/YYYY. Raises ValidationError."""
        month, _, year = "".join(self.cleaned_data["expires"].split()).partition("/")
        whole = f"{month}{year}"
        if not (whole.isascii() and whole.isdigit() and len(year) in (2, 4) and 1 <= int(month or 0) <= 12):
            raise ValidationError("Write month and year, such as 12/30.", code="expires")
        now = timezone.now()
        if (int(year) % 100 + 2000, int(month)) < (now.year, now.month):
            raise ValidationError("The card is not valid any more. Use another one.", code="over")
        return whole


@never_cache
@require_safe
def sandbox_pay(request: HttpRequest, reference: str) -> HttpResponse:
    """The card page."""
    return _card_page(request, _payment(reference), CardForm())


@require_POST
def sandbox_card(request: HttpRequest, reference: str) -> HttpResponse:
    """A card was typed: charge it, or ask for a one-time code first."""
    known, form = _payment(reference), CardForm(request.POST)
    if not form.is_valid():
        return _card_page(request, known, form, status=422)
    card = form.cleaned_data["number"]
    if card.asks:
        SandboxPayment.objects.filter(pk=known.pk, state=STARTED).update(card=card.last_four)
        return redirect("sandbox_code", reference)
    return _charge(request, known, card)


@never_cache
@require_safe
def sandbox_code(request: HttpRequest, reference: str) -> HttpResponse:
    """The card's bank asks for a one-time code."""
    return _code_page(request, _payment(reference))


@require_POST
def sandbox_confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """A one-time code was typed."""
    known = _payment(reference)
    card = sandbox_cards.of(known.card)
    if card is None or known.state != STARTED:
        return _card_page(request, known, CardForm(), status=409)
    if "".join(request.POST.get("code", "").split()) != sandbox_cards.ONE_TIME_CODE:
        return _code_page(request, known, wrong="That is not the code. Nothing was taken. Type it again.", status=422)
    return _charge(request, known, card)


@never_cache
@login_required
@require_safe
def sandbox_events(request: HttpRequest) -> HttpResponse:
    """What the sandbox told the shop lately, for people who work here."""
    _staff_of_demo(request)
    told = Message.objects.filter(kind="sandbox_event").order_by("-id")[:RECENT]
    known = SandboxPayment.objects.in_bulk([message.payload["payment"] for message in told])
    numbers = dict(PaymentAttempt.objects.filter(key__in=[one.key for one in known.values()]).values_list("key", "order__number"))
    rows = [(message, payment, numbers.get(payment.key) if payment else None) for message in told for payment in [known.get(message.payload["payment"])]]
    return render(request, "orders/sandbox_events.html", {"rows": rows})


@login_required
@require_POST
def sandbox_replay(request: HttpRequest, message: int) -> HttpResponse:
    """Tell the shop once more, as providers sometimes do."""
    user = _staff_of_demo(request)
    found = get_object_or_404(Message, pk=message, kind="sandbox_event")
    outbox.resend(found, by=user, at=timezone.now())
    messages.success(request, "The event is being sent again.")
    return redirect("sandbox_events")


def _payment(reference: str) -> SandboxPayment:
    """404 where there is no sandbox."""
    if "sandbox" not in settings.PAYMENT_PROVIDERS:
        raise Http404("No such payment")
    return get_object_or_404(SandboxPayment, reference=reference)


def _staff_of_demo(request: HttpRequest) -> User:
    user = request.user
    if "sandbox" not in settings.PAYMENT_PROVIDERS or not isinstance(user, User) or not user.works_here:
        raise Http404("No such page")
    return user


def _charge(request: HttpRequest, known: SandboxPayment, card: sandbox_cards.Card) -> HttpResponse:
    """Back to the shop, whatever the bank says; it asks. A payment that is over says so here."""
    try:
        sandbox_bank.pay(known, card, at=timezone.now())
    except sandbox_bank.No:
        return _card_page(request, _payment(known.reference), CardForm(), status=409)
    return redirect(here(known.return_url))


def _card_page(request: HttpRequest, known: SandboxPayment, form: CardForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "cards": sandbox_cards.CARDS, **_about(known)}
    return render(request, "orders/sandbox_pay.html", context, status=status)


def _code_page(request: HttpRequest, known: SandboxPayment, *, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {"wrong": wrong, "code": sandbox_cards.ONE_TIME_CODE, **_about(known)}
    return render(request, "orders/sandbox_code.html", context, status=status)


def _about(known: SandboxPayment) -> dict[str, Any]:
    """What both pages say of a payment, with the ways back to the shop."""
    return {"payment": known, "open": known.state == STARTED, "back": here(known.return_url), "unpaid": here(known.cancel_url)}
