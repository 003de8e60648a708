"""The forms of passkeys: the library's, which read without a fault whatever is posted to them."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as library

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises for a credential that no browser made."""


class _Read:
    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return found


class LoginForm(_Read, library.LoginWebAuthnForm):
    """Signing in."""


class AuthenticateForm(_Read, library.AuthenticateWebAuthnForm):
    """The second factor, after a password."""


class ReauthenticateForm(_Read, library.ReauthenticateWebAuthnForm):
    """Confirming who one is."""


class AddForm(library.AddWebAuthnForm):
    """One more key."""

    def clean(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().clean()
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return found
