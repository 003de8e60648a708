"""The kiosk of somebody, as pages show it: services of their role and place, favourites first, announcements."""

from dataclasses import replace

from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import announcements, help_pages, kiosk, offers_for, openings
from enrs.core.ui.shapes import Announcement, Kiosk, KioskEntry
from enrs.services.portal.queries import kiosk as queries
from enrs.services.portal.queries.openings import openings_decided


def kiosk_of(actor: Actor) -> Kiosk:
    """What somebody may open: two statements, three when something is limited to departments."""
    helped = {key: one for one in help_pages() for key in one.offers}
    entries = [
        KioskEntry(
            key=queries.OFFER + one.key,
            label=one.label,
            icon=one.icon,
            url=reverse(one.url_name),
            summary=one.summary,
            help_url=_help_url(helped[one.key].key) if one.key in helped else "",
        )
        for one in offers_for(actor)
    ]
    entries += [
        KioskEntry(
            key=queries.APPLICATION + str(one.pk),
            label=one.name,
            icon="window-stack",
            url=one.home_url,
            summary=one.description,
            is_external=True,
        )
        for one in queries.applications_for(actor)
    ]
    # One that is kept but offered no longer (another place of work, a retired application) waits unseen.
    known = {one.key: one for one in entries}
    kept = [key for key in queries.favourite_keys(actor) if key in known]
    others = [one for one in entries if one.key not in kept]
    return Kiosk(
        favourites=[replace(known[key], is_favourite=True) for key in kept],
        services=[one for one in others if not one.is_external],
        applications=[one for one in others if one.is_external],
        url=reverse("portal:kiosk"),
        favourite_url=reverse("portal:favourite"),
    )


def announcements_of(actor: Actor) -> list[Announcement]:
    """The announcements for somebody, those that run marked so."""
    now = timezone.now()
    return [
        Announcement(
            id=f"{one.id}~{one.version}",
            title=one.title,
            text=one.text,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            tone=one.tone,
            is_now=one.starts_at <= now,
            # Words that changed are told again to who had put the former ones away. Nobody signed in, nothing to
            # keep that in.
            dismiss_url=reverse("portal:put_away", args=[one.id, one.version])
            if actor.user_id
            else "",
        )
        for one in queries.announcements_for(actor)
    ]


def _help_url(key: str) -> str:
    return reverse("portal:help_page", args=[key])


kiosk(kiosk_of)
announcements(announcements_of)
openings(openings_decided)
