"""« Qui gagne, qui perd »: a drafted change of the matrix on one record, for the data-protection officer."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from enrs.core.access import matrix, words
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.referentials.circles.changes import Change, changes, holders
from enrs.referentials.circles.forms import RecordForm
from enrs.referentials.identity.queries import TooManySearchesError, record_to_control

NOBODY = "Aucun dossier n’a ce matricule : vérifiez les 15 chiffres."
TOO_MANY = "Trop d’essais en une minute : attendez un instant."


@permission(role_permission("auditor"))
@require_POST
def change_on_record(request: HttpRequest) -> HttpResponse:
    """Who would gain or lose what of one record; a POST, so that no number stays in an address."""
    wanted = matrix.allowed_from({name: str(value) for name, value in request.POST.items()})
    cells = {f"{role}.{category}": acts for (role, category), acts in sorted(wanted.items())}
    form = RecordForm(request.POST)
    context: dict[str, Any] = {
        "form": form,
        "cells": cells,
        "back_url": f"{reverse('access:simulation')}?{urlencode(cells)}",
        "wanted": [
            (words.ROLES[role], words.CATEGORIES[category], words.PRESENT[acts])
            for (role, category), acts in sorted(wanted.items())
        ],
    }
    if form.is_valid() and wanted:
        try:
            patient_id = record_to_control(form.cleaned_data["ins"])
        except TooManySearchesError:
            form.add_error("ins", TOO_MANY)
        else:
            if patient_id is None:
                form.add_error("ins", NOBODY)
            else:
                note(
                    "circle.change.simulated", patient_id=patient_id, object_kind="matrix",
                    details={"cells": cells},
                )  # fmt: skip
                found = changes(holders(patient_id, {role for role, _ in wanted}), wanted)
                context |= {
                    "is_tried": True,
                    "blocks": [
                        ("Gagnerait", [_words(one) for one in found if one.is_gain]),
                        ("Perdrait", [_words(one) for one in found if not one.is_gain]),
                    ],
                    "is_same": not found,
                }
    return render(request, "circles/change.html", context, status=422 if form.errors else 200)


def _words(one: Change) -> dict[str, Any]:
    return {
        "holder": one.holder,
        "role": words.ROLES[one.holder.role],
        "purposes": sorted({right.purpose for right in one.holder.rights}),
        "part": words.CATEGORIES[one.category],
        "before": words.PRESENT[one.before],
        "after": words.PRESENT[one.after],
    }
