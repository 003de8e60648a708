"""The provider's decisions where ours are stricter than the library's.

Every application shows a proof of possession (PKCE, S256), comes back to an address written whole in the
registry, and uses a code or a refresh token once: what comes a second time ends all that followed the first.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from allauth.core import context
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.utils import get_validator_context
from allauth.idp.oidc.models import Client, Token
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from enrs.core.access.actor import ANONYMOUS
from enrs.core.accounts.commands.tokens import end_replayed, keep_used, revoke_tokens
from enrs.core.accounts.models import Application
from enrs.core.accounts.provider.launch import only_person
from enrs.core.accounts.provider.session import (
    Grant,
    current_grant,
    grant_of,
    now,
    set_grant,
)
from enrs.core.accounts.queries import actor_of
from enrs.core.accounts.queries.applications import application_in_service
from enrs.core.accounts.rules import applications as rules
from enrs.core.accounts.second_factor import second_factor_address
from enrs.core.audit.commands import note

SESSION_SECONDS = 12 * 3600
OFFLINE_SECONDS = 30 * 24 * 3600
"""How long the tokens of one agreement follow one another, whatever is asked meanwhile."""

REFRESHABLE = {"offline_access", "online_access"}


class Validator(OAuthLibRequestValidator):
    """Stands in for the library's own in `apps.ready`: its views ask it everything."""

    def _lookup_client(self, request: Request, client_id: str) -> Application | None:
        known: dict[str, Any] = get_validator_context().clients
        if client_id not in known:
            known[client_id] = (
                application_in_service(client_id) if isinstance(client_id, str) else None
            )
        found: Application | None = known[client_id]
        return found

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        is_known: bool = super().authenticate_client(request, *args, **kwargs)
        if not is_known:
            note("application.refused", outcome="refused", reason="client", actor=ANONYMOUS)
        return is_known

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        client = request.client
        is_public = client.type == Client.Type.PUBLIC
        return rules.is_redirect_allowed(
            redirect_uri, client.get_redirect_uris(), is_public=is_public
        )

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Client, request: Request,
        *args: Any, **kwargs: Any,
    ) -> bool:  # fmt: skip
        registered = request.client.get_scopes()
        return all(rules.covers(registered, one) for one in scopes)

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Of every application; « plain » hides nothing from whoever reads the address."""
        challenge = getattr(request, "code_challenge", None)
        if challenge is not None:
            if getattr(request, "code_challenge_method", None) != "S256":
                raise InvalidRequestError(
                    description="code_challenge_method must be S256", request=request
                )
            if not rules.CHALLENGE.fullmatch(challenge):
                raise InvalidRequestError(
                    description="code_challenge is malformed", request=request
                )
        return True

    def validate_silent_login(self, request: Request) -> bool:
        is_signed_in: bool = super().validate_silent_login(request)
        return is_signed_in and not second_factor_address(context.request)

    def validate_silent_authorization(self, request: Request) -> bool:
        """What was agreed to before; a person to choose is chosen on a page, never in silence."""
        if rules.LAUNCH in request.scopes:
            person = only_person()
            if person is None:
                return False
            set_grant(replace(current_grant(), patient=str(person)))
        is_known: bool = super().validate_silent_authorization(request)
        return is_known

    def save_authorization_code(
        self, client_id: str, code: dict[str, Any], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Keep what the session gives beside the code."""
        code = code | {"grant": current_grant().as_data()}
        super().save_authorization_code(client_id, code, request, *args, **kwargs)

    def validate_code(
        self, client_id: str, code: str, client: Client, request: Request,
        *args: Any, **kwargs: Any,
    ) -> bool:  # fmt: skip
        if not super().validate_code(client_id, code, client, request, *args, **kwargs):
            self._end_replayed("code", code, request)
            return False
        kept = self._lookup_authorization_code(request, client_id, code)
        set_grant(grant_of((kept or {}).get("code", {}).get("grant")))
        return True

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if not super().validate_refresh_token(refresh_token, client, request, *args, **kwargs):
            self._end_replayed("refresh_token", refresh_token, request)
            return False
        kept = get_validator_context().refresh_token
        grant = grant_of(kept.data if kept else None)
        if grant.until and grant.until <= now():
            return False
        set_grant(grant)
        return True

    def save_bearer_token(
        self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the tokens of this grant, and what they replace, and leave the line."""
        scopes = set(request.scopes)
        self._set_end(request, is_offline="offline_access" in scopes)
        if not scopes & REFRESHABLE:
            token.pop("refresh_token", None)
        grant = current_grant()
        self._remember_used(request, grant)
        super().save_bearer_token(token, request, *args, **kwargs)
        if grant.patient:
            token["patient"] = grant.patient
        note(
            "application.token.issued",
            object_kind="application",
            object_id=request.client.id,
            actor=actor_of(request.user, grant.position, channel="application"),
            details={"scopes": sorted(scopes), "grant": request.grant_type},
        )

    def _prep_access_token(self, ctx: Any, token: dict[str, Any], request: Request) -> Token:
        made: Token = super()._prep_access_token(ctx, token, request)
        made.data = (made.data or {}) | current_grant().as_data()
        return made

    def _prep_refresh_token(self, ctx: Any, refresh_token: str, request: Request) -> Token:
        made: Token = super()._prep_refresh_token(ctx, refresh_token, request)
        grant = current_grant()
        made.data = (made.data or {}) | grant.as_data()
        made.expires_at = datetime.fromtimestamp(grant.until, tz=UTC)
        return made

    def revoke_token(
        self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """End a token of this application, with those of the same family (RFC 7009, 2.1)."""
        kept = Token.objects.by_value(token).filter(client_id=request.client.id).first()
        if kept is None:
            return
        family = grant_of(kept.data).family
        if family:
            revoke_tokens(client_id=request.client.id, data__family=family)
        kept.delete()
        note(
            "application.token.revoked",
            object_kind="application",
            object_id=request.client.id,
            actor=actor_of(kept.user, channel="application") if kept.user else ANONYMOUS,
        )

    @staticmethod
    def _set_end(request: Request, *, is_offline: bool) -> None:
        """The day on which this family ends is said once, at its first token."""
        grant = current_grant()
        if not grant.until:
            lasts = OFFLINE_SECONDS if is_offline else SESSION_SECONDS
            kept = grant.as_data() | {"until": now() + lasts, "is_offline": is_offline}
            set_grant(grant_of(kept))

    @staticmethod
    def _remember_used(request: Request, grant: Grant) -> None:
        used = request.code or request.refresh_token
        if used and grant.family:
            until = datetime.fromtimestamp(grant.until, tz=UTC)
            keep_used(used, application_id=request.client.id, family=grant.family, until=until)

    @staticmethod
    def _end_replayed(kind: str, value: str, request: Request) -> None:
        """What was used already comes back: somebody else holds it, and whatever followed ends."""
        client = request.client
        is_replayed = isinstance(value, str) and end_replayed(value, application_id=client.id)
        note(
            "application.token.refused",
            outcome="refused",
            object_kind="application",
            object_id=client.id,
            reason="replayed" if is_replayed else "unknown",
            actor=ANONYMOUS,
            details={"grant": kind},
        )
