"""« Ouverture des services »: to which professions, in which departments each card is shown."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.audiences import audience_words
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.portal import commands
from enrs.services.portal.operator_forms import OpeningForm
from enrs.services.portal.queries import openings as queries

OPERATOR = role_permission("operator")
LISTED = role_permission("operator", reads_at_rest=True)


@permission(LISTED)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every service, and to whom it is shown."""
    lines = [
        (one, audience_words(one.opening.roles), _where(one.opening.departments))
        for one in queries.services()
    ]
    may_write = current_actor().role == "operator"
    return render(request, "portal/openings.html", {"lines": lines, "may_write": may_write})


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One service: decide, or leave it to the region's file; each decision is kept."""
    line = queries.service(key)
    if line is None:
        raise Http404
    opening = line.opening
    given = {"roles": opening.roles, "departments": opening.departments, "version": line.version}
    form = OpeningForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid() and _decided(request, key, form):
        return redirect("portal:opening", key)
    context: dict[str, Any] = {
        "line": line, "form": form,
        "changes": [
            (made, audience_words(made.roles), _where(made.departments))
            for made in queries.changes_of(key)
        ],
    }  # fmt: skip
    return render(request, "portal/opening.html", context, status=422 if form.errors else 200)


def _decided(request: HttpRequest, key: str, form: OpeningForm) -> bool:
    version = form.cleaned_data["version"] or 0
    try:
        if request.POST.get("acte") == "defaut":
            commands.reset_opening(key=key, expected_version=version)
        else:
            commands.set_opening(
                key=key, roles=form.cleaned_data["roles"],
                departments=form.cleaned_data["departments"], expected_version=version,
            )  # fmt: skip
    except commands.OpeningChoiceError as error:
        form.add_error(None, str(error))
    except StaleSaveError:
        form.add_error(None, "Quelqu’un a décidé entre-temps : rechargez la page.")
    else:
        messages.success(request, "C’est enregistré : les pages suivent dans le quart de minute.")
        return True
    return False


def _where(departments: Any) -> str:
    return ", ".join(departments) or "Toute la région"
