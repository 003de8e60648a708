"""Going to another identity provider, coming back from it, linking one's account to it."""

import secrets
from typing import Any

import jwt
import requests
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PROFESSIONAL, PUBLIC
from enrs.core.accounts.commands.identities import PERSONS, IdentityLinkError, unlink_identity
from enrs.core.accounts.queries import positions_of
from enrs.core.accounts.queries.federation import places_declared
from enrs.core.accounts.rules.identities import ALGORITHMS
from enrs.core.audit.commands import note


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    """The library's client, which also checks the signature and keeps what logging out needs."""

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> Any:
        try:
            login = super().complete_login(request, app, token, **kwargs)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise OAuth2Error("unreadable answer") from error
        login.enrs_app = app
        # What the provider says serves once: of a link, the `sub` alone is kept.
        login.enrs_answer, login.account.extra_data = login.account.extra_data, {}
        login.enrs_id_token = kwargs["response"].get("id_token", "")
        login.enrs_end_session = self.openid_config.get("end_session_endpoint", "")
        return login

    def _fetch_user_info(self, access_token: str) -> dict[str, Any]:
        """What the provider says of the person; signed, where it is stated that it signs."""
        app = self.get_provider().app
        if not app.settings.get("signed_userinfo"):
            return dict(super()._fetch_user_info(access_token))
        with get_adapter().get_requests_session() as session:
            response = session.get(
                self.profile_url, headers={"Authorization": f"Bearer {access_token}"}
            )
            response.raise_for_status()
        if not response.headers.get("Content-Type", "").startswith("application/jwt"):
            raise OAuth2Error("unsigned answer")
        return self._decode_id_token(app, response.text.strip())

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("algorithm")
        except jwt.PyJWTError as error:
            raise OAuth2Error("unreadable token") from error
        return dict(
            jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        )


@permission(PUBLIC)
@require_safe
def enter(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the provider; what it is asked is ours to say, never the address's."""
    provider = _provider(request, provider_id)
    onward = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, {request.get_host()})
    return _ask(request, provider, AuthProcess.LOGIN, next_url=onward if is_ours else None)


@permission(ACCOUNT)
@require_POST
def link(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to a provider of persons, to open one's own account by it from now on."""
    return _link(request, _provider_of_persons(request, provider_id))


@permission(ACCOUNT)
@require_POST
def unlink(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Open one's account by this provider no more."""
    return _unlink(request, _provider_of_persons(request, provider_id))


@reauthentication_required
def _link(request: HttpRequest, provider: Any) -> HttpResponse:
    return _ask(request, provider, AuthProcess.CONNECT, user_id=str(request.user.pk))


@reauthentication_required
def _unlink(request: HttpRequest, provider: Any) -> HttpResponse:
    try:
        unlink_identity(user=request.user, provider=provider.app.provider_id)  # type: ignore[arg-type]
    except IdentityLinkError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{provider.name} n’ouvre plus votre compte.")
    return redirect("mfa_index")


def _ask(
    request: HttpRequest, provider: Any, process: str, *, next_url: str | None = None, **kept: str
) -> HttpResponse:
    """To the provider; `kept` waits in the session with the state. FranceConnect wants 22 signs of each."""
    nonce = secrets.token_urlsafe(24)
    try:
        answer: HttpResponse = provider.redirect(
            request,
            process,
            next_url=next_url,
            state_id=secrets.token_urlsafe(24),
            auth_params=provider.get_auth_params() | {"nonce": nonce},
            scope=provider.get_scope(),
            nonce=nonce,
            **kept,
        )
    except requests.RequestException:
        return _unreachable(request, provider)
    return answer


@permission(PUBLIC)
@require_safe
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the provider."""
    provider = _provider(request, provider_id)
    view = OAuth2CallbackView.adapter_view(StrictAdapter(request, provider_id))
    try:
        return view(request)
    except ImmediateHttpResponse as stopped:
        return stopped.response
    except requests.RequestException:
        return _unreachable(request, provider)


@permission(PROFESSIONAL)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Choose where one works now, after a sign-in by a provider that declares several activities."""
    held = positions_of(request.user)  # type: ignore[arg-type]
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}):
        onward = "/"
    wanted = request.POST.get("place", "")
    if wanted in {str(one.id) for one in held}:
        request.session["position"] = wanted
        note("account.position.chosen", object_kind="position", object_id=wanted)
        return redirect(onward)
    kept = request.session.get("federation", {})
    rows, unknown = places_declared(held, kept.get("activities", []))
    context = {"rows": rows, "unknown": unknown, "next": onward, "provider": kept.get("name", "")}
    return render(request, "accounts/choose_place.html", context)


def _provider(request: HttpRequest, provider_id: str) -> Any:
    try:
        return get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error


def _provider_of_persons(request: HttpRequest, provider_id: str) -> Any:
    """The provider, for a patient or a relative; nothing for a professional."""
    provider = _provider(request, provider_id)
    is_person = request.user.kind in PERSONS  # type: ignore[union-attr, operator]
    if provider.app.settings.get("audience") != "person" or not is_person:
        raise Http404
    return provider


def _unreachable(request: HttpRequest, provider: Any) -> HttpResponse:
    context = {"name": provider.name, "is_unreachable": True}
    return render(request, "socialaccount/authentication_error.html", context, status=503)
