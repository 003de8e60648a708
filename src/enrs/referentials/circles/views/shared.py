"""What the views of a circle share: the page's banner, its tabs, a command's refusal in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.permissions import Permission, patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.live.views import live_context
from enrs.core.moments import legal_day
from enrs.core.ui.registry import record_tabs
from enrs.referentials.circles import commands, rules
from enrs.referentials.circles.forms import REFUSALS
from enrs.referentials.circles.models import Consent
from enrs.referentials.identity import queries as identity

READS: Permission = patient_permission("circle")
WRITES: Permission = patient_permission("circle", WRITE)


def page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the record, under the patient's banner and tabs, listening to changes."""
    opening = opening_of(request)
    shared = {
        "patient_id": opening.patient_id,
        "banner": identity.banner(opening.patient_id),
        "tabs": record_tabs(opening.categories, opening.patient_id, "circle"),
        "live": live_context(
            f"patient:{opening.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
        "may_write": opening.may(WRITE, "circle"),
        "may_speak": opening.may(WRITE, "circle") and rules.may_speak_for_person(opening.role),
    }
    return render(request, template, shared | context, status=status)


def back(patient_id: UUID) -> HttpResponse:
    """To the circle, after an act."""
    return redirect("circles:panel", patient_id=patient_id)


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error."""
    try:
        yield
    except commands.CircleError as error:
        form.add_error(None, REFUSALS.get(error.reason, "Cette demande ne peut pas être suivie."))
    except AccessRefusedError:
        form.add_error(None, "Votre place dans ce cercle ne permet pas cet acte.")


def today() -> date:
    return legal_day(timezone.now())


def consent_from(
    given: dict[str, Any], *, patient_id: UUID, grantee_id: UUID, display: str
) -> Consent | None:
    """The consent that a form tells, kept; None when the basis is another."""
    if given["basis"] != "consent":
        return None
    return commands.record_consent(
        patient_id=patient_id,
        grantee_id=grantee_id,
        grantee_display=display,
        given_on=given["given_on"],
        means=given["means"],
        leaflet_version=given["leaflet_version"],
    )
