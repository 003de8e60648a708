"""The screens « Messages » and « Partenaires » of the exploitation."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.formats.hl7v2 import QUERIES, SUPPORTED
from enrs.interop.gateway import commands, queries
from enrs.interop.gateway.forms import PartnerForm
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.rules import masked

OPERATOR = role_permission("operator")
TONES = {
    "received": "information", "applied": "sûr", "waiting": "attention", "parked": "alerte",
    "refused": "alerte", "duplicate": "neutre",
}  # fmt: skip
ANSWERS = {"AA": "accepté", "AE": "en erreur", "AR": "rejeté"}
"""What the acknowledgement codes mean (HL7 table 0008)."""


@permission(OPERATOR)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages, the newest first."""
    names = queries.names_of_partners()
    state, sender, kind = (request.GET.get(name, "") for name in ("etat", "partenaire", "type"))
    found, last = queries.messages(
        state=state, sender=sender, kind=kind, before=_uuid(request.GET.get("avant", ""))
    )
    kept = {name: value for name, value in request.GET.items() if name != "avant"}
    context = {
        "rows": [_row(one, names) for one in found],
        "filters": _filters(state, sender, kind, names),
        "next_url": "?" + urlencode(kept | {"avant": str(last)}) if last else "",
        "here": "?" + urlencode(kept),
        "is_filtered": bool(state or sender or kind),
        "live": live_context("inbox", f"user:{current_actor().user_id}"),
    }
    return render(request, "gateway/inbox.html", context)


@permission(OPERATOR)
@require_safe
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message: what it said, what it did, what went wrong. Reading it leaves a line."""
    one = _message(message_id)
    note(
        "gateway.message.read",
        patient_id=one.patient_id,
        object_kind="message",
        object_id=one.id,
    )
    context = {
        "row": _row(one, queries.names_of_partners()),
        "message": one,
        "where": f"Dans le message, en {one.error_where}" if one.error_where else "",
        "answer": f"{one.ack_code} ({ANSWERS[one.ack_code]})"
        if one.ack_code in ANSWERS
        else one.ack_code,
        "lines": queries.lines_of(bytes(one.body)),
        "may_replay": one.state in commands.REPLAYED,
        "may_park": one.state in (Inbox.State.WAITING, Inbox.State.RECEIVED),
    }
    return render(request, "gateway/message.html", context)


@permission(OPERATOR)
@require_POST
def replay(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Have a message applied again."""
    try:
        commands.replay(message=_message(message_id))
    except commands.MessageStateError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "Le message sera rejoué dans la seconde.")
    return redirect("gateway:message", message_id)


@permission(OPERATOR)
@require_POST
def park(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Put a message aside."""
    try:
        commands.park(message=_message(message_id), reason=request.POST.get("reason", ""))
    except commands.MessageStateError as error:
        toasts.error(request, str(error))
    else:
        toasts.success(request, "Le message est mis de côté.")
    return redirect("gateway:message", message_id)


@permission(OPERATOR)
@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    """The systems that send."""
    return render(request, "gateway/partners.html", {"partners": queries.partners()})


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """One partner, to edit."""
    one = get_object_or_404(Partner, pk=partner_id)
    form = PartnerForm(request.POST or None, instance=one)
    if request.method == "POST" and form.is_valid():
        try:
            commands.edit_partner(partner=one, expected_version=form.cleaned_data["version"])
        except StaleSaveError:
            form.add_error(
                None, "Quelqu’un a modifié ce partenaire entre-temps : rechargez la page."
            )
        else:
            toasts.success(request, "Le partenaire est enregistré.")
            return redirect("gateway:partners")
    return render(request, "gateway/partner.html", {"form": form, "partner": one})


def _message(identifier: UUID) -> Inbox:
    found = queries.message(identifier)
    if found is None:
        raise Http404
    return found


def _row(one: Inbox, names: dict[str, str]) -> dict[str, object]:
    code, _, trigger = one.message_type.partition("^")
    return {
        "id": one.id,
        "meaning": (SUPPORTED | QUERIES).get((code, trigger), ""),
        "received_at": one.received_at,
        "state": Inbox.State(one.state).label,
        "tone": TONES[one.state],
        "type": one.message_type.replace("^", " ") or "Illisible",
        "control_id": one.control_id,
        "partner": names.get(one.sender, one.sender.strip("|") or "Émetteur inconnu"),
        "patient": masked(one.patient_key),
        "error": one.error_text,
        "is_reused_id": one.is_reused_id,
    }


def _filters(state: str, sender: str, kind: str, names: dict[str, str]) -> list[Filter]:
    states = [(value, label) for value, label in Inbox.State.choices if value != "duplicate"]
    kinds = [
        ("ADT", "Identités et séjours"),
        ("ORU", "Résultats"),
        ("MDM", "Documents"),
        ("QBP", "Questions refusées"),
    ]
    return [
        _filter("etat", "État", "Tous", states, state),
        _filter(
            "partenaire",
            "Partenaire",
            "Tous",
            sorted(names.items(), key=lambda one: one[1]),
            sender,
        ),
        _filter("type", "Type", "Tous", kinds, kind),
    ]


def _filter(
    name: str, label: str, everything: str, options: list[tuple[str, str]], chosen: str
) -> Filter:
    choices = [Choice("", everything, is_current=not chosen)]
    choices += [Choice(value, words, is_current=value == chosen) for value, words in options]
    return Filter(name, label, choices)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
