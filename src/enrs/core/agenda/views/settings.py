"""An agenda's own page: with whom it is shared, its addresses, what is brought in, its slots."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.agenda import commands, queries
from enrs.core.agenda.forms import REFUSALS, FeedForm, FollowForm, ImportForm, ShareForm, SlotsForm
from enrs.core.agenda.models import AgendaShare, Feed, Followed, Slot
from enrs.core.agenda.people import candidates
from enrs.core.agenda.rules import Person, calendars
from enrs.core.agenda.views.shared import WORKERS, attempt, refusals_on
from enrs.core.ui.bodies import takes_files


@permission(WORKERS)
@require_POST
def open_agenda(request: HttpRequest) -> HttpResponse:
    """Make my own agenda, or my place's."""
    by = current_actor()
    is_place = request.POST.get("de") == "structure"
    owner = by.organisation_id if is_place else by.grantee_id
    label = by.organisation_name if is_place else by.name
    if owner is None:
        raise Http404
    kind = "place" if is_place else "person"
    fault = attempt(lambda: commands.ensure_agenda(owner_id=owner, label=label, kind=kind))
    if fault:
        messages.error(request, fault)
    return redirect("agenda:week")


@permission(WORKERS)
@takes_files(calendars.MAX_BYTES)
def settings(request: HttpRequest, agenda_id: UUID) -> HttpResponse:
    """Shares, addresses and calendars brought in."""
    held = _held(agenda_id)
    if not held.is_own:
        raise Http404
    by = current_actor()
    asked = request.POST.get("acte", "") if request.method == "POST" else ""
    place = [Person(by.organisation_id, by.organisation_name)] if by.organisation_id else []
    people = [one for one in [*place, *candidates(None)] if one.id != held.agenda.owner_id]
    forms: dict[str, Any] = {
        "share_form": ShareForm(request.POST if asked == "partager" else None, people=people),
        "feed_form": FeedForm(request.POST if asked == "adresse" else None),
        "import_form": ImportForm(
            request.POST if asked == "importer" else None, request.FILES or None
        ),
        "follow_form": FollowForm(request.POST if asked == "suivre" else None),
    }
    address = ""
    if asked:
        address = _acted(request, held, asked, forms)
        if not address and not any(form.errors for form in forms.values()):
            return redirect("agenda:settings", agenda_id)
    context = forms | {
        "held": held,
        "shares": held.agenda.shares.filter(ended_at=None).order_by("display", "id"),
        "followed": [
            (one, REFUSALS.get(f"calendar.{one.fault}", ""))
            for one in held.agenda.followed.filter(ended_at=None).order_by("source", "id")
        ],
        "feeds": queries.feeds_of(by.user_id) if by.user_id else [],
        "is_mine": held.agenda.owner_id == by.grantee_id,
        "address": address,
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "agenda/settings.html", context, status=status)


def _acted(
    request: HttpRequest, held: queries.HeldAgenda, asked: str, forms: dict[str, Any]
) -> str:
    """Do what the page asked; a new address to show, once, or nothing."""
    if asked == "partager":
        _share(held, forms["share_form"])
    elif asked == "importer":
        _import(request, held, forms["import_form"])
    elif asked == "suivre":
        _follow(request, held, forms["follow_form"])
    elif asked == "adresse":
        return _feed(forms["feed_form"])
    elif asked == "fermer":
        _close(request, held)
    return ""


def _share(held: queries.HeldAgenda, form: ShareForm) -> None:
    if form.is_valid():
        person = form.people[form.cleaned_data["grantee"]]
        with refusals_on(form):
            commands.share(
                agenda=held.agenda,
                grantee_id=person.id,
                display=person.display,
                level=form.cleaned_data["level"],
            )


def _import(request: HttpRequest, held: queries.HeldAgenda, form: ImportForm) -> None:
    if form.is_valid():
        content = form.cleaned_data["file"].read(calendars.MAX_BYTES + 1)
        with refusals_on(form):
            count = commands.import_busy(
                agenda=held.agenda, content=content, source=form.cleaned_data["source"]
            )
            messages.success(
                request, f"{count} périodes occupées reprises ; aucun titre n’est gardé."
            )


def _follow(request: HttpRequest, held: queries.HeldAgenda, form: FollowForm) -> None:
    if form.is_valid():
        with refusals_on(form):
            commands.follow(agenda=held.agenda, **form.cleaned_data)
            messages.success(request, "Calendrier suivi ; il sera lu dans la minute.")


def _feed(form: FeedForm) -> str:
    if not form.is_valid():
        return ""
    with refusals_on(form):
        _, token = commands.create_feed(**form.cleaned_data)
        return f"{django_settings.PUBLIC_URL}{reverse('agenda:feed', args=[token])}"
    return ""


def _close(request: HttpRequest, held: queries.HeldAgenda) -> None:
    """End a share, cease to follow a calendar, or revoke an address."""
    try:
        identifier = UUID(request.POST.get("quoi", ""))
    except ValueError as error:
        raise Http404 from error
    share = AgendaShare.objects.filter(pk=identifier, agenda=held.agenda).first()
    if share is not None:
        commands.end_share(share=share)
        return
    followed = Followed.objects.filter(pk=identifier, agenda=held.agenda).first()
    if followed is not None:
        commands.unfollow(followed=followed)
        messages.success(request, "Ce calendrier n’est plus suivi ; ses heures sont libres.")
        return
    feed = get_object_or_404(Feed, pk=identifier, user_id=current_actor().user_id)
    commands.revoke_feed(feed=feed)


@permission(WORKERS)
def slots(request: HttpRequest, agenda_id: UUID) -> HttpResponse:
    """The bookable hours of an agenda: opening some, taking one back."""
    held = _held(agenda_id)
    if not held.may_write:
        raise Http404
    wanted = request.POST.get("creneau", "")
    form = SlotsForm(
        request.POST if request.method == "POST" and not wanted else None,
        initial={"minutes": 30, "opens_at": "09:00", "closes_at": "12:00"},
    )
    if wanted:
        _take_back(request, held, wanted)
        return redirect("agenda:slots", agenda_id)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            count = commands.open_slots(agenda=held.agenda, **form.cleaned_data)
            messages.success(request, f"{count} créneaux ouverts.")
            return redirect("agenda:slots", agenda_id)
    now = timezone.now()
    context = {
        "held": held,
        "form": form,
        "slots": queries.slots_of(agenda_id, since=now, until=now + timedelta(days=92)),
    }
    return render(request, "agenda/slots.html", context, status=422 if form.errors else 200)


def _take_back(request: HttpRequest, held: queries.HeldAgenda, wanted: str) -> None:
    try:
        slot = Slot.objects.select_related("agenda").get(pk=UUID(wanted), agenda=held.agenda)
    except (ValueError, Slot.DoesNotExist) as error:
        raise Http404 from error
    fault = attempt(lambda: commands.close_slot(slot=slot))
    if fault:
        messages.error(request, fault)


def _held(agenda_id: UUID) -> queries.HeldAgenda:
    held = queries.held_agenda(agenda_id)
    if held is None:
        raise Http404
    return held
