"""What the OpenID Connect provider says of itself and of people."""

from collections.abc import Iterable
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.private_keys import filter_keys
from allauth.idp.oidc.models import Client, PrivateKey, Token
from django.conf import settings

from enrs.core.access.rules import role_now
from enrs.core.accounts.commands.keys import ensure_key
from enrs.core.accounts.models import User
from enrs.core.accounts.provider.session import current_grant
from enrs.core.accounts.queries.applications import private_keys, standing_of
from enrs.core.accounts.rules.applications import SIGN_IN_SCOPES, scope_words


class ScopeWords(dict[str, str]):
    """What a person reads of each scope, those of the FHIR API too."""

    def get(self, scope: str, default: Any = None) -> Any:
        return scope_words(scope)


class OidcAdapter(DefaultOIDCAdapter):
    """Our issuer, our keys, our claims."""

    scope_display = ScopeWords(SIGN_IN_SCOPES)  # type: ignore[assignment]

    def get_issuer(self) -> str:
        """The public address, never the one that a request names."""
        return str(settings.PUBLIC_URL).rstrip("/")

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        """The keys of the database; the first one is made when there is none."""
        found = private_keys()
        if not found:
            ensure_key()
            found = private_keys()
        kept: list[PrivateKey] = filter_keys(found, did_activate=did_activate, is_active=is_active)
        return kept

    def get_claims(  # type: ignore[override]  # our users are all of one model
        self,
        purpose: Literal["id_token", "userinfo"],
        user: User,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Who the person is, as far as the scopes go. No e-mail address is said to be verified."""
        given = set(scopes)
        grant = current_grant()
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "profile" in given:
            claims |= {"name": user.name, "preferred_username": user.login, "locale": "fr-FR"}
        if "email" in given and user.email:
            claims |= {"email": user.email, "email_verified": False}
        if "fhirUser" in given and (address := fhir_user(user)):
            claims["fhirUser"] = address
        if "professional" in given and user.kind == User.Kind.PROFESSIONAL:
            claims |= professional_claims(user, grant.position)
        return claims

    def populate_id_token(
        self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **kwargs: Any
    ) -> None:
        """The session, when it began, by which means and at which level."""
        grant = current_grant()
        if grant.sid:
            id_token["sid"] = grant.sid
        if grant.authenticated_at:
            id_token["auth_time"] = grant.authenticated_at
        if grant.methods:
            id_token["amr"] = list(grant.methods)
        if grant.acr:
            id_token["acr"] = grant.acr

    def populate_introspection_response(self, *, response: dict[str, Any], token: Token) -> None:
        """The FHIR part, and `token_type` as RFC 7662 means it."""
        response |= {"token_type": "Bearer"}
        if token.user:
            response["username"] = token.user.login
            if "fhirUser" in token.get_scopes() and (address := fhir_user(token.user)):
                response["fhirUser"] = address
        if patient := (token.data or {}).get("patient"):
            response["patient"] = patient


def fhir_user(user: User) -> str:
    """The address of the person's own FHIR resource; empty when they have none."""
    kinds = {User.Kind.PROFESSIONAL: "Practitioner", User.Kind.PATIENT: "Patient"}
    kind = kinds.get(User.Kind(user.kind))
    return f"{settings.PUBLIC_URL.rstrip('/')}/fhir/R4/{kind}/{user.grantee_id}" if kind else ""


def professional_claims(user: User, position_id: str | None) -> dict[str, Any]:
    """The national identifier, the profession and the place of work (names of Pro Santé Connect where it has one)."""
    standing = standing_of(user, position_id)
    claims: dict[str, Any] = {}
    if standing.national_id:
        claims["SubjectNameID"] = standing.national_id
    if standing.position:
        # Outside, nobody of the exploitation has its power: a session of it is for this program alone.
        claims["role"] = role_now(standing.position.role, is_open=False)
        claims["role_label"] = standing.position.label
        if standing.position.profession_code:
            claims["codeProfession"] = standing.position.profession_code
        claims["SubjectOrganization"] = standing.position.organisation_name
        claims["SubjectOrganizationID"] = standing.place_id
    return claims
