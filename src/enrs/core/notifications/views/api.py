"""The API of the members' own software (keys), and what the SMS gateway tells us (signed)."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.audit.commands import note
from enrs.core.notifications.commands.members import AskedSms, RefusedSmsError, record_sms
from enrs.core.notifications.commands.receipts import narrow, take_receipt, take_reply
from enrs.core.notifications.models import Sending, SmsAccount
from enrs.core.notifications.queries.sendings import account_of_key, sending
from enrs.core.notifications.rules.phones import PhoneError, normalise
from enrs.core.notifications.rules.signing import KEY_PREFIX, is_signed
from enrs.core.ui.bodies import takes_body

MOST_BYTES = 16 * 1024
"""A body of the API is a short JSON object: what is longer is refused before it is read."""

TOO_LARGE = RefusedSmsError(413, "too_large", "Cette demande dépasse 16 Ko.")

ApiView = Callable[..., HttpResponse]


def _answers(view: ApiView) -> ApiView:
    """Turn refusals into JSON: `{"error": code, "message": French sentence}`."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RefusedSmsError as error:
            return _refusal(error)

    return takes_body(MOST_BYTES, refuse=lambda _: _refusal(TOO_LARGE))(answered)


def _refusal(error: RefusedSmsError) -> HttpResponse:
    response = JsonResponse({"error": error.code, "message": error.words}, status=error.status)
    if error.wait:
        response["Retry-After"] = str(error.wait)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@permission(PUBLIC)
@csrf_exempt
@require_POST
@_answers
def send(request: HttpRequest) -> HttpResponse:
    """`POST {to, text, reference?, sender?}` with a key: 202 and the number of the SMS; 200 when known."""
    account, actor = _member(request)
    given = _object(request.body)
    parts = {name: given.get(name, "") for name in ("to", "text", "reference", "sender")}
    odd = [name for name, value in parts.items() if not isinstance(value, str) or "\0" in value]
    if odd:
        raise RefusedSmsError(422, "type", f"« {odd[0]} » doit être un texte.")
    asked = AskedSms(**parts, key=request.headers.get("Idempotency-Key", "").strip())
    with acting(actor):
        made, is_new = record_sms(account_id=account.id, asked=asked)
    response = JsonResponse(_told(made), status=202 if is_new else 200)
    response["Location"] = reverse("notifications:api_state", args=[made.id])
    return response


@permission(PUBLIC)
@csrf_exempt
@require_safe
@_answers
def state(request: HttpRequest, sending_id: UUID) -> HttpResponse:
    """What became of one SMS of the key's own account; another's is a 404."""
    account, _ = _member(request)
    found = sending(sending_id)
    if found is None or found.account_id != account.id or found.channel != "sms":
        raise RefusedSmsError(404, "unknown", "Ce SMS est inconnu.")
    return JsonResponse(_told(found))


@permission(PUBLIC)
@csrf_exempt
@require_POST
@_answers
def receipt(request: HttpRequest) -> HttpResponse:
    """`POST {id, event, state: delivered|failed, at?, detail?}` by the gateway, signed."""
    given = _signed(request)
    told = {name: str(given.get(name, ""))[:300] for name in ("id", "event", "state", "detail")}
    if told["state"] not in ("delivered", "failed") or not told["id"] or not told["event"]:
        raise RefusedSmsError(422, "receipt", "Il faut id, event, et state : delivered ou failed.")
    with acting(SYSTEM):
        is_known = take_receipt(
            provider_id=told["id"][:100],
            state=told["state"],
            event_key=told["event"][:100],
            at=_moment(given.get("at")),
            detail=told["detail"],
        )
    if not is_known:
        raise RefusedSmsError(404, "unknown", "Ce numéro d’envoi est inconnu.")
    return JsonResponse({"taken": True})


@permission(PUBLIC)
@csrf_exempt
@require_POST
@_answers
def reply(request: HttpRequest) -> HttpResponse:
    """`POST {from, text, to?}` by the gateway, signed: what somebody answered; STOP is obeyed."""
    given = _signed(request)
    try:
        phone = normalise(str(given.get("from", "")))
    except PhoneError as error:
        raise RefusedSmsError(422, "from", str(error)) from error
    with acting(SYSTEM):
        done = take_reply(
            phone=phone, text=str(given.get("text", ""))[:500], sender_name=str(given.get("to", ""))
        )
    return JsonResponse({"done": done})


def _member(request: HttpRequest) -> tuple[SmsAccount, Actor]:
    """The account of the key given, which row security then shows alone; a wrong key leaves a line."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = account_of_key(key.strip()) if scheme.lower() == "bearer" and key else None
    if found is None:
        if key.startswith(KEY_PREFIX):
            note("sms.key.refused", outcome="refused", object_kind="sms_key", object_id=key[:10])
        raise RefusedSmsError(
            401, "key", "Cette clé est inconnue, révoquée, ou son compte est fermé."
        )
    account, held = found
    narrow("sms_account", str(account.id))
    name = f"{account.organisation_name} ({held.label})"
    return account, Actor(kind="software", name=name, role="anonymous", channel="api")


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedSmsError(400, "json", "Le corps n’est pas du JSON.") from error
    if not isinstance(given, dict):
        raise RefusedSmsError(400, "json", "Le corps doit être un objet JSON.")
    return given


def _signed(request: HttpRequest) -> dict[str, Any]:
    """The object that the gateway signed with our common secret, less than five minutes ago."""
    body = request.body
    header = request.headers.get("X-Enrs-Signature", "")
    if not is_signed(settings.SMS_SECRET.encode(), body, header, time.time()):
        raise RefusedSmsError(401, "signature", "La signature manque, est fausse ou trop ancienne.")
    return _object(body)


def _moment(text: object) -> datetime:
    """The moment told by the gateway, when it is one and not yet to come; else now."""
    now = timezone.now()
    try:
        given = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return min(given, now) if given.tzinfo is not None else now


def _told(one: Sending) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "state": str(one.state),
        "reference": one.reference,
        "segments": one.segments,
        "created_at": one.created_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "error": one.error,
    }
