"""« Demandes d’exercice de droits »: the desk of the data-protection officer."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.moments import legal_day
from enrs.core.ui.shapes import Choice, Filter
from enrs.services.rights import commands, papers
from enrs.services.rights.forms import (
    AnswerForm,
    ExtendForm,
    IdentityForm,
    LiftForm,
    RefuseForm,
    RegisterForm,
    RestrictForm,
    WishForm,
)
from enrs.services.rights.models import RightsRequest
from enrs.services.rights.queries import requests as queries
from enrs.services.rights.queries.restrictions import restriction_of
from enrs.services.rights.rules import requests as rules
from enrs.services.rights.views.acts import Acts, answer

OFFICER = role_permission("auditor")
TONES: Final = {
    "received": "information", "extended": "attention", "answered": "sûr", "refused": "neutre",
}  # fmt: skip
ACTS: Final[Acts] = {
    "identity": (IdentityForm, commands.check_identity, "La vérification est notée."),
    "wish": (WishForm, commands.check_wish, "La recherche est notée."),
    "extend": (ExtendForm, commands.extend_right, "Le délai est prolongé de deux mois : la personne en est prévenue."),
    "answer": (AnswerForm, commands.answer_right, "La réponse est enregistrée : imprimez la lettre si besoin."),
    "copy": (
        forms.Form, commands.send_copy,
        "La copie est préparée dans l’espace de qui la demande ; la réponse est enregistrée.",
    ),
    "restrict": (
        RestrictForm, commands.restrict,
        "Le traitement du dossier est limité ; la réponse est enregistrée et la personne prévenue.",
    ),
    "refuse": (RefuseForm, commands.refuse_right, "Le refus est enregistré : imprimez la lettre si besoin."),
}  # fmt: skip
LIFTING: Final[Acts] = {
    "lift": (LiftForm, commands.lift, "La limitation est levée : la personne en est prévenue."),
}


@permission(OFFICER)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What is owed, the first to answer first; or what was answered."""
    given = request.GET
    view = given.get("vue", "") if given.get("vue", "") in queries.VIEWS else ""
    kind = given.get("droit", "") if given.get("droit", "") in rules.RIGHTS else ""
    late = given.get("retard") == "1" and not view
    text = given.get("q", "").replace("\x00", "").strip()[:100]
    found, last = queries.requests(
        view=view, kind=kind, is_late=late, text=text, before=_before(given.get("apres", ""))
    )
    kept = {name: given[name] for name in ("vue", "droit", "retard", "q") if given.get(name)}
    note(
        "rights.requests.read",
        object_kind="list",
        patient_ids=[one.patient_id for one in found if one.patient_id],
    )
    context = {
        "rows": [row(one) for one in found],
        "view": view,
        "q": text,
        "filters": _filters(kind, late=late, view=view),
        "is_filtered": bool(kind or late or text),
        "next_url": "?" + urlencode(kept | {"apres": f"{last.due_on}~{last.id}"}) if last else "",
    }
    return render(request, "rights/requests.html", context)


@permission(OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Take what came by letter or in person."""
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.register_right(**form.cleaned_data)
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, f"La demande {made.number} est enregistrée.")
            return redirect("rights:request", made.id)
    status = 422 if form.errors else 200
    return render(request, "rights/register.html", {"form": form}, status=status)


@permission(OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request with what was done; a POST does one thing more (`acte`)."""
    held = queries.request_of_desk(request_id)
    if held is None:
        raise Http404
    restriction = restriction_of(held)
    is_restricted = restriction is not None and restriction.lifted_at is None
    # What is restricted has its answer: there is but that to lift.
    may, what = (
        (LIFTING, {"restriction": restriction}) if is_restricted else (ACTS, {"asked": held})
    )
    answered = answer(request, may, **what)
    if answered.is_done:
        return redirect("rights:request", held.id)
    note(
        "rights.request.read",
        patient_id=held.patient_id,
        object_kind="rights_request",
        object_id=held.id,
    )
    context = page_of(held) | {
        "forms": answered.forms,
        "acte": answered.act,
        "is_restricted": is_restricted,
    }
    context |= _may(held)
    return render(request, "rights/request.html", context, status=answered.status)


@permission(OFFICER)
@require_safe
def letter(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The closing letter, as PDF."""
    held = queries.request_of_desk(request_id)
    if held is None or rules.is_open(held.state):
        raise Http404
    return letter_of(held)


def letter_of(held: RightsRequest) -> HttpResponse:
    """The letter as a download; it leaves its line."""
    note(
        "rights.request.letter",
        patient_id=held.patient_id,
        object_kind="rights_request",
        object_id=held.id,
    )
    response = HttpResponse(papers.closing_letter(held), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{held.number}.pdf"'
    return response


def page_of(held: RightsRequest) -> dict[str, Any]:
    """What both the desk and who asked see of a request."""
    return {
        "asked": held,
        "row": row(held),
        "acts": queries.acts_of(held),
        "source": rules.RIGHTS[held.kind].source,
        "refusal": rules.REFUSALS.get(held.refusal_code, ""),
        "remedy": rules.REMEDY,
        "heir_quality": rules.HEIRS.get(held.heir_quality, ""),
        "motive": rules.MOTIVES.get(held.motive, ""),
        "restriction": restriction_of(held),
    }


def row(one: RightsRequest) -> dict[str, Any]:
    """One request as lists show it."""
    return {
        "asked": one,
        "kind": one.get_kind_display(),
        "state": one.get_state_display(),
        "tone": TONES[one.state],
        "is_open": rules.is_open(one.state),
        "is_late": rules.is_late(one.state, one.due_on, legal_day(timezone.now())),
    }


def _may(held: RightsRequest) -> dict[str, bool]:
    today = legal_day(timezone.now())
    return {
        "may_copy": held.kind == RightsRequest.Kind.COPY and held.asked_by_id is not None,
        "may_restrict": held.kind == RightsRequest.Kind.RESTRICTION and held.patient_id is not None,
        "is_checked": held.identity != RightsRequest.Identity.NONE,
        "must_seek": held.wish == RightsRequest.Wish.UNCHECKED,
        "is_opposed": held.wish == RightsRequest.Wish.OPPOSED,
        "may_extend": rules.may_extend(
            kind=held.kind, state=held.state, due=held.due_on, today=today
        ),
    }


def _before(text: str) -> tuple[date, UUID] | None:
    day, _, key = text.partition("~")
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError:
        return None


def _filters(kind: str, *, late: bool, view: str) -> list[Filter]:
    kinds = [Choice(name, one.label, is_current=name == kind) for name, one in rules.RIGHTS.items()]
    found = [Filter("droit", "Droit", [Choice("", "Tous", is_current=not kind), *kinds])]
    if not view:
        choices = [
            Choice("", "Tous", is_current=not late),
            Choice("1", "En retard", is_current=late),
        ]
        found.append(Filter("retard", "Délai", choices))
    return found
