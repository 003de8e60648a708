"""The tab of the record, the plan opened, the plans for which somebody answers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission, role_permission
from enrs.core.access.readings import opening_of
from enrs.core.live.views import live_context
from enrs.core.plans import queries as plans
from enrs.core.plans.commands import PlanRefusedError
from enrs.core.plans.flows import BOARD
from enrs.core.plans.forms import sentence_of
from enrs.core.ui.patient_page import patient_page
from enrs.referentials.identity.queries import patient_names
from enrs.services.health_plan import commands, forms, queries, rules

WRITES = patient_permission("plan", "write")


@permission(patient_permission("plan"))
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The person's plan, those before it, or the first act."""
    opening, found = opening_of(request), plans.plans_of(patient_id, commands.KIND)
    current = plans.open_plan(patient_id, commands.KIND)
    is_own = opening.decision.role in ("patient", "proxy")
    refused = ""
    if current is None and not is_own:
        refused = queries.refusal(patient_id)
    whole = plans.whole(current) if current else None
    context = {
        "plan": current,
        "whole": whole,
        "awaited": [one for one in plans.asked_of(whole) if one.is_awaited] if whole else [],
        "past": [one for one in found if current is None or one.id != current.id],
        "may_open": not is_own and opening.may("write", "plan") and refused in ("", "age"),
        "refused": rules.REFUSALS.get(refused, "") if opening.may("write", "plan") else "",
        "is_exception": refused == "age",
        "is_own": is_own,
    }
    return patient_page(request, "health_plan/panel.html", context, panel="health_plan")


@permission(WRITES)
def begin(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Open a plan; the one that is open already is shown."""
    known = plans.open_plan(patient_id, commands.KIND)
    if known is not None:
        return redirect("plans:plan", patient_id, known.id)
    refused = queries.refusal(patient_id)
    form = forms.OpenForm(
        request.POST or None,
        templates=plans.templates_for(commands.KIND),
        asks_why=refused == "age",
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.open_health_plan(patient_id=patient_id, **form.values)
        except PlanRefusedError as error:
            form.add_error(error.field if error.field in form.fields else None, sentence_of(error))
        else:
            messages.success(
                request, "Plan ouvert : complétez-le avec la personne, puis envoyez-le."
            )
            return redirect("plans:plan", patient_id, made.id)
    context = {
        "form": form,
        "refused": rules.REFUSALS.get(refused, "") if refused != "age" else "",
        "age": queries.age_of(patient_id),
        "is_exception": refused == "age",
    }
    return patient_page(request, "health_plan/begin.html", context, panel="health_plan")


@permission(role_permission(*rules.OPENERS))
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The plans for which one answers: figures, then the list of one state."""
    state = request.GET.get("etat", "")
    rows, after = plans.followed(commands.KIND, state, _key(request.GET.get("apres", "")))
    names = patient_names([one.patient_id for one in rows])
    context = {
        "figures": plans.figures(commands.KIND),
        "rows": [(one, names.get(one.patient_id, "")) for one in rows],
        "states": plans.STATES,
        "state": state if state in dict(plans.STATES) else "",
        "next_url": f"{request.path}?etat={state}&apres={after}" if after else "",
        "board": BOARD,
        "live": live_context(f"user:{current_actor().user_id}"),
    }
    return render(request, "health_plan/home.html", context)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
