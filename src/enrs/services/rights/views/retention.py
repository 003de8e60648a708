"""« Fin de conservation »: records whose term is over, and the log of what was erased."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.subjects.holdings import remainders
from enrs.services.rights import commands, papers
from enrs.services.rights.forms import ApproveForm, KeepForm, ReleaseForm
from enrs.services.rights.models import Retention
from enrs.services.rights.queries import retention as queries
from enrs.services.rights.rules import retention as rules
from enrs.services.rights.views.acts import Acts, answer

OFFICER = role_permission("auditor")
TABS: Final = (
    ("", "À décider"), ("prolonges", "Prolongés"), ("approuves", "Approuvés"), ("elimines", "Éliminés"),
)  # fmt: skip
TONES: Final = {
    "due": "information", "kept": "neutre", "approved": "attention", "failed": "alerte", "waiting": "neutre",
}  # fmt: skip
ACTS: Final[Acts] = {
    "keep": (KeepForm, commands.keep_back, "La conservation est prolongée."),
    "release": (ReleaseForm, commands.release, "La conservation prolongée a pris fin."),
    "take_back": (forms.Form, commands.take_back, "L’approbation est retirée : rien n’est effacé."),
}  # fmt: skip


@permission(OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The lists; a POST approves that the records which were ticked be destroyed."""
    view = request.GET.get("vue", "")
    if view == "elimines":
        return _eliminated(request)
    view = view if view in queries.VIEWS else ""
    form = ApproveForm(request.POST or None)
    ticked = _keys(request.POST.getlist("dossier"))
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.approve(records=ticked, **form.cleaned_data)
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(
                request, f"Élimination {made.number} approuvée : effacement dans 48 heures."
            )
            return redirect("rights:retention")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found, last = queries.records(
        view=view, text=text, before=_before(request.GET.get("apres", ""))
    )
    note("rights.retention.read", object_kind="list", patient_ids=[one.patient_id for one in found])
    kept = {name: request.GET[name] for name in ("vue", "q") if request.GET.get(name)}
    context = _frame(view) | {
        "rows": [row(one) for one in found],
        "q": text,
        "form": form,
        "ticked": ticked,
        "remains": remainders(),
        "next_url": "?" + urlencode(kept | {"apres": f"{last.kept_until}~{last.id}"})
        if last
        else "",
    }
    status = 422 if form.errors else 200
    return render(request, "rights/retention.html", context, status=status)


def _eliminated(request: HttpRequest) -> HttpResponse:
    before = _keys([request.GET.get("apres", "")])
    found, last = queries.approvals(before=before[0] if before else None)
    note("rights.eliminations.read", object_kind="list")
    context = _frame("elimines") | {
        "approvals": found,
        "next_url": "?" + urlencode({"vue": "elimines", "apres": str(last.id)}) if last else "",
    }
    return render(request, "rights/eliminations.html", context)


@permission(OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One record; a POST does one thing more (`acte`)."""
    held = queries.record_of_desk(record_id)
    if held is None:
        raise Http404
    answered = answer(request, ACTS, record=held)
    if answered.is_done:
        return redirect("rights:retention")
    note(
        "rights.retention.read",
        patient_id=held.patient_id,
        object_kind="rights_retention",
        object_id=held.id,
    )
    context = {"row": row(held), "record": held, "forms": answered.forms, "acte": answered.act}
    return render(request, "rights/retained.html", context, status=answered.status)


@permission(OFFICER)
@require_safe
def slip(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The elimination log of one approval."""
    return render(request, "rights/slip.html", _slip(approval_id))


@permission(OFFICER)
@require_safe
def slip_pdf(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The same, as PDF."""
    found = _slip(approval_id)
    content = papers.elimination_slip(found["approval"], found["rows"])
    response = HttpResponse(content, content_type="application/pdf")
    name = f"bordereau-{found['approval'].number}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _slip(approval_id: UUID) -> dict[str, Any]:
    approval = queries.approval_of_desk(approval_id)
    if approval is None:
        raise Http404
    note("rights.eliminations.read", object_kind="rights_approval", object_id=approval.id)
    rows = [{"log": one, "rule": rules.RULES[one.rule]} for one in queries.eliminations(approval)]
    return {"approval": approval, "rows": rows, "waiting": queries.waiting_count(approval)}


def row(one: Retention) -> dict[str, Any]:
    """One record as lists show it."""
    return {
        "record": one,
        "rule": rules.RULES[one.rule],
        "state": one.get_state_display(),
        "tone": TONES[one.state],
        "hold": rules.HOLDS.get(one.hold_code, ""),
        "erased_at": one.approval.at + rules.GRACE if one.approval else None,
    }


def _frame(view: str) -> dict[str, Any]:
    return {"view": view, "tabs": TABS, "sweep": queries.sweep()}


def _keys(values: list[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _before(text: str) -> tuple[date, UUID] | None:
    day, _, key = text.partition("~")
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError:
        return None
