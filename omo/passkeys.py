"""What passkeys are to whom: to people who work here a second step (or both at once), to customers a way to sign in beside the code from their mail."""

from collections.abc import Iterable
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from omo import devices
from omo.models import User


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's, in our words."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": "This did not work. Try again, or use another way to sign in."}

    def is_mfa_enabled(self, user: Any, types: Iterable[Authenticator.Type] | None = None) -> bool:
        """Whether the account has a second step. A customer's passkey is none: were it asked for after the code, losing it would shut them out."""
        if not super().is_mfa_enabled(user, types):
            return False
        return user.works_here or super().is_mfa_enabled(user, [one for one in types or [Authenticator.Type.TOTP] if one != Authenticator.Type.WEBAUTHN])

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """The name that a new passkey has until somebody gives it another: the device that it was made on."""
        return devices.words(context.request.headers.get("User-Agent", ""))

    def _get_site_name(self) -> str:
        """What the browser says the passkey is for."""
        return settings.SHOP_NAME
