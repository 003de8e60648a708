"""Opening a conversation, posting, editing and withdrawing messages, members and read marks."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.documents import store
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of
from enrs.core.threads import queries, rules
from enrs.core.threads.fhir import publish_message
from enrs.core.threads.models import (
    Attachment,
    FormerText,
    Membership,
    Message,
    ReadMark,
    Thread,
)


class ThreadRefusedError(Exception):
    """The act is refused; `reason` is a code whose sentence the pages hold."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def open_thread(
    *,
    subject: tuple[str, UUID],
    patient_id: UUID | None = None,
    members: Sequence[rules.Person] = (),
    title: str = "",
    audience: str = "members",
) -> Thread:
    """Open a conversation on a subject; who opens it is a member.

    Raises:
        AccessRefusedError: the actor may not write about this person.
        ThreadRefusedError: a member holds no right on the person (`member`), too many of them
            (`members`), an audience that wants a person (`audience`), a title too long (`long`).
    """
    by = current_actor()
    if by.kind == "anonymous":
        raise AccessRefusedError("anonymous")
    if audience not in Thread.Audience.values or (audience != "members" and patient_id is None):
        raise ThreadRefusedError("audience")
    if len(title) > 200 or "\x00" in title:
        raise ThreadRefusedError("long")
    if patient_id is not None and by.kind != "system":
        decision = may(access_rules.WRITE, "messages", patient_id=patient_id)
        if not decision.allowed:
            raise AccessRefusedError(decision.reason)
    people = {one.id: one for one in members}
    if by.grantee_id:
        people[by.grantee_id] = rules.Person(by.grantee_id, by.name)
    _check_members(patient_id, list(people), [by.grantee_id])
    with act():
        opened = Thread(
            id=uuid7(),
            identity_id=carrier_of(patient_id),
            patient_id=patient_id,
            subject_kind=subject[0],
            subject_id=subject[1],
            title=title.strip(),
            audience=audience,
            author_id=by.user_id,
        )
        opened.save(force_insert=True)
        _write_members(opened, list(people.values()))
        _tell(opened, "opened")
    return opened


def _check_members(
    patient_id: UUID | None, grantee_ids: Sequence[UUID], known: Collection[UUID | None] = ()
) -> None:
    if len(grantee_ids) > rules.MAX_MEMBERS:
        raise ThreadRefusedError("members")
    asked = [one for one in grantee_ids if one not in known]
    if patient_id is None or not asked:
        return
    if len(queries.holders_among(patient_id, asked)) < len(asked):
        raise ThreadRefusedError("member")


def _write_members(thread: Thread, people: Sequence[rules.Person]) -> None:
    Membership.objects.bulk_create(
        [
            Membership(id=uuid7(), thread=thread, grantee_id=one.id, display=one.display[:200])
            for one in people
        ]
    )


def post(
    *,
    thread: Thread,
    text: str,
    attachments: Sequence[rules.NewFile] = (),
    identifiers: Sequence[dict[str, Any]] = (),
) -> Message:
    """Add a message; the members named after an @ are told.

    Raises:
        AccessRefusedError: the actor may not write there.
        ThreadRefusedError: closed, or a text or a file that is refused.
    """
    by = current_actor()
    _demand(thread)
    fault = rules.fault_of_text(text, has_files=bool(attachments))
    if len(attachments) > rules.MAX_FILES:
        fault = "files"
    fault = fault or next((f for f in map(rules.fault_of_file, attachments) if f), "")
    if fault:
        raise ThreadRefusedError(fault)
    with act():
        held = Thread.objects.select_for_update().get(pk=thread.pk)
        if held.closed_at:
            raise ThreadRefusedError("closed")
        held.message_count += 1
        held.last_message_at = timezone.now()
        held.save(update_fields=["message_count", "last_message_at"])
        posted = Message(
            id=uuid7(),
            thread=held,
            number=held.message_count,
            text=text.strip(),
            author_id=by.user_id or UUID(int=0),
            author_grantee_id=by.grantee_id,
            author_name=by.name,
            author_label=", ".join(one for one in (by.label, by.organisation_name) if one)[:200],
            posted_at=held.last_message_at,
            identifiers=list(identifiers),
        )
        posted.save(force_insert=True)
        _attach(posted, attachments)
        _mark(held, held.message_count)
        _tell(held, "posted", message=posted, mentions=text)
        publish_message(posted, held)
    thread.message_count, thread.last_message_at = held.message_count, held.last_message_at
    return posted


def _attach(posted: Message, files: Sequence[rules.NewFile]) -> None:
    rows = []
    for rank, file in enumerate(files):
        kind = rules.mime_type(file.content)
        rows.append(
            Attachment(
                id=uuid7(),
                message=posted,
                rank=rank,
                name=rules.file_name(file.name, kind),
                mime_type=kind,
                size=len(file.content),
                blob=store.put(file.content),
            )
        )
    Attachment.objects.bulk_create(rows)


def edit_message(*, message: Message, text: str, expected_version: int) -> Message:
    """Change one's own message; the former text stays readable.

    Raises:
        AccessRefusedError: not its author, or no longer allowed there.
        ThreadRefusedError: withdrawn, or a text that is refused.
        StaleSaveError: it was changed meanwhile.
    """
    _demand_author(message)
    fault = rules.fault_of_text(text)
    if fault or message.withdrawn_at:
        raise ThreadRefusedError(fault or "withdrawn")
    with act():
        _keep(message, expected_version)
        message.text, message.edited_at = text.strip(), timezone.now()
        save_version(message, expected=expected_version, fields=["text", "edited_at"])
        _tell(message.thread, "edited", message=message)
        publish_message(message, message.thread)
    return message


