"""What we change in the sign-in library: closed enrolment, encrypted second-factor secrets."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from enrs.core.accounts.federation.adapter import logout_address
from enrs.core.accounts.queries import positions_of
from enrs.core.kept import Kept

ASKING_STAGE = "allauth.mfa.stages.AuthenticateStage"


class SecondFactorStage(AuthenticateStage):
    """The library's second factor, not asked again of who comes by a provider that proved two."""

    def _should_handle(self, request: HttpRequest) -> bool:
        sociallogin = (self.login.signal_kwargs or {}).get("sociallogin")
        if sociallogin is not None and sociallogin.state["federation"]["is_strong"]:
            return False
        return bool(super()._should_handle(request))


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by enrolment, never by a public form."""

    def get_login_stages(self) -> list[str]:
        """The library's, with our second factor in the place of its own."""
        ours = f"{SecondFactorStage.__module__}.{SecondFactorStage.__qualname__}"
        return [ours if one == ASKING_STAGE else one for one in super().get_login_stages()]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        """Whoever comes by a provider and works in several places says where they are now."""
        answer: HttpResponse = super().post_login(request, user, **options)
        if "federation" not in request.session or answer.status_code != 302:
            return answer
        if len(positions_of(user)) < 2:
            return answer
        query = urlencode({"next": answer.headers["Location"]})
        answer.headers["Location"] = f"{reverse('accounts:choose_place')}?{query}"
        return answer

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """By the provider that the person came from, to close the session there too."""
        return logout_address(request) or str(super().get_logout_redirect_url(request))


@Kept
def _factors_of(user_id: UUID) -> QuerySet[Authenticator, str]:
    return Authenticator.objects.filter(user_id=user_id).values_list("type", flat=True)


class MfaAdapter(DefaultMFAAdapter):
    """Second-factor secrets are kept encrypted: the library's default is plain text. Passkeys have French names."""

    def is_mfa_enabled(self, user: Any, types: Iterable[str] | None = None) -> bool:
        """Whether somebody has a second factor, of one of these types when they are told."""
        if user.is_anonymous:
            return False
        held = _factors_of(user.pk)
        return bool(held) if types is None else not set(types).isdisjoint(held)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002  the base's name
        return f"Clé du {timezone.localdate():%d/%m/%Y}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that a passkey opens, as the device names it."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.REGION.name}

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(settings.SECRETS.mfa_key))
