"""Pages of the action plans: what every source has to do, one action, its proof."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.audit.commands import note
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity import commands
from enrs.referentials.identity.forms.desk import ReasonForm
from enrs.referentials.identity.forms.governance import ActionForm, ProofForm
from enrs.referentials.identity.models import IdentitySource, SourceAction
from enrs.referentials.identity.queries import governance as queries_governance
from enrs.referentials.identity.queries import incidents as queries_incidents
from enrs.referentials.identity.queries import quality as queries_quality
from enrs.referentials.identity.queries.unit import contacts_of
from enrs.referentials.identity.rules.governance import INDICATORS
from enrs.referentials.identity.views.desk import OFFICERS, PAGE, TOO_LATE, key_of
from enrs.referentials.identity.views.governance import action_rows
from enrs.referentials.identity.views.sources import day_of, is_officer_or_404, source_or_404


@permission(PROFESSIONAL)
@require_GET
def action_list(request: HttpRequest) -> HttpResponse:
    """Every action, the most overdue first; a team sees those of its own source."""
    is_officer = is_officer_or_404()
    state = request.GET.get("etat", "")
    state = state if state in SourceAction.State.values else "open"
    chosen = key_of(request.GET.get("source", ""))
    source = queries_quality.source(chosen) if chosen else None
    on, key = day_of(request.GET.get("le", "")), key_of(request.GET.get("after", ""))
    found = queries_governance.actions(
        source=source, state=state, after=(on, key) if on and key else None, limit=PAGE + 1
    )
    shown, next_url = found[:PAGE], ""
    kept = ({} if state == "open" else {"etat": state}) | (
        {"source": str(source.id)} if source else {}
    )
    if len(found) > PAGE:
        keys = {"le": shown[-1].due_on.isoformat(), "after": shown[-1].id}
        next_url = f"?{urlencode(kept | keys)}"
    note("identity.action.listed", object_kind="identity_source_action")
    context = {
        "rows": action_rows(shown),
        "is_officer": is_officer,
        "is_open": state == "open",
        "filters": _filters(state, source),
        "next_url": next_url,
    }
    return render(request, "identity/actions.html", context)


def _filters(state: str, source: IdentitySource | None) -> list[Filter]:
    states = [
        Choice("" if code == "open" else code, str(words), is_current=code == state)
        for code, words in SourceAction.State.choices
    ]
    sources = [Choice("", "Toutes", is_current=source is None)]
    sources += [
        Choice(str(one.id), one.name, is_current=one == source)
        for one, _ in queries_quality.sources()
    ]
    return [Filter("etat", "État", states), Filter("source", "Source", sources)]


@permission(PROFESSIONAL)
@require_GET
def action(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """One action: where it comes from, who does it until when, its proof, its history."""
    found, is_officer = _action(action_id)
    return render(
        request, "identity/action.html", _page(found, is_officer) | {"form": ProofForm()}
    )  # fmt: skip


def _action(action_id: UUID) -> tuple[SourceAction, bool]:
    is_officer = is_officer_or_404()
    found = queries_governance.action(action_id)
    if found is None:
        raise Http404
    return found, is_officer


def _page(found: SourceAction, is_officer: bool) -> dict[str, Any]:
    note("identity.action.read", object_kind="identity_source_action", object_id=found.id)
    return {
        "action": found,
        "is_late": action_rows([found])[0][1],
        "is_officer": is_officer,
        "indicator": INDICATORS.get(found.indicator, ("", ""))[0],
        "steps": queries_governance.steps_of([found.id]),
    }


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def action_new(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Open an action, from an audit, an adverse event or an indicator when the address names one."""
    found, _ = source_or_404(source_id)
    people = contacts_of([found.system]).get(found.system, [])
    owners = [
        (str(one.id), f"{one.name}, {one.duty}" if one.duty else one.name) for one in people
    ]  # fmt: skip
    asked = request.GET.get("indicateur", "")
    form = ActionForm(
        request.POST or None, owners=owners, initial={"indicator": asked if asked in INDICATORS else ""}
    )  # fmt: skip
    audit = queries_governance.audit(key_of(request.GET.get("audit", "")) or UUID(int=0))
    incident = queries_incidents.incident(
        key_of(request.GET.get("evenement", "")) or UUID(int=0)
    )  # fmt: skip
    audit = audit if audit is not None and audit.source_id == found.id else None
    if request.method == "POST" and form.is_valid():
        made = commands.open_action(
            source_id=source_id, by=current_actor(), audit_id=audit.id if audit else None,
            incident_id=incident.id if incident else None, **form.cleaned_data,
        )  # fmt: skip
        messages.success(request, "L’action est ouverte.")
        return redirect("identity:action", made.id)
    context = {
        "source": found,
        "form": form,
        "has_owner": bool(owners),
        "audit": audit,
        "incident": incident,
    }
    return render(request, "identity/action_new.html", context, status=422 if form.errors else 200)


@permission(PROFESSIONAL)
@require_POST
def action_settle(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Say that an action is done, with its proof; the unit may drop it."""
    found, is_officer = _action(action_id)
    form = ProofForm(request.POST)
    if not form.is_valid():
        context = _page(found, is_officer) | {"form": form}
        return render(request, "identity/action.html", context, status=422)
    is_done = request.POST.get("act", "") != "drop"
    try:
        commands.settle_action(
            action_id=action_id, is_done=is_done, proof=form.cleaned_data["proof"], by=current_actor()
        )  # fmt: skip
        messages.success(
            request, "L’action est faite." if is_done else "L’action est abandonnée."
        )  # fmt: skip
    except AccessRefusedError as error:
        raise Http404 from error
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:action", action_id)


@permission(OFFICERS)
@require_POST
def action_reopen(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Take back that an action is done or dropped."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi l’action est à reprendre.")
        return redirect("identity:action", action_id)
    try:
        commands.reopen_action(
            action_id=action_id, reason=form.cleaned_data["reason"], by=current_actor()
        )
        messages.success(request, "L’action est de nouveau à faire.")
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:action", action_id)
