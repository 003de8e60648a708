"""What is written on the kiosk: one's favourites, and the announcements of the exploitation."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.audiences import AUDIENCES
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_operator
from enrs.services.portal.models import Announcement, AnnouncementChange, Favourite
from enrs.services.portal.queries import kiosk as queries

MOST_FAVOURITES = 24
"""As many as a screen of the kiosk shows: beyond, the first kept makes room."""


class AnnouncementError(ValueError):
    """The announcement cannot be kept so; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an announcement says; `roles` are keys of `AUDIENCES`, none meaning everybody."""

    title: str
    text: str
    starts_at: datetime
    ends_at: datetime
    tone: str = "information"
    roles: tuple[str, ...] = ()


def keep_favourite(*, key: str) -> bool:
    """Put a service or an application first on one's kiosk, or back among the others; returns whether it is first.

    Raises:
        AccessRefusedError: nobody is signed in, or their kiosk has no such entry.
    """
    by = current_actor()
    if by.user_id is None:
        raise AccessRefusedError("profession")
    with act():
        mine = Favourite.objects.filter(user_id=by.user_id)
        gone, _ = mine.filter(key=key).delete()
        if not gone:
            if not queries.is_offered(by, key):
                raise AccessRefusedError("profession")
            if mine.count() >= MOST_FAVOURITES:
                oldest = mine.order_by("added_at", "id").values_list("pk", flat=True)[:1]
                mine.filter(pk__in=list(oldest)).delete()
            Favourite(user_id=by.user_id, key=key).save(force_insert=True)
        is_first = not gone
        note(
            "portal.favourite.kept" if is_first else "portal.favourite.left",
            object_kind="kiosk",
            object_id=key,
        )
    return is_first


def publish_announcement(*, words: Words) -> Announcement:
    """Tell people of a maintenance or of an incident.

    Raises:
        AnnouncementError: its moments or its audience cannot be kept.
        AccessRefusedError: not the exploitation.
    """
    demand_operator()
    _check(words)
    with act():
        made = Announcement(**_fields(words))
        made.save(force_insert=True)
        _write(made, AnnouncementChange.Act.PUBLISHED)
    return made


def change_announcement(
    *, announcement: Announcement, words: Words, expected_version: int
) -> Announcement:
    """Say it otherwise, or of another time.

    Raises:
        AnnouncementError: as `publish_announcement`, or it has ended.
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    demand_operator()
    _check(words)
    with act():
        kept = _locked(announcement)
        if kept.version != expected_version:
            raise StaleSaveError(kept)
        for name, value in _fields(words).items():
            setattr(kept, name, value)
        kept.version += 1
        kept.save()
        _write(kept, AnnouncementChange.Act.CHANGED)
    return kept


def end_announcement(*, announcement: Announcement) -> None:
    """Take it off every page now; one that had not begun never shows.

    Raises:
        AnnouncementError: it has ended already.
        AccessRefusedError: not the exploitation.
    """
    demand_operator()
    with act():
        kept = _locked(announcement)
        now = timezone.now()
        kept.starts_at, kept.ends_at = min(kept.starts_at, now), now
        kept.version += 1
        kept.save()
        _write(kept, AnnouncementChange.Act.ENDED)


def _locked(announcement: Announcement) -> Announcement:
    kept = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if kept.ends_at <= timezone.now():
        raise AnnouncementError("Cette annonce est terminée : publiez-en une autre.")
    return kept


def _fields(words: Words) -> dict[str, object]:
    return asdict(words) | {"roles": list(words.roles)}


def _check(words: Words) -> None:
    fault = rules.announcement_fault(words.starts_at, words.ends_at, timezone.now())
    if not words.title.strip() or not words.text.strip():
        fault = "Donnez un titre et un texte."
    if words.tone not in Announcement.Tone.values or not set(words.roles) <= AUDIENCES.keys():
        fault = "Ce ton ou ce destinataire n’existe pas."
    if fault:
        raise AnnouncementError(fault)


def _write(kept: Announcement, done: AnnouncementChange.Act) -> None:
    """Its line of history and its line of the journal; other pages read it again."""
    by = current_actor()
    AnnouncementChange(
        announcement=kept, act=done, by_id=by.user_id, by=by.name, title=kept.title,
        text=kept.text, starts_at=kept.starts_at, ends_at=kept.ends_at, tone=kept.tone,
        roles=kept.roles,
    ).save(force_insert=True)  # fmt: skip
    note(
        f"portal.announcement.{done.value}",
        object_kind="announcement",
        object_id=kept.id,
        details={
            "title": kept.title,
            "starts_at": kept.starts_at.isoformat(),
            "ends_at": kept.ends_at.isoformat(),
            "roles": kept.roles,
        },
    )
    queries.forget_announcements()
    # Again once it is committed: another page may have read the former words in between.
    transaction.on_commit(queries.forget_announcements)
