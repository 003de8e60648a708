"""What the pages of a plan share: its frame under the banner, refusals in words, both texts of a stale save."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import acts_as_person
from enrs.core.live.views import live_context
from enrs.core.plans import commands, forms, kinds, queries, rules
from enrs.core.plans.models import OPEN, Plan, PlanRow
from enrs.core.subjects.persons import banner_of
from enrs.core.ui.registry import record_tabs
from enrs.core.ui.shapes import Conflict
from enrs.core.workflow.commands import TaskRefusedError

READS = patient_permission("plan")
WRITES = patient_permission("plan", "write")
WORDS = {"problem": "Problème", "goal": "Objectif", "action": "Action"}
ANCHORS = {"problem": "synthese", "goal": "actions", "action": "actions"}


def plan_or_404(patient_id: UUID, plan_id: UUID) -> Plan:
    """The plan of this address, or nothing."""
    found = queries.plan(patient_id, plan_id)
    if found is None:
        raise Http404
    return found


def content_of(plan: Plan) -> dict[str, Any]:
    """What the page of a plan shows: its rows, whom it names and where each stands, who may sign it."""
    whole = queries.whole(plan)
    asked = queries.asked_of(whole)
    is_open = plan.status in OPEN
    return {
        "whole": whole,
        "team": kinds.kind_of(plan.kind).team(plan.patient_id),
        "asked": asked,
        "awaited": [one for one in asked if one.is_awaited] if is_open else [],
        "to_send": [one for one in asked if one.is_to_send] if is_open else [],
        "is_referent": is_open and queries.is_referent(plan, current_actor()),
        "signature": whole.signature,
        "print": whole.print[:12],
    }


def row_or_404(plan: Plan, kind: str, row_id: UUID) -> PlanRow:
    """The row of this address, or nothing."""
    found = queries.row(plan, kind, row_id) if kind in WORDS else None
    if found is None:
        raise Http404
    return found


def to_plan(plan: Plan, anchor: str = "") -> HttpResponse:
    """Back to the plan, at one of its parts."""
    url = reverse("plans:plan", args=[plan.patient_id, plan.id])
    return redirect(f"{url}#{anchor}" if anchor else url)


def page(
    request: HttpRequest,
    plan: Plan,
    name: str,
    context: dict[str, Any],
    *,
    reading: str = "plans.plan.read",
    status: int = 200,
) -> HttpResponse:
    """A page under the person's banner, and the line of its reading."""
    note_reading(request, reading, "plan", plan.id)
    opening, kind = opening_of(request), kinds.kind_of(plan.kind)
    shared = {
        "patient_id": plan.patient_id,
        "plan": plan,
        "kind_of_plan": kind,
        "banner": banner_of(plan.patient_id),
        "tabs": record_tabs(opening.categories, plan.patient_id, kind.panel),
        "back_url": reverse(kind.back, args=[plan.patient_id]),
        "is_open": plan.status in OPEN,
        "may_write": opening.may("write", "plan") and plan.status in OPEN,
        "may_answer": plan.status in OPEN
        and (opening.may("write", "plan") or acts_as_person(opening.decision)),
        "tone": rules.TONES[plan.status],
        "here": request.get_full_path(),
        "me": current_actor().user_id,
        "live": live_context(
            f"patient:{plan.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
    }
    return render(request, f"plans/{name}.html", shared | context, status=status)


@contextmanager
def refusals_on(
    form: django_forms.Form, shown: Callable[[], dict[str, Any]] | None = None
) -> Iterator[None]:
    """A command's refusal becomes the form's own error; the view then shows the form again.

    `shown` gives what the page now shows: after `edition` the form answers to that, its box to be ticked anew.
    """
    try:
        yield
    except commands.PlanRefusedError as error:
        if error.reason == "edition" and shown is not None:
            form.data = {**form.data.dict(), **shown(), "has_read": ""}  # type: ignore[attr-defined]
        named = error.field if error.field in form.fields else None
        form.add_error(named, forms.sentence_of(error))
    except TaskRefusedError as error:
        form.add_error(None, str(error))
    except AccessRefusedError:
        form.add_error(None, "Votre place dans ce cercle ne permet pas cet acte.")


def attempt(request: HttpRequest, plan: Plan, done: str, command: Any) -> HttpResponse:
    """Do an act and tell what came of it, on the page of the plan."""
    try:
        command()
        messages.success(request, done)
    except commands.PlanRefusedError as error:
        messages.error(request, forms.sentence_of(error))
    except TaskRefusedError as error:
        messages.error(request, str(error))
    return to_plan(plan)


def conflict_page(
    request: HttpRequest, plan: Plan, form: django_forms.Form, values: dict[str, Any], current: Any
) -> HttpResponse:
    """Both texts of a stale save; nothing of what was typed is lost."""
    shown = [name for name in values if name in form.fields]
    conflict = Conflict(
        mine=[(str(form.fields[name].label), _words(values[name])) for name in shown],
        theirs=[(str(form.fields[name].label), _words(getattr(current, name))) for name in shown],
        theirs_by=getattr(current, "changed_by", ""),
        theirs_at=current.changed_at,
        reload_url=request.path,
        save_url=request.path,
        version=str(current.version),
        hidden={name: form.data.get(name, "") for name in form.fields if form.data.get(name)}
        | {"version": current.version},
    )
    return page(request, plan, "conflict", {"conflict": conflict}, status=409)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)
