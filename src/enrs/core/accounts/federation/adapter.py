"""Who comes back from another identity provider: recognised by a national number, or by the `sub` of a link.

Nothing else recognises anybody: no e-mail address, no name.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from enrs.core.access.actor import ANONYMOUS
from enrs.core.accounts.federation.persons import arrive
from enrs.core.accounts.queries.federation import user_of_national_id
from enrs.core.accounts.rules.civil_status import civil_status_of
from enrs.core.accounts.rules.identities import (
    Activity,
    AnswerRefusedError,
    Identity,
    check_answer,
    identity_of,
    proves_two_factors,
)
from enrs.core.accounts.rules.logouts import MOST
from enrs.core.audit.commands import note

WORDS = {
    "acr": "Le niveau de la connexion ne suffit pas : il faut une carte CPS ou l’application e-CPS.",
    "acr_person": "Le niveau de la connexion ne suffit pas : recommencez, avec un autre compte de FranceConnect.",
    "civil_status": "FranceConnect n’a pas donné votre état civil : recommencez, et acceptez de le transmettre.",
    "kind": "FranceConnect ouvre le compte des patients et des proches, jamais un compte professionnel.",
    "user": "Cette réponse n’est pas à la demande de votre compte : connectez-vous, puis recommencez.",
    "identifier": "Le fournisseur n’a donné aucun numéro national (RPPS) : nous ne reconnaissons personne autrement.",
}


class SocialAdapter(DefaultSocialAccountAdapter):
    """No account is opened here, and none is found by an e-mail address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: Any) -> None:
        """Never: an address proves nothing of who is there."""
        return

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Check the answer, find whose account it opens, or say what to do."""
        app, data = sociallogin.enrs_app, sociallogin.enrs_answer
        options = app.settings
        try:
            check_answer(
                data.get("id_token") or {},
                data.get("userinfo") or {},
                nonce=sociallogin.state.get("nonce", ""),
                acr=options.get("acr", ""),
            )
            if options.get("audience") == "person":
                _keep(sociallogin)
                arrive(request, sociallogin, civil_status_of(data.get("userinfo") or {}))
                return
            identity = identity_of(
                (data.get("id_token") or {}) | (data.get("userinfo") or {}),
                claim=options["uid_field"],
                link=options.get("link", "idnps"),
                names=options.get("names", {}),
            )
        except AnswerRefusedError as error:
            _refuse(request, app, str(error))
        user = user_of_national_id(identity.national_id)
        if user is None:
            _unknown(request, app, identity)
        sociallogin.user = user
        _keep(sociallogin, identity.activities)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None,
        extra_context: Any = None,
    ) -> None:  # fmt: skip
        """The library's page, with its line."""
        reason = type(exception).__name__ if exception else str(error or "")
        note(
            "account.federation.refused", outcome="refused", object_kind="provider", object_id=provider.sub_id,
            reason=reason, actor=ANONYMOUS,
        )  # fmt: skip


def _keep(sociallogin: Any, activities: Sequence[Activity] = ()) -> None:
    """Keep, in the library's own state, what a sign-in that waits for its second factor must not lose."""
    app = sociallogin.enrs_app
    sociallogin.state["federation"] = {
        "provider": app.provider_id,
        "name": app.name,
        "id_token": sociallogin.enrs_id_token,
        "end_session": sociallogin.enrs_end_session,
        "activities": [asdict(one) for one in activities],
        "is_strong": proves_two_factors(app.settings),
        "subject": _claim(sociallogin, "sub"),
        "sid": _claim(sociallogin, "sid"),
    }


def _claim(sociallogin: Any, name: str) -> str:
    """A claim of the ID token, which was checked; empty when there is none, or too long to be kept."""
    value = (sociallogin.enrs_answer.get("id_token") or {}).get(name, "")
    return value if isinstance(value, str) and len(value) <= MOST else ""


def remember(request: HttpRequest, sociallogin: Any) -> None:
    """Keep in the new session what choosing a place and logging out will need."""
    request.session["federation"] = dict(sociallogin.state["federation"])


def logout_address(request: HttpRequest) -> str:
    """Where the provider's own session is closed, to come back to us; empty without one."""
    kept = request.session.get("federation") or {}
    if not kept.get("end_session") or not kept.get("id_token"):
        return ""
    gone = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('account_login')}"
    query = {
        "id_token_hint": kept["id_token"],
        "post_logout_redirect_uri": gone,
        "state": secrets.token_urlsafe(24),  # FranceConnect demands one
    }
    return f"{kept['end_session']}?{urlencode(query)}"


def _refuse(request: HttpRequest, app: Any, reason: str) -> None:
    note(
        "account.federation.refused", outcome="refused", object_kind="provider", object_id=app.provider_id,
        reason=reason, actor=ANONYMOUS,
    )  # fmt: skip
    is_person = app.settings.get("audience") == "person"
    words = WORDS.get(f"{reason}_person", "") if is_person else ""
    context = {"name": app.name, "words": words or WORDS.get(reason, "")}
    page = render(request, "socialaccount/authentication_error.html", context, status=403)
    raise ImmediateHttpResponse(page)


def _unknown(request: HttpRequest, app: Any, identity: Identity) -> None:
    note(
        "account.federation.unknown", outcome="refused", object_kind="provider", object_id=app.provider_id,
        reason="unknown", actor=ANONYMOUS,
    )  # fmt: skip
    request.session["enrolment"] = {"provider": app.provider_id} | asdict(identity)
    try:
        enrolment = reverse(settings.FRAME_URLS.get("enrol", ""))
    except NoReverseMatch:
        enrolment = ""
    context = {"name": app.name, "identity": identity, "enrolment_url": enrolment}
    raise ImmediateHttpResponse(render(request, "accounts/not_opened.html", context, status=403))
