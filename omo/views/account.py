"""A person's account: name, address, passkeys, and where they are signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import flows
from allauth.mfa.webauthn.views import AddWebAuthnView
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from omo import devices, lists, sign_out
from omo.fields import TextField
from omo.models import User


class NameForm(forms.Form):
    """The name on orders and at the counter."""

    name = TextField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us a name."},
    )


@dataclass(frozen=True)
class Place:
    """Where somebody is signed in: the device in words, since when and from which address."""

    words: str
    since: datetime
    address: str
    current: bool


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """All about one's account on one page."""
    lists.asked(request.GET)
    return _page(request, NameForm(initial={"name": cast(User, request.user).name}))


@login_required
@require_POST
def change_name(request: HttpRequest) -> HttpResponse:
    """Take another name."""
    form, user = NameForm(request.POST), cast(User, request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    User.objects.filter(pk=user.pk).update(name=form.cleaned_data["name"])
    messages.success(request, "Your name is saved.")
    return redirect("account")


@never_cache
@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this account is signed in, this device first."""
    lists.asked(request.GET)
    found = [
        Place(devices.words(one.user_agent), one.created_at, one.ip, one.is_current()) for one in UserSession.objects.purge_and_list(cast(User, request.user))
    ]
    found.sort(key=lambda place: (place.current, place.since), reverse=True)
    return render(request, "usersessions/usersession_list.html", {"places": found})


@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account but this one."""
    user, before = cast(User, request.user), request.session.session_key
    sign_out.sign_out_everywhere(user, at=timezone.now())
    _end(UserSession.objects.filter(user=user).exclude(session_key=before))
    update_session_auth_hash(request, user)
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("usersessions_list")


@login_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the account, this one too."""
    user = cast(User, request.user)
    sign_out.sign_out_everywhere(user, at=timezone.now())
    _end(UserSession.objects.filter(user=user))
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")


class AddPasskey(AddWebAuthnView):
    """Add a passkey. Customers get no recovery codes with it: the code from their mail is their other way in."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Keep the passkey, and tell its owner by mail that there is one more."""
        user = cast(User, self.request.user)
        if user.works_here:
            return super().form_valid(form)
        flows.signup_authenticator(self.request, user=user, name=form.cleaned_data["name"], credential=form.cleaned_data["credential"])
        get_adapter().send_notification_mail("mfa/email/webauthn_added", user)
        return HttpResponseRedirect(reverse("account"))


def _end(found: Any) -> None:
    for session in found:
        session.end()


def _page(request: HttpRequest, form: NameForm, status: int = 200) -> HttpResponse:
    passkeys = Authenticator.objects.filter(user=cast(User, request.user), type=Authenticator.Type.WEBAUTHN).order_by("id")
    return render(request, "account/account.html", {"form": form, "passkeys": passkeys}, status=status)
