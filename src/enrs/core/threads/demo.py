"""Invented conversations, made as the commands would have made them, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.documents import store
from enrs.core.threads import rules
from enrs.core.threads.fhir import publish_message
from enrs.core.threads.models import (
    Attachment,
    FormerText,
    Membership,
    Message,
    ReadMark,
    Thread,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message: by whom, when, what; the text that it had before, whether it was withdrawn, its files."""

    by: Someone
    at: datetime
    text: str
    former: str = ""
    is_withdrawn: bool = False
    files: Sequence[rules.NewFile] = ()


def tell_thread(
    rows: Rows,
    *,
    subject: tuple[str, UUID],
    members: Sequence[Someone],
    said: Sequence[Said],
    title: str = "",
    patient: Patient | None = None,
    audience: str = "members",
    unread: Mapping[UUID, int] | None = None,
    closed_at: datetime | None = None,
) -> Thread:
    """A conversation whose first message opens it; members are its authors and whoever else is named.

    Everybody with an account has read everything, but who has `unread` messages (by grantee).
    """
    first, last = said[0], said[-1]
    thread = rows.add(
        Thread(
            id=key(first.at),
            identity_id=patient.identity_id if patient else None,
            patient_id=patient.id if patient else None,
            subject_kind=subject[0],
            subject_id=subject[1],
            title=title,
            audience=audience,
            author_id=first.by.user_id,
            message_count=len(said),
            last_message_at=last.at,
            closed_at=closed_at,
        )
    )
    people = {one.grantee_id: one for one in (*(one.by for one in said), *members)}
    for one in people.values():
        rows.add(
            Membership(
                thread=thread,
                grantee_id=one.grantee_id,
                display=one.name[:200],
                joined_at=first.at,
            )
        )
        _mark(rows, thread, one, len(said) - (unread or {}).get(one.grantee_id, 0), last.at)
    for number, message in enumerate(said, 1):
        _post(rows, thread, number, message)
    return thread


def _mark(rows: Rows, thread: Thread, who: Someone, number: int, at: datetime) -> None:
    if who.user_id is not None and number > 0:
        rows.add(
            ReadMark(thread=thread, user_id=who.user_id, name=who.name, number=number, read_at=at)
        )


def _post(rows: Rows, thread: Thread, number: int, said: Said) -> None:
    by = said.by
    is_changed = bool(said.former) or said.is_withdrawn
    row = rows.add(
        Message(
            id=key(said.at),
            thread=thread,
            number=number,
            text="" if said.is_withdrawn else said.text,
            author_id=by.user_id or UUID(int=0),
            author_grantee_id=by.grantee_id,
            author_name=by.name,
            author_label=", ".join(one for one in (by.label, by.place_name) if one)[:200],
            posted_at=said.at,
            edited_at=said.at if said.former else None,
            withdrawn_at=said.at if said.is_withdrawn else None,
            version=2 if is_changed else 1,
        )
    )
    if is_changed:
        text = said.text if said.is_withdrawn else said.former
        rows.add(FormerText(message=row, version=1, text=text, replaced_at=said.at))
    for rank, file in enumerate(said.files):
        kind = rules.mime_type(file.content)
        rows.add(
            Attachment(
                message=row,
                rank=rank,
                name=rules.file_name(file.name, kind),
                mime_type=kind,
                size=len(file.content),
                blob=store.put(file.content),
            )
        )
    rows.publish(partial(publish_message, row, thread))
