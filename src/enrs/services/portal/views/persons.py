"""« Connexion », on a record: let the person, or who represents them, sign in; the sheet is printed at once."""

from datetime import datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.ui.patient_page import patient_page
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.circles.forms import REFUSALS
from enrs.services.portal import commands, papers
from enrs.services.portal.forms import PersonForm

REFUSED = REFUSALS | {
    "majority": "La personne est majeure : l’autorité parentale a pris fin.",
    "proxy_kind": "Dites à quel titre cette personne agit.",
}


@permission(patient_permission("circle"))
@require_http_methods(["GET", "HEAD", "POST"])
def persons(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Who may sign in about this record, and letting in somebody more."""
    opening = opening_of(request)
    form = PersonForm(request.POST or None)
    may_invite = request.actor.kind == "professional" and (  # type: ignore[attr-defined]
        opening.may(WRITE, "identity") or opening.may(WRITE, "circle")
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and (done := _invite(request, patient_id, form))
    ):
        return done
    context = {
        "form": form,
        "may_invite": may_invite,
        "may_name_relatives": opening.may(WRITE, "circle"),
    }
    status = 422 if form.errors else 200
    return patient_page(
        request, "portal/persons.html", context, panel="portal_persons", status=status
    )


def _invite(request: HttpRequest, patient_id: UUID, form: PersonForm) -> HttpResponse | None:
    given = dict(form.cleaned_data)
    for name in ("authority", "decided_on", "term"):
        del given[name]
    until, login = given.pop("until"), given.pop("account")
    zone = timezone.get_current_timezone()
    end = datetime.combine(until, time.max, tzinfo=zone) if until else None
    try:
        made = commands.invite_person(
            patient_id=patient_id, until=end, login=login, decided=form.decided(), **given
        )
    except commands.InvitationError as error:
        form.add_error("account", str(error))
        return None
    except CircleError as error:
        form.add_error(None, REFUSED.get(error.reason, "Le cercle ne le permet pas."))
        return None
    if made is None:
        messages.success(
            request,
            "Cette personne est inscrite pour ce dossier, par le compte qu’elle a déjà.",
        )
        return redirect("portal:persons", patient_id)
    invited, code = made
    response = HttpResponse(papers.invitation_sheet(invited, code), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{invited.number}.pdf"'
    return response
