"""« Annonces »: maintenances and incidents that the exploitation tells people of, with their history."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.audiences import audience_words
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.portal import commands
from enrs.services.portal.models import Announcement
from enrs.services.portal.operator_forms import AnnouncementForm, initial_of
from enrs.services.portal.queries import kiosk as queries

OPERATOR = role_permission("operator")
LISTED = role_permission("operator", reads_at_rest=True)


@permission(LISTED)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Those that run or will, those that ended, and one more to publish."""
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.publish_announcement(words=form.words())
        except commands.AnnouncementError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "L’annonce est publiée.")
            return redirect("portal:announcements")
    standing, past = queries.announcements_kept()
    context = {
        "standing": [(one, audience_words(one.roles)) for one in standing],
        "past": [(one, audience_words(one.roles)) for one in past],
        "form": form,
        "may_write": current_actor().role == "operator",
    }
    return _page(request, "portal/announcements.html", context, form)


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    """One announcement, to change, with each of its writings."""
    found = _announcement(announcement_id)
    form = AnnouncementForm(request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_announcement(
                announcement=found,
                words=form.words(),
                expected_version=form.cleaned_data["version"] or 0,
            )
        except commands.AnnouncementError as error:
            form.add_error(None, str(error))
        except StaleSaveError:
            form.add_error(None, "Quelqu’un a modifié cette annonce : rechargez la page.")
        else:
            messages.success(request, "L’annonce est modifiée.")
            return redirect("portal:announcement", found.pk)
    context = {
        "one": found,
        "is_over": found.is_over,
        "changes": [(made, audience_words(made.roles)) for made in queries.changes_of(found.pk)],
        "form": form,
    }
    return _page(request, "portal/announcement.html", context, form)


@permission(OPERATOR)
@require_POST
def end(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    """Take it off every page."""
    try:
        commands.end_announcement(announcement=_announcement(announcement_id))
    except commands.AnnouncementError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "L’annonce n’est plus montrée.")
    return redirect("portal:announcements")


def _announcement(announcement_id: UUID) -> Announcement:
    found = queries.announcement(announcement_id)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], form: AnnouncementForm
) -> HttpResponse:
    return render(request, name, context, status=422 if form.errors else 200)
