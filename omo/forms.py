"""What people type, and their devices say, about the ways in which they sign in."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms

from omo.fields import TextField

LONGEST_NAME = 50
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error)
"""What reading a credential raises that no device made; allauth expects one that is well formed."""


def _name(**kwargs: Any) -> TextField:
    return TextField(label="Name", max_length=LONGEST_NAME, help_text="So that you know which it is, such as My phone.", **kwargs)


class AddPasskeyForm(forms.AddWebAuthnForm):
    """A new passkey. Without a name it is called after its device: the passkey is in the device already when this arrives, so it is not refused for that."""

    name = _name(required=False)

    def clean(self) -> dict[str, Any]:
        """The name and the credential. Raises ValidationError, also for what is no credential."""
        try:
            return super().clean()
        except MALFORMED as malformed:
            raise get_adapter().validation_error("incorrect_code") from malformed


class EditPasskeyForm(forms.EditWebAuthnForm):
    """Another name for a passkey."""

    name = _name(error_messages={"required": "Give it a name."})


class _Credential:
    """What a device says when it is asked for a passkey."""

    def clean_credential(self) -> Any:
        """The passkey. Raises ValidationError, also for what is no credential."""
        try:
            return super().clean_credential()  # type: ignore[misc] # of the forms below
        except MALFORMED as malformed:
            raise get_adapter().validation_error("incorrect_code") from malformed


class AuthenticatePasskeyForm(_Credential, forms.AuthenticateWebAuthnForm):
    """After the password."""


class LoginPasskeyForm(_Credential, forms.LoginWebAuthnForm):
    """Sign in."""


class ReauthenticatePasskeyForm(_Credential, forms.ReauthenticateWebAuthnForm):
    """Confirm that it is still you."""
