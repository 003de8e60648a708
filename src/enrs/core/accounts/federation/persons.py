"""Patients and relatives who come by FranceConnect: known by the `sub` of their link, and by nothing else."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from enrs.core.access.actor import ANONYMOUS
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.commands.identities import PERSONS, IdentityLinkError, link_identity
from enrs.core.accounts.federation.arrivals import hold
from enrs.core.accounts.rules.civil_status import CivilStatus
from enrs.core.accounts.rules.identities import AnswerRefusedError
from enrs.core.audit.commands import note


def arrive(request: HttpRequest, sociallogin: Any, civil: CivilStatus) -> None:
    """Let a linked account go on to its session; link the one that asked; show a newcomer the ways in.

    Raises:
        AnswerRefusedError: the answer is to another's question, or the account is no person's.
        ImmediateHttpResponse: the library does nothing more.
    """
    if sociallogin.state.get("process") == AuthProcess.CONNECT:
        _link(request, sociallogin)
    elif sociallogin.is_existing:
        if sociallogin.user.kind not in PERSONS:
            raise AnswerRefusedError("kind")
    else:
        note(
            "account.federation.unknown", outcome="refused", object_kind="provider",
            object_id=sociallogin.enrs_app.provider_id, reason="unknown", actor=ANONYMOUS,
        )  # fmt: skip
        hold(request, sociallogin, civil)
        raise ImmediateHttpResponse(redirect(reverse(settings.FRAME_URLS["arrival"])))


def _link(request: HttpRequest, sociallogin: Any) -> None:
    """Link the identity to the account that asked, in the session that asked."""
    user = request.user
    if not user.is_authenticated or sociallogin.state.get("user_id") != str(user.pk):
        raise AnswerRefusedError("user")
    app = sociallogin.enrs_app
    try:
        link_identity(user=user, provider=app.provider_id, subject=sociallogin.account.uid)
    except IdentityLinkError as error:
        messages.error(request, str(error))
    except AccessRefusedError as error:
        raise AnswerRefusedError("kind") from error
    else:
        messages.success(request, f"{app.name} ouvre désormais votre compte.")
    raise ImmediateHttpResponse(redirect("mfa_index"))