def withdraw_message(*, message: Message) -> None:
    """Withdraw one's own message and its files: its place stays, its text is kept apart.

    Raises:
        AccessRefusedError: not its author.
    """
    _demand_author(message)
    if message.withdrawn_at:
        return
    with act():
        _keep(message, message.version)
        message.text, message.withdrawn_at = "", timezone.now()
        save_version(message, expected=message.version, fields=["text", "withdrawn_at"])
        _tell(message.thread, "withdrawn", message=message)
        publish_message(message, message.thread)


def _keep(message: Message, version: int) -> None:
    former = Message.objects.values_list("text", flat=True).get(pk=message.pk)
    FormerText(id=uuid7(), message=message, version=version, text=former).save(force_insert=True)


def add_members(*, thread: Thread, members: Sequence[rules.Person]) -> int:
    """Bring people in; one who had left comes back. Returns how many came.

    Raises:
        AccessRefusedError: the actor is no member.
        ThreadRefusedError: one of them holds no right on the person.
    """
    _demand(thread)
    people = {one.id: one for one in members}
    with act():
        rows = {
            one.grantee_id: one for one in thread.memberships.select_for_update().order_by("id")
        }
        fresh = [one for one in people.values() if one.id not in rows]
        back = [rows[one] for one in people if one in rows and rows[one].left_at]
        present = sum(1 for one in rows.values() if one.left_at is None)
        if present + len(fresh) + len(back) > rules.MAX_MEMBERS:
            raise ThreadRefusedError("members")
        _check_members(thread.patient_id, list(people))
        for one in back:
            one.left_at = None
            one.save(update_fields=["left_at"])
        _write_members(thread, fresh)
        if fresh or back:
            _tell(thread, "joined")
    return len(fresh) + len(back)


def leave(*, thread: Thread, grantee_id: UUID | None = None) -> None:
    """Leave a conversation, or have somebody leave: by who opened it, while they still write there.

    Raises:
        AccessRefusedError: somebody else's place, and not the one who opened it.
    """
    by = current_actor()
    wanted = grantee_id or by.grantee_id or queries.NOBODY
    if wanted not in by.grantees:
        if thread.author_id != by.user_id:
            raise AccessRefusedError("author")
        _demand(thread)
    with act():
        left = thread.memberships.filter(grantee_id=wanted, left_at=None)
        if left.update(left_at=timezone.now()):
            _tell(thread, "left")


def read_until(*, thread: Thread, number: int) -> None:
    """Mark as read up to a message, for the actor; a mark never goes back."""
    if not queries.may_act(thread, access_rules.READ):
        raise AccessRefusedError("member")
    with act():
        _mark(thread, number)


def _mark(thread: Thread, number: int) -> None:
    by = current_actor()
    if by.user_id is None:
        return
    marks = ReadMark.objects.filter(thread=thread, user_id=by.user_id)
    wanted = max(0, number)
    if marks.filter(number__lt=wanted).update(number=wanted, read_at=timezone.now()):
        return
    if not marks.exists():
        fresh = ReadMark(id=uuid7(), thread=thread, user_id=by.user_id, name=by.name, number=wanted)
        ReadMark.objects.bulk_create([fresh], ignore_conflicts=True)


def close_thread(*, thread: Thread) -> None:
    """Close a conversation: it is read, and nothing is added."""
    _demand(thread)
    _set_closed(thread, is_closed=True)


def reopen_thread(*, thread: Thread) -> None:
    """Open a closed conversation again."""
    _demand(thread)
    _set_closed(thread, is_closed=False)


def _set_closed(thread: Thread, *, is_closed: bool) -> None:
    if bool(thread.closed_at) == is_closed:
        return
    with act():
        thread.closed_at = timezone.now() if is_closed else None
        thread.save(update_fields=["closed_at"])
        _tell(thread, "closed" if is_closed else "reopened")


def _demand(thread: Thread) -> None:
    if not queries.may_act(thread, access_rules.WRITE):
        raise AccessRefusedError("member")


def _demand_author(message: Message) -> None:
    if message.author_id != current_actor().user_id:
        raise AccessRefusedError("author")
    _demand(message.thread)


def _tell(thread: Thread, what: str, *, message: Message | None = None, mentions: str = "") -> None:
    """The line of the act, the hint to the members' open pages, and who was named after an @."""
    note(
        f"threads.thread.{what}" if message is None else f"threads.message.{what}",
        patient_id=thread.patient_id,
        object_kind="thread" if message is None else "message",
        object_id=message.id if message else thread.id,
    )
    members = queries.members_of(thread)
    users = queries.users_of([one.grantee_id for one in members])
    topics = [f"user:{one}" for one in sorted(users)]
    if thread.patient_id and thread.audience != "members":
        topics.append(f"patient:{thread.patient_id}")
    emit(
        f"threads.{what}",
        patient_id=thread.patient_id,
        topics=topics,
        payload={"kind": "messages", "ids": [str(thread.id)]},
    )
    people = [rules.Person(one.grantee_id, one.display) for one in members]
    named = rules.mentioned(mentions, people) if "@" in mentions else []
    if named:
        told = queries.users_of([one.id for one in named]) - {current_actor().user_id}
        emit(
            "threads.mentioned",
            patient_id=thread.patient_id,
            payload={
                "thread": str(thread.id),
                "users": [str(one) for one in sorted(told)],
                "by": current_actor().name,
            },
        )
