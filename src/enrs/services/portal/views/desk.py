"""« Ma structure »: the desk of who answers for the accounts of a structure."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.services.portal import commands, papers, rules
from enrs.services.portal.forms import DelegateForm, HelpForm, LocalForm, MergeForm, ReasonForm
from enrs.services.portal.models import Closing, Enrolment, LocalPerson, Referent
from enrs.services.portal.queries import people as queries

GET_POST = ["GET", "HEAD", "POST"]


@permission(PROFESSIONAL)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The one desk of somebody, or the choice between several."""
    places = queries.places_answered_for()
    if len(places) == 1:
        return redirect("portal:people", places[0].organisation_id)
    if not places:
        raise Http404
    return render(request, "portal/places.html", {"places": places})


@permission(PROFESSIONAL)
@require_safe
def people(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The people of the structure, those to confirm first."""
    text = request.GET.get("q", "").strip()[:100]
    found = queries.colleagues(organisation_id, text)
    late = sum(one.is_late for one in found)
    context = {"people": found, "q": text, "late": late}
    return desk_page(request, "people", organisation_id, context)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def person(request: HttpRequest, organisation_id: UUID, user_id: UUID) -> HttpResponse:
    """One person: help with a lost second factor, or close their access."""
    own = place_of_desk(organisation_id)
    user = queries.colleague(organisation_id, user_id)
    if user is None:
        raise Http404
    form, code = HelpForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            code = commands.help_factor(
                organisation_id=organisation_id, user_id=user_id, **form.cleaned_data
            )
        except commands.FactorError as error:
            form.add_error(None, str(error))
    context = {
        "person": user,
        "form": form,
        "code": rules.grouped(code),
        "is_self": user.id == own.user_id,
        "helps": [one for one in queries.helps(organisation_id) if one.user_id == user.id],
    }
    return desk_page(request, "person", organisation_id, context, form)


@permission(PROFESSIONAL)
@require_POST
def confirm(request: HttpRequest, organisation_id: UUID, user_id: UUID) -> HttpResponse:
    """« Toujours là », in one tap."""
    place_of_desk(organisation_id)
    try:
        commands.confirm_person(organisation_id=organisation_id, user_id=user_id)
    except commands.ReferentError as error:
        raise Http404 from error
    messages.success(request, "C’est noté : cette personne travaille toujours ici.")
    return redirect("portal:people", organisation_id)


@permission(PROFESSIONAL)
@require_POST
def close(request: HttpRequest, organisation_id: UUID, user_id: UUID) -> HttpResponse:
    """« N’est plus là »: their access to this structure ends now."""
    place_of_desk(organisation_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        made = commands.close_access(
            organisation_id=organisation_id, user_id=user_id, reason=reason
        )
    except commands.ReferentError as error:
        if error.reason == "colleague":
            raise Http404 from error
        messages.error(request, str(error))
        return redirect("portal:person", organisation_id, user_id)
    messages.success(request, f"L’accès de {made.name} est fermé. Il se rouvre dans « Fermés ».")
    return redirect("portal:people", organisation_id)


@permission(PROFESSIONAL)
@require_safe
def closed(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The accesses that were closed, to be reopened."""
    context = {"closings": queries.closings(organisation_id)}
    return desk_page(request, "closed", organisation_id, context)


@permission(PROFESSIONAL)
@require_POST
def reopen(request: HttpRequest, organisation_id: UUID, closing_id: UUID) -> HttpResponse:
    """Undo a closing."""
    place_of_desk(organisation_id)
    rows = Closing.objects.filter(organisation_id=organisation_id, reopened_at=None)
    held = rows.filter(pk=closing_id).first()
    if held is None:
        raise Http404
    commands.reopen_access(closing=held)
    messages.success(request, f"L’accès de {held.name} est rouvert.")
    return redirect("portal:people", organisation_id)


@permission(PROFESSIONAL)
@require_safe
def requests(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Who asks for an account and waits for somebody who knows them."""
    context = {"asked": queries.vouches_asked(organisation_id)}
    return desk_page(request, "requests", organisation_id, context)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def answer(request: HttpRequest, organisation_id: UUID, enrolment_id: UUID) -> HttpResponse:
    """Vouch for one of them, or say that one does not know them; any other act is refused, for it gives no code."""
    place_of_desk(organisation_id)
    rows = Enrolment.objects.filter(
        organisation_id=organisation_id, way=Enrolment.Way.REFERENT, state=Enrolment.State.ASKED
    )
    held = rows.filter(pk=enrolment_id).first()
    if held is None:
        raise Http404
    code, wanted = "", request.POST.get("acte", "")
    is_unknown = request.method == "POST" and wanted not in ("vouch", "refuse")
    if wanted == "refuse":
        reason = request.POST.get("reason", "").strip()
        commands.refuse_enrolment(enrolment=held, reason=reason)
        messages.success(request, f"La demande de {held.name} est refusée.")
        return redirect("portal:requests", organisation_id)
    if wanted == "vouch":
        code = commands.vouch(enrolment=held)
    context = {"enrolment": held, "code": rules.grouped(code), "is_unknown": is_unknown}
    return desk_page(request, "answer", organisation_id, context, is_refused=is_unknown)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def referents(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Who answers for the structure; a referent delegates for a time."""
    own = place_of_desk(organisation_id)
    form = DelegateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        end = datetime.combine(given["until"], time.max, tzinfo=timezone.get_current_timezone())
        try:
            made = commands.name_referent(
                organisation_id=organisation_id,
                user_id=given["user"],
                kind=given["kind"],
                until=end,
            )
        except commands.ReferentError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.name} répond aussi pour la structure.")
            return redirect("portal:referents", organisation_id)
    held = queries.referents_of(organisation_id)
    named = {one.user_id for one in held}
    context = {
        "referents": held,
        "form": form,
        "candidates": [
            one for one in queries.colleagues(organisation_id) if one.user_id not in named
        ],
        "may_delegate": own.kind == Referent.Kind.REFERENT,
    }
    return desk_page(request, "referents", organisation_id, context, form)


@permission(PROFESSIONAL)
@require_POST
def end_referent(request: HttpRequest, organisation_id: UUID, referent_id: UUID) -> HttpResponse:
    """End a delegation, or one's own place."""
    place_of_desk(organisation_id)
    held = next(
        (one for one in queries.referents_of(organisation_id) if one.id == referent_id), None
    )
    if held is None:
        raise Http404
    try:
        commands.end_referent(referent=held)
    except commands.ReferentError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{held.name} ne répond plus pour la structure.")
    return redirect("portal:desk")


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def register(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The local register: people without a national number yet; a new one gets a sheet to print."""
    place_of_desk(organisation_id)
    form = LocalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made, code = commands.register_local(organisation_id=organisation_id, **form.cleaned_data)
        response = HttpResponse(papers.local_sheet(made, code), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="{made.number}.pdf"'
        return response
    context = {
        "locals": queries.locals_of(organisation_id),
        "matches": queries.matches_at(organisation_id),
        "form": form,
    }
    return desk_page(request, "register", organisation_id, context, form)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def merge(request: HttpRequest, organisation_id: UUID, person_id: UUID) -> HttpResponse:
    """The national number of somebody of the register has come."""
    place_of_desk(organisation_id)
    rows = LocalPerson.objects.filter(organisation_id=organisation_id, merged_into=None)
    held = rows.filter(pk=person_id).first()
    if held is None:
        raise Http404
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.merge_local(person=held, number=form.cleaned_data["number"])
        except commands.LocalError as error:
            form.add_error("number", str(error))
        except AccessRefusedError:
            form.add_error("number", commands.LocalError.SENTENCES["own"])
        else:
            messages.success(request, f"{held} a son numéro national : ses droits ont suivi.")
            return redirect("portal:register", organisation_id)
    return desk_page(request, "merge", organisation_id, {"person": held, "form": form}, form)


def place_of_desk(organisation_id: UUID) -> Referent:
    """The actor's place on this desk; there is no such address for anybody else."""
    for one in queries.places_answered_for():
        if one.organisation_id == organisation_id:
            return one
    raise Http404


def desk_page(
    request: HttpRequest, name: str, organisation_id: UUID, context: dict[str, Any], form: Any = None,
    *, is_refused: bool = False,
) -> HttpResponse:  # fmt: skip
    """A page of the desk, within its frame."""
    own = place_of_desk(organisation_id)
    frame = {
        "place": own,
        "at": name,
        "asked_count": len(queries.vouches_asked(organisation_id)),
        "match_count": len(queries.matches_at(organisation_id)),
    }
    status = 422 if is_refused or (form is not None and form.errors) else 200
    return render(request, f"portal/{name}.html", frame | context, status=status)
