"""What somebody keeps first on their kiosk, the applications they may enter, the announcements of the exploitation."""

from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.audiences import is_meant_for, is_there
from enrs.core.accounts.models import Application
from enrs.core.accounts.queries.applications import applications_to_enter
from enrs.core.ui.registry import department_of, offers_for
from enrs.services.portal.models import Announcement, AnnouncementChange, Favourite

OFFER, APPLICATION = "offer:", "application:"
"""How the key of a favourite begins."""

KEPT_FOR = 15.0
"""Seconds for which a process shows the announcements that it read: every page asks for them."""

TOLD_BEFORE = timedelta(days=14)
"""How long before it begins an announcement is on the kiosk."""

PAST = 50
"""Announcements that ended, on the page of the exploitation."""


def favourite_keys(actor: Actor) -> list[str]:
    """What an actor keeps first, in the order in which they did."""
    if actor.user_id is None:
        return []
    rows = Favourite.objects.filter(user_id=actor.user_id).order_by("added_at", "id")
    return list(rows.values_list("key", flat=True))


def applications_for(actor: Actor) -> list[Application]:
    """The applications to enter that are meant for an actor's role, where they work."""
    meant = [one for one in applications_to_enter() if is_meant_for(actor.role, one.roles)]
    if not any(one.departments for one in meant):
        return meant
    where = department_of(actor)
    return [one for one in meant if is_there(where, one.departments)]


def is_offered(actor: Actor, key: str) -> bool:
    """Whether a key names a service or an application of an actor's kiosk."""
    if key.startswith(OFFER):
        return any(OFFER + one.key == key for one in offers_for(actor))
    return any(APPLICATION + str(one.pk) == key for one in applications_for(actor))


class _Kept:
    """The announcements that this process read, and until when it shows them."""

    until = 0.0
    rows: tuple[Announcement, ...] = ()


def keep_announcements(rows: tuple[Announcement, ...], seconds: float) -> None:
    """Show these for so long, without asking the database."""
    _Kept.rows, _Kept.until = rows, monotonic() + seconds


def forget_announcements() -> None:
    """Ask the database again at the next page."""
    _Kept.until = 0.0


def announcements_for(actor: Actor) -> list[Announcement]:
    """Announcements that run now or soon and are meant for an actor, those that began first before the others.

    A process asks the database once in fifteen seconds: another one's writing shows within that time. Who has not
    signed in is told of what runs now and is for everybody: it may be why they cannot.
    """
    if monotonic() >= _Kept.until:
        rows = Announcement.objects.filter(ends_at__gt=timezone.now())
        keep_announcements(tuple(rows.order_by("starts_at", "id")), KEPT_FOR)
    now = timezone.now()
    ahead = TOLD_BEFORE if actor.user_id else timedelta()
    return [
        one
        for one in _Kept.rows
        if one.starts_at - ahead <= now < one.ends_at and is_meant_for(actor.role, one.roles)
    ]


def announcements_kept() -> tuple[list[Announcement], list[Announcement]]:
    """For the exploitation: those that run or will, the nearest first; and the last that ended."""
    now = timezone.now()
    live = Announcement.objects.filter(ends_at__gt=now).order_by("starts_at", "id")
    past = Announcement.objects.filter(ends_at__lte=now).order_by("-ends_at", "id")
    return list(live), list(past[:PAST])


def announcement(announcement_id: UUID) -> Announcement | None:
    """One announcement, whatever its time."""
    return Announcement.objects.filter(pk=announcement_id).first()


def changes_of(announcement_id: UUID) -> list[AnnouncementChange]:
    """Each writing of an announcement, the newest first."""
    return list(AnnouncementChange.objects.filter(announcement_id=announcement_id))
