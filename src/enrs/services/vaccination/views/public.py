"""The public page that says whether an attestation is authentic, and nothing that its holder does not say."""

from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.audit.commands import note
from enrs.services.vaccination import attestations, queries
from enrs.services.vaccination.forms import CheckForm

TRIES, WINDOW = 10, 15 * 60
"""Checks of one attestation before the page waits, and seconds that it waits: nobody guesses a birth date."""


@permission(PUBLIC)
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Whether the paper in somebody's hand was made here, and says what it said."""
    found = attestations.attestation_of_token(token)
    state = queries.attestation_state(found) if found else None
    context: dict[str, Any] = {"state": state, "answer": ""}
    if state is None or found is None:
        return render(request, "vaccination/check.html", context, status=404)
    form = CheckForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        if not _may_try(found):
            context["answer"], status = "limited", 429
        else:
            is_true = attestations.says(state.digest, **form.cleaned_data)
            context["answer"] = "yes" if is_true else "no"
        note(
            "vaccination.attestation.checked", object_kind="vaccination_attestation", object_id=found,
            outcome="done" if context["answer"] == "yes" else "refused",
        )  # fmt: skip
    return render(request, "vaccination/check.html", context | {"form": form}, status=status)


def _may_try(attestation_id: UUID) -> bool:
    """Take one of the tries of an attestation: two requests at once never take the same."""
    key = f"vaccination.check.{attestation_id}"
    return any(cache.add(f"{key}.{rank}", value=True, timeout=WINDOW) for rank in range(TRIES))
