"""The public page that says whether an attestation is authentic, and nothing that its holder does not say."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
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
    key = f"vaccination.check.{found}"
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        tries = int(cache.get(key, 0))
        cache.set(key, tries + 1, WINDOW)
        if tries >= TRIES:
            context["answer"], status = "limited", 429
        elif attestations.says(state.digest, **form.cleaned_data):
            context["answer"] = "yes"
        else:
            context["answer"] = "no"
    return render(request, "vaccination/check.html", context | {"form": form}, status=status)
