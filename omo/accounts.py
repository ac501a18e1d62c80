"""How allauth makes and checks our accounts."""

import time
from typing import Any

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from omo import limits
from omo.context import WORKS_HERE
from omo.fields import check_email
from omo.models import User
from omo.strictness import too_many_tries

TOO_MANY = "too_many_login_attempts"
CODE_MADE = "login_code_made"
MOST_SIGNUPS = 3


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are known by e-mail address, in lower case and plain ASCII."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": "This is not the code. Look at the newest mail, or ask for a new one.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail about an account; its words know the shop's name and where to sign in."""
        address = settings.SITE_URL + reverse("account_login")
        super().send_mail(template_prefix, email, {"shop_name": settings.SHOP_NAME, "signin_url": address, **context})

    def clean_email(self, email: str) -> str:
        """The address as we keep it. Raises ValidationError for what looks like another address than it is."""
        return check_email(super().clean_email(email))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """The error in words; too many tries are no fault of a field but end the request with 429."""
        if code in (TOO_MANY, "rate_limited"):
            raise ImmediateHttpResponse(too_many_tries(context.request))
        return super().validation_error(code, *args)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Tell the person on the next page; after too many wrong codes there is none, but 429."""
        if kwargs.get("message") in (self.error_messages[TOO_MANY], self.error_messages["rate_limited"]):
            raise ImmediateHttpResponse(too_many_tries(request))
        super().add_message(request, level, *args, **kwargs)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody lands who asked for no page: people who work here at their work, customers at their card."""
        works = request.session.get(WORKS_HERE) or (isinstance(request.user, User) and request.user.is_staff)
        return reverse("staff") if works else super().get_login_redirect_url(request)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """We have no user names."""


class LoginForm(forms.LoginForm):
    """Sign in with e-mail and password: staff and head office."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].max_length = 128

    def _setup_password_field(self) -> None:
        """Keep the password field: allauth drops it because signing up asks for none."""

    def clean_login(self) -> str:
        """The e-mail address."""
        return check_email(super().clean_login())

    def clean_password(self) -> str:
        """The password; a very long one would only cost time to hash."""
        password = self.cleaned_data["password"]
        if len(password) > 128:
            self.add_error("password", "A password has at most 128 characters.")
        return password


class SignupForm(forms.SignupForm):
    """Make an account. Limited by address, whether it is taken or not: every try sends a mail to whoever owns it."""

    def clean_email(self) -> str:
        """The e-mail address. Raises limits.TooManyTries."""
        email = check_email(self.cleaned_data["email"])
        limits.count("signup", email, most=MOST_SIGNUPS)
        return super().clean_email()


class RequestLoginCodeForm(forms.RequestLoginCodeForm):
    """Ask for a sign-in code by mail: customers only. People who work here sign in by password or passkey."""

    def clean_email(self) -> str:
        """The e-mail address. The session keeps when it was asked for, also for an unknown address: its page must grow old like any."""
        self.cleaned_data["email"] = check_email(self.cleaned_data["email"])
        context.request.session[CODE_MADE] = time.time()
        email = super().clean_email()
        user: User | None = getattr(self, "_user", None)
        if user and user.works_here:
            self._user = None  # answered like an unknown address: who has keys to the till needs a password
        return email


class ConfirmLoginCodeForm(forms.ConfirmLoginCodeForm):
    """The code from the mail."""

    def clean_code(self) -> str:
        """The code, if it is the right one and at most settings.SIGN_IN_CODE_SECONDS old."""
        made = context.request.session.get(CODE_MADE, 0)
        if time.time() - made > settings.SIGN_IN_CODE_SECONDS:
            raise ValidationError("This code is older than ten minutes. Ask for a new one.", code="too_old")
        return super().clean_code()
