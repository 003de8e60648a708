"""Protocols: read by everybody, written and put in service by the region's team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, role_permission
from enrs.core.access.rules import OPERATOR
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.subjects.measures import known_measures
from enrs.services.home_monitoring import commands, queries
from enrs.services.home_monitoring.models import Protocol
from enrs.services.home_monitoring.protocol_forms import ProtocolForm, fault_sentence, initial_of
from enrs.services.home_monitoring.rules.protocols import ProtocolError
from enrs.services.home_monitoring.views.shared import (
    WHO,
    known,
    look,
    refusals_on,
    refusals_told,
)

REGION = role_permission(OPERATOR)


def page(request: HttpRequest, name: str, at: str, context: dict[str, Any]) -> HttpResponse:
    """A page of the region's team; `at` is its tab."""
    actor = current_actor()
    shared = {
        "at": at,
        "may_change": actor.role == OPERATOR,
        "live": live_context(f"user:{actor.user_id}"),
    }
    return render(request, f"home_monitoring/{name}.html", shared | context)


@permission(ACCOUNT)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every protocol, with the number in service and the draft."""
    groups: dict[str, list[Protocol]] = {}
    for one in queries.protocols():
        groups.setdefault(one.code, []).append(one)
    return page(request, "protocols", "protocols", {"groups": list(groups.values())})


@permission(ACCOUNT)
@require_safe
def show(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """One number of a protocol, in words."""
    one = known(queries.protocol(protocol_id))
    content, labels = queries.content_of(one), known_measures()
    context = {
        "one": one,
        "content": content,
        "measures": [(row, labels[row.kind]) for row in content.measures],
        "questions": [(row, look(row.level)) for row in content.questions],
        "steps": [
            (look(kind), [(WHO[step.who], step.after) for step in steps])
            for kind, steps in content.steps.items()
            if steps
        ],
        "advice": [(look(level), text) for level, text in content.advice.items() if text],
        "night_who": WHO[content.night.who] if content.night else "",
    }
    return page(request, "protocol", "protocols", context)


@permission(ACCOUNT)
@require_safe
def leaflet(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """What is handed to the person, to read and to print."""
    one = known(queries.protocol(protocol_id))
    content = queries.content_of(one)
    return page(request, "leaflet", "protocols", {"one": one, "content": content})


@permission(REGION)
def new(request: HttpRequest) -> HttpResponse:
    """A protocol of a new code."""
    form = ProtocolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _drafted(form, form.cleaned_data["code"])
        if made is not None:
            return redirect("home_monitoring:protocol", made.id)
    return page(request, "protocol_edit", "protocols", {"form": form, "one": None})


def _drafted(form: ProtocolForm, code: str) -> Protocol | None:
    """The draft, or nothing and what is wrong on the form."""
    try:
        with refusals_on(form):
            return commands.draft_protocol(code=code, content=form.content)
    except ProtocolError as error:
        form.add_error(None, fault_sentence(error))
    return None


@permission(REGION)
def successor(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """The next number of a protocol, from what this one says."""
    one = known(queries.protocol(protocol_id))
    form = ProtocolForm(request.POST or None, has_code=True, initial=initial_of(one.content))
    if request.method == "POST" and form.is_valid():
        made = _drafted(form, one.code)
        if made is not None:
            messages.success(
                request, "Brouillon enregistré : relisez-le, puis mettez-le en service."
            )
            return redirect("home_monitoring:protocol", made.id)
    return page(request, "protocol_edit", "protocols", {"form": form, "one": one})


@permission(REGION)
def edit(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """Change a draft."""
    one = known(queries.protocol(protocol_id))
    form = ProtocolForm(request.POST or None, has_code=True, initial=initial_of(one.content))
    if request.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                commands.revise_draft(
                    protocol=one,
                    content=form.content,
                    expected_version=whole(request.POST.get("version", "")),
                )
                messages.success(request, "Brouillon enregistré.")
                return redirect("home_monitoring:protocol", one.id)
        except ProtocolError as error:
            form.add_error(None, fault_sentence(error))
    context = {"form": form, "one": one, "version": one.version}
    return page(request, "protocol_edit", "protocols", context)


@permission(REGION)
@require_POST
def publish(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """Put a draft in service."""
    one = known(queries.protocol(protocol_id))
    with refusals_told(request):
        commands.publish_protocol(
            protocol=one, expected_version=whole(request.POST.get("version", ""))
        )
        messages.success(request, f"« {one.title} », version {one.number}, est en service.")
    return redirect("home_monitoring:protocol", protocol_id)


@permission(REGION)
@require_POST
def retire(request: HttpRequest, protocol_id: UUID) -> HttpResponse:
    """Take a number out of service."""
    one = known(queries.protocol(protocol_id))
    with refusals_told(request):
        commands.retire_protocol(
            protocol=one, expected_version=whole(request.POST.get("version", ""))
        )
        messages.success(request, f"« {one.title} », version {one.number}, est retiré.")
    return redirect("home_monitoring:protocol", protocol_id)
