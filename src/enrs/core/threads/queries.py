"""The conversations that one may read, their messages, and what is unread."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Grant
from enrs.core.access.queries import may
from enrs.core.accounts.models import Position, User
from enrs.core.notifications.queries import professionals_of, rights_by_patient
from enrs.core.notifications.registry import patient_names
from enrs.core.threads import rules
from enrs.core.threads.models import Attachment, Membership, Message, ReadMark, Thread

PAGE = 30
MESSAGES = 50
MOST_CANDIDATES = 100
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A conversation of « Messagerie »: its last message, how many are unread, whom it is about."""

    thread: Thread
    last: Message | None
    unread: int
    name: str

    @property
    def unread_words(self) -> str:
        """« 3 non lus »."""
        return f"{self.unread} non {'lus' if self.unread > 1 else 'lu'}"


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who has read, and up to which message."""

    user_id: UUID
    name: str
    number: int
    read_at: datetime


def is_member(thread: Thread, actor: Actor | None = None) -> bool:
    """Whether the actor is a member, by themselves or by their place of work."""
    by = actor or current_actor()
    rows = Membership.objects.filter(thread=thread, grantee_id__in=by.grantees, left_at=None)
    return rows.exists()


def thread(thread_id: UUID) -> Thread | None:
    """A conversation, for who may read it: a right on its person first, then a place or its audience."""
    found = Thread.objects.filter(pk=thread_id, withdrawn_at=None).first()
    return found if found and may_act(found, access_rules.READ) else None


def may_act(found: Thread, action: str) -> bool:
    """Whether the actor may read, or write in, a conversation."""
    by = current_actor()
    if by.kind == "system":
        return True
    if found.patient_id and not may(action, "messages", patient_id=found.patient_id).allowed:
        return False
    is_heard = rules.is_heard(
        found.audience,
        is_professional=by.kind == "professional",
        has_patient=found.patient_id is not None,
    )
    return is_heard or is_member(found, by)


def threads_about(subject: tuple[str, UUID]) -> list[Thread]:
    """The conversations of a task or a case that the actor may read, the latest first."""
    kind, identifier = subject
    rows = Thread.objects.filter(subject_kind=kind, subject_id=identifier, withdrawn_at=None)
    return [one for one in rows.order_by("-last_message_at", "-id")[:PAGE] if may_act(one, "read")]


def threads_of(patient_id: UUID) -> list[InboxLine]:
    """The conversations about a person that the actor may read, the latest first; five queries."""
    by = current_actor()
    heard = ["all", "circle"] if by.kind == "professional" else ["all"]
    rows = Thread.objects.filter(patient_id=patient_id, withdrawn_at=None).filter(
        Q(audience__in=heard) | Q(pk__in=_joined(by))
    )
    return _lines(rows.order_by("-last_message_at", "-id")[:MOST_CANDIDATES], by, {})


def inbox(*, before: tuple[datetime, UUID] | None = None) -> list[InboxLine]:
    """One page, and one more, of the actor's conversations; the latest first. Six queries.

    Those about somebody on whom the right was lost are gone. `before`: last message and id shown.
    """
    by = current_actor()
    rows = Thread.objects.filter(pk__in=_joined(by), withdrawn_at=None)
    if before is not None:
        at, last = before
        rows = rows.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=last))
    found = list(rows.order_by("-last_message_at", "-id")[: PAGE + 1])
    people = {one.patient_id for one in found if one.patient_id}
    held = rights_by_patient(people, by) if people else {}
    shown = [one for one in found if _reads(one, by, held)]
    return _lines(shown, by, patient_names(people))


def _joined(by: Actor) -> "QuerySet[Membership, UUID]":
    rows = Membership.objects.filter(grantee_id__in=by.grantees, left_at=None)
    return rows.values_list("thread_id", flat=True)


def _reads(one: Thread, by: Actor, held: dict[UUID, list[access_rules.Right]]) -> bool:
    if one.patient_id is None:
        return True
    rights = held.get(one.patient_id, [])
    return access_rules.decide(
        role=by.role, category="messages", action=access_rules.READ, rights=rights
    ).allowed


def _lines(threads: Iterable[Thread], by: Actor, names: dict[UUID, str]) -> list[InboxLine]:
    found = list(threads)
    ids = [one.pk for one in found]
    rows = Message.objects.filter(thread_id__in=ids, number=F("thread__message_count"))
    last = {one.thread_id: one for one in rows.order_by("id")}
    marks = ReadMark.objects.filter(thread_id__in=ids, user_id=by.user_id or NOBODY)
    read = dict(marks.values_list("thread_id", "number"))
    return [
        InboxLine(
            one,
            last.get(one.pk),
            max(0, one.message_count - read.get(one.pk, 0)),
            names.get(one.patient_id, "") if one.patient_id else "",
        )
        for one in found
    ]


def unread_total() -> int:
    """How many of the latest conversations hold something unread."""
    return sum(1 for line in inbox() if line.unread)


def messages_of(found: Thread, *, before: int | None = None) -> list[Message]:
    """One page and one more of messages, the newest first, with files and former texts; three queries."""
    rows = Message.objects.filter(thread=found)
    if before is not None:
        rows = rows.filter(number__lt=before)
    files = Attachment.objects.order_by("rank", "id").defer("blob")
    return list(
        rows.order_by("-number").prefetch_related(
            Prefetch("attachments", queryset=files), "former_texts"
        )[: MESSAGES + 1]
    )


def message(message_id: UUID) -> Message | None:
    """One message, for who may read its conversation."""
    found = Message.objects.filter(pk=message_id).select_related("thread").first()
    return found if found and may_act(found.thread, access_rules.READ) else None


def attachment(attachment_id: UUID) -> Attachment | None:
    """A file of a message that still stands, for who may read its conversation."""
    rows = Attachment.objects.filter(pk=attachment_id, message__withdrawn_at=None)
    found = rows.select_related("message__thread", "blob").first()
    return found if found and may_act(found.message.thread, access_rules.READ) else None


def members_of(found: Thread) -> list[Membership]:
    """The members now, in the order in which they joined."""
    return list(found.memberships.filter(left_at=None).order_by("joined_at", "id"))


def readers_of(found: Thread) -> list[Reader]:
    """How far each person has read, by name."""
    rows = ReadMark.objects.filter(thread=found).order_by("name", "id")
    return [Reader(one.user_id, one.name, one.number, one.read_at) for one in rows]


def users_of(grantee_ids: Collection[UUID]) -> set[UUID]:
    """The accounts that act for some grantees: themselves, and those who work in a structure."""
    direct = User.objects.filter(grantee_id__in=grantee_ids, is_active=True)
    now = timezone.now()
    places = Position.objects.filter(organisation_id__in=grantee_ids, user__is_active=True)
    places = places.filter(Q(valid_until=None) | Q(valid_until__gt=now))
    return set(direct.values_list("id", flat=True)) | set(places.values_list("user_id", flat=True))


def holders_among(patient_id: UUID, grantee_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some grantees who hold a right on a person now, or whose place of work does."""
    now = timezone.now()
    rights = Grant.objects.filter(patient_id=patient_id, valid_from__lte=now, valid_until__gt=now)
    held = set(rights.values_list("grantee_id", flat=True))
    placed = Position.objects.filter(
        user__grantee_id__in=grantee_ids, organisation_id__in=held
    ).filter(Q(valid_until=None) | Q(valid_until__gt=now))
    through = set(placed.values_list("user__grantee_id", flat=True))
    return {one for one in grantee_ids if one in held or one in through}


def candidates(patient_id: UUID | None) -> list[rules.Person]:
    """Whom the actor may bring in: the circle's accounts for a person, else the colleagues of a place."""
    by = current_actor()
    users = User.objects.filter(is_active=True)
    if patient_id is not None:
        now = timezone.now()
        held = Grant.objects.filter(
            patient_id=patient_id, valid_from__lte=now, valid_until__gt=now
        ).values("grantee_id")
        users = users.filter(Q(grantee_id__in=held) | Q(pk__in=professionals_of(patient_id)))
    elif by.organisation_id:
        users = users.filter(
            pk__in=Position.objects.filter(organisation_id=by.organisation_id).values("user_id")
        )
    else:
        return []
    rows = users.exclude(pk=by.user_id or NOBODY).order_by("name", "id")[:MOST_CANDIDATES]
    return [rules.Person(one.grantee_id, one.name) for one in rows]
