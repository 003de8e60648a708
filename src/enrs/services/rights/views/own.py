"""« Mes bris de glace »: what one opened in an emergency, and the answer to what is asked of it."""

from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.audit.commands import note
from enrs.services.rights import commands
from enrs.services.rights.forms import ExplanationForm
from enrs.services.rights.queries import glasses as queries
from enrs.services.rights.queries import reviews
from enrs.services.rights.queries.desk import desk_of
from enrs.services.rights.rules import glasses as rules
from enrs.services.rights.views.acts import explained, question_of
from enrs.services.rights.views.glasses import page_of, row
from enrs.services.rights.views.reviews import reviewed


@permission(PROFESSIONAL)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What I opened, what waits for my answer first."""
    found = queries.own_glasses()
    asked = reviews.own_reviews()
    names = reviews.names_of(asked) if asked else {}
    note(
        "rights.own.read",
        object_kind="list",
        patient_ids=[one.patient_id for one in found] + [one.patient_id for one in asked],
    )
    context = {
        "rows": [row(one) for one in found],
        "reviews": [reviewed(one, names) for one in asked],
        "has_desk": desk_of() is not None,
    }
    return render(request, "rights/own.html", context)


@permission(PROFESSIONAL)
@require_http_methods(["GET", "HEAD", "POST"])
def glass(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """One of them; a POST explains it."""
    held = queries.own_glass(glass_id)
    if held is None:
        raise Http404
    form = ExplanationForm(request.POST or None)
    if explained(request, form, partial(commands.explain_glass, glass=held)):
        return redirect("rights:own")
    note(
        "rights.own.read", patient_id=held.patient_id, object_kind="break_glass", object_id=held.id
    )
    shown = page_of(held)
    context = shown | {
        "form": form,
        "may_explain": rules.may_explain(held.state),
        "question": question_of(shown["acts"]),
    }
    return render(request, "rights/own_glass.html", context, status=422 if form.errors else 200)
