"""« Courriers »: the letters that bring a code, printed by the region's exploitation."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.services.portal import commands, papers
from enrs.services.portal.models import Enrolment
from enrs.services.portal.queries import enrolment as queries

OPERATOR = role_permission("operator")


@permission(OPERATOR)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What is to be printed, and what was."""
    return render(request, "portal/letters.html", {"letters": queries.letters_to_print()})


@permission(OPERATOR)
@require_POST
def paper(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """One letter, with a fresh code that no screen shows."""
    held = get_object_or_404(Enrolment, pk=enrolment_id)
    try:
        code = commands.print_letter(enrolment=held)
    except commands.ReferentError as error:
        raise Http404 from error
    response = HttpResponse(papers.letter(held, code), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="courrier.pdf"'
    return response
