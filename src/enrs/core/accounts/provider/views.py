"""The provider's addresses: the library's views, with our door, our locks and our limits."""

from dataclasses import replace
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import del_query_params, extract_basic_auth
from allauth.idp.oidc import views as library
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts import commands
from enrs.core.accounts.models import Application
from enrs.core.accounts.provider import launch, limits
from enrs.core.accounts.provider.session import (
    SID,
    TWO_FACTORS,
    current_grant,
    session_grant,
    set_grant,
    sid_of,
)
from enrs.core.accounts.queries.applications import application_in_service, has_consented
from enrs.core.accounts.rules.applications import LAUNCH, SIGN_IN_SCOPES
from enrs.core.accounts.second_factor import second_factor_address
from enrs.core.audit.commands import note

CLAIMS = (
    "sub", "name", "preferred_username", "email", "fhirUser", "SubjectNameID", "role", "role_label",
    "codeProfession", "SubjectOrganization", "SubjectOrganizationID", "sid", "auth_time", "amr", "acr",
)  # fmt: skip


def endpoint(name: str) -> str:
    """The public address of one of the provider's views."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(f'idp:oidc:{name}')}"


@permission(PUBLIC)
def configuration(request: HttpRequest) -> JsonResponse:
    """What the provider does (OpenID Connect Discovery 1.0), and nothing that it does not."""
    answer = JsonResponse(
        {
            "issuer": settings.PUBLIC_URL.rstrip("/"),
            "authorization_endpoint": endpoint("authorization"),
            "token_endpoint": endpoint("token"),
            "userinfo_endpoint": endpoint("userinfo"),
            "jwks_uri": endpoint("jwks"),
            "introspection_endpoint": endpoint("introspect"),
            "revocation_endpoint": endpoint("revoke"),
            "end_session_endpoint": endpoint("logout"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [*SIGN_IN_SCOPES, "user/*.cruds", "patient/*.rs"],
            "claims_supported": list(CLAIMS),
            "acr_values_supported": [TWO_FACTORS],
            "prompt_values_supported": ["none", "login", "consent"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic", "client_secret_post", "none",
            ],
            "introspection_endpoint_auth_methods_supported": [
                "client_secret_basic", "client_secret_post",
            ],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["fr-FR"],
        }
    )  # fmt: skip
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


class Authorization(library.AuthorizationView):
    """Who signs in goes back to the application with a code; consent is asked once.

    The door is open to everybody because the answer to a stranger may be the application's (`prompt=none`).
    """

    permission = PUBLIC

    def _login_required(self, request: HttpRequest) -> HttpResponse | None:
        prompts = request.GET.get("prompt", "").split()
        if "none" in prompts:
            return None
        if not request.user.is_authenticated:
            # Whoever signs in now has answered « prompt=login » too.
            here = request.get_full_path()
            return redirect_to_login(
                del_query_params(here, "prompt") if prompts == ["login"] else here
            )
        if owed := second_factor_address(request):
            return HttpResponseRedirect(owed)
        return super()._login_required(request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not second_factor_address(request):
            set_grant(session_grant(request))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login("/")
        set_grant(session_grant(request))
        return super().post(request, *args, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The page of consent, unless the same was agreed to before."""
        asked = {one for one in self.request.GET.get("prompt", "").split() if one}
        user: Any = self.request.user
        is_known = has_consented(user.pk, self._client_id(), self._scopes)
        if self.request.method == "GET" and is_known and "consent" not in asked:
            return self._skip_consent()
        return self._page(context, **kwargs)

    def _page(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return library.AuthorizationView.render_to_response(self, context, **kwargs)

    def _must_choose(self) -> bool:
        """Whether a person is to be chosen: asked each time, for the last one chosen says nothing of this one."""
        return LAUNCH in self._scopes and launch.only_person() is None

    def _skip_consent(self) -> HttpResponse:
        if self._must_choose():
            return self._page(self.get_context_data(form=self.get_form()))
        form = self.form_class(
            **self.get_form_kwargs() | {"data": {"scopes": self._scopes, "request": "asked before"}}
        )
        if not form.is_valid():
            raise PermissionDenied
        return self._granted(form)

    def form_valid(self, form: Any) -> HttpResponse:
        """The person agreed."""
        found = application_in_service(self._client_id())
        if found is None:
            return self._respond_with_access_denied()
        if LAUNCH in form.cleaned_data["scopes"] and not launch.chosen(self.request):
            form.add_error(None, "Choisissez le dossier à ouvrir, dans la liste.")
            return self._page(self.get_context_data(form=form), status=422)
        commands.give_consent(application=found, scopes=form.cleaned_data["scopes"])
        return self._granted(form)

    def _granted(self, form: Any) -> HttpResponse:
        person = launch.chosen(self.request) if LAUNCH in form.cleaned_data["scopes"] else None
        if person is not None:
            set_grant(replace(current_grant(), patient=str(person)))
        answer: HttpResponse = super().form_valid(form)
        if answer.status_code == 302 and "code=" in answer.get("Location", ""):
            user: Any = self.request.user
            commands.open_to_application(
                application_id=self._client_id(), user=user, sid=sid_of(self.request),
                session_key=self.request.session.session_key or "",
            )  # fmt: skip
            note(
                "application.entered",
                object_kind="application",
                object_id=self._client_id(),
                patient_id=person,
                details={"scopes": list(form.cleaned_data["scopes"])},
            )
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["application"] = Application.objects.get(pk=self._client_id())
        if self._must_choose():
            context["choice"] = launch.choice(self.request, self._scopes)
        return context

    def _client_id(self) -> str:
        return str(self._request_info["client_id"])


class Token(library.TokenView):
    """A code or a refresh token for tokens; two requests with the same one come one after the other."""

    permission = PUBLIC

    def post(self, request: HttpRequest) -> HttpResponse:
        limits.hold_used(request.POST.get("code") or request.POST.get("refresh_token") or "")
        limits.hold_in_service(_client_of(request))
        return super().post(request)


class Introspection(library.IntrospectView):
    """What a token is worth, told to the application that it was issued to.

    The library allows thirty a minute; a server that checks each call needs hundreds a second. Only what
    fails is counted: a secret or a token that is guessed.
    """

    permission = PUBLIC

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A stranger who names an application spends their own measure, never the application's.
        who, address = f"app:{_client_of(request)}", f"ip:{get_adapter().get_client_ip(request)}"
        if limits.is_spent(who, address):
            return JsonResponse({"error": "temporarily_unavailable"}, status=429)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if answer.status_code != 200:
            limits.count_failure(address)
        elif b'"active": false' in answer.content:
            limits.count_failure(who)
        return answer


class Revocation(library.RevokeView):
    """End a token."""

    permission = PUBLIC


class Logout(library.LogoutView):
    """Asked by an application: the person leaves it, and us, and every other that they entered.

    It is done at once with an ID token of this very session; else the person is asked, for an application
    that keeps an old token, or one of another device, must not close what is open here.
    """

    permission = PUBLIC

    def _must_ask(self, form: Any) -> bool:
        if self.request.user.is_anonymous:
            return False
        hint = form.cleaned_data.get("id_token_hint") or {}
        is_here = hint.get("sid") and hint["sid"] == self.request.session.get(SID)
        return not is_here or super()._must_ask(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        client = context["form"].cleaned_data.get("client") if context["form"].is_valid() else None
        context["application"] = client
        return context


def _client_of(request: HttpRequest) -> str:
    """The application that a request names, before its secret is checked."""
    name, _ = extract_basic_auth(dict(request.headers))
    return str(name or request.POST.get("client_id") or "")[:100]
