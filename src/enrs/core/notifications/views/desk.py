"""« Envois »: what leaves the platform, for the exploitation, with what a person may decide on it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.notifications import channels, commands
from enrs.core.notifications.commands import desk
from enrs.core.notifications.models import Sending
from enrs.core.notifications.queries import sendings as queries
from enrs.core.notifications.registry import KINDS
from enrs.core.ui.shapes import Choice, Filter

OPERATOR = role_permission("operator")
TONES = {
    "waiting": "information", "leaving": "information", "sent": "sûr", "delivered": "sûr",
    "failed": "alerte", "uncertain": "attention", "cancelled": "neutre",
}  # fmt: skip
WORDS = {
    "member.sms": "SMS d’un logiciel",
    "notice.digest": "Résumé du jour",
    "sms.receipt": "Accusé d’un SMS",
}


@permission(OPERATOR)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every sending, newest first."""
    given = {name: request.GET.get(name, "") for name in ("etat", "canal", "compte")}
    found, last = queries.sendings(
        state=given["etat"],
        channel=given["canal"],
        account=identifier(given["compte"]),
        before=identifier(request.GET.get("avant", "")),
    )
    kept = {name: value for name, value in given.items() if value}
    context = {
        "rows": [row(one) for one in found],
        "filters": _filters(given),
        "next_url": "?" + urlencode(kept | {"avant": str(last)}) if last else "",
        "here": "?" + urlencode(kept),
        "is_filtered": bool(kept),
        "to_look_at": queries.to_look_at(),
        "stand_ins": channels.stand_ins(),
        "missing": channels.missing(),
        "live": live_context("inbox", f"user:{current_actor().user_id}"),
    }
    return render(request, "notifications/sendings.html", context)


@permission(OPERATOR)
@require_safe
def sending(request: HttpRequest, sending_id: UUID) -> HttpResponse:
    """One sending: what it says, where it stands, what was told of it. Reading it leaves a line."""
    one = queries.sending(sending_id)
    if one is None:
        raise Http404
    note("sending.read", object_kind="sending", object_id=one.id)
    context = {
        "row": row(one),
        "sending": one,
        "receipts": [(_state(r.state), r) for r in queries.receipts_of(one.id)],
        "may_resend": one.state in desk.RESENT and bool(one.content),
        "may_cancel": one.state in desk.CANCELLED,
    }
    return render(request, "notifications/sending.html", context)


@permission(OPERATOR)
@require_POST
def resend(request: HttpRequest, sending_id: UUID) -> HttpResponse:
    """Have it leave again."""
    try:
        commands.resend(sending_id=sending_id)
    except commands.SendingStateError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "L’envoi repartira dans la minute.")
    return redirect("notifications:sending", sending_id)


@permission(OPERATOR)
@require_POST
def cancel(request: HttpRequest, sending_id: UUID) -> HttpResponse:
    """Give it up."""
    try:
        reason = request.POST.get("reason", "").strip()[:200]
        commands.cancel_sending(sending_id=sending_id, reason=reason)
    except commands.SendingStateError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "L’envoi est annulé.")
    return redirect("notifications:sending", sending_id)


@permission(OPERATOR)
@require_safe
def stand_in(request: HttpRequest) -> HttpResponse:
    """What would have left, where a stand-in serves for a gateway."""
    found, last = queries.stand_in_messages(identifier(request.GET.get("avant", "")))
    names = dict(Sending.Channel.choices)
    context = {
        "rows": [(names[one.channel], one) for one in found],
        "stand_ins": [names[name] for name in channels.stand_ins()],
        "next_url": f"?avant={last}" if last else "",
    }
    return render(request, "notifications/stand_in.html", context)


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def stops(request: HttpRequest) -> HttpResponse:
    """The numbers that take no more SMS; a POST adds one or lifts one."""
    if request.method == "POST":
        lifted = identifier(request.POST.get("reprendre", ""))
        try:
            if lifted:
                commands.lift_stop(stop_id=lifted)
            else:
                commands.stop_number(phone=request.POST.get("numero", ""))
        except ValueError as error:
            toasts.error(request, str(error))
        else:
            toasts.success(request, "C’est enregistré.")
        return redirect("notifications:stops")
    found, last = queries.stops(identifier(request.GET.get("avant", "")))
    context = {"stops": found, "next_url": f"?avant={last}" if last else ""}
    return render(request, "notifications/stops.html", context)


def row(one: Sending) -> dict[str, Any]:
    """One sending as lists show it; a recipient by its end alone."""
    label, tone = _state(one.state)
    kind = KINDS.get(one.kind)
    return {
        "id": one.id,
        "created_at": one.created_at,
        "channel": Sending.Channel(one.channel).label,
        "state": label,
        "tone": tone,
        "words": WORDS.get(one.kind) or (kind.label if kind and kind.label else one.kind),
        "recipient": masked(one.recipient),
        "account": one.account.organisation_name if one.account else "Plateforme régionale",
        "error": one.error,
        "segments": one.segments,
        "reference": one.reference,
    }


def masked(recipient: str) -> str:
    """« …78 » for a number, « m…@domaine » for an address, the host of a callback."""
    if "://" in recipient:
        return recipient.split("/")[2]
    name, at, domain = recipient.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{recipient[-2:]}"


def _state(state: str) -> tuple[str, str]:
    return str(Sending.State(state).label), TONES[state]


def _filters(given: dict[str, str]) -> list[Filter]:
    members = [(str(one.id), one.organisation_name) for one in queries.accounts()]
    options: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("etat", "État", [(str(value), str(label)) for value, label in Sending.State.choices]),
        ("canal", "Canal", [(str(value), str(label)) for value, label in Sending.Channel.choices]),
        ("compte", "Compte", members),
    ]
    return [
        Filter(
            name,
            label,
            [
                Choice("", "Tous", is_current=not given[name]),
                *(Choice(value, words, is_current=value == given[name]) for value, words in pairs),
            ],
        )
        for name, label, pairs in options
    ]


def identifier(text: str) -> UUID | None:
    """An identifier given in an address; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
