"""Follow-up notes shared by the circle."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may, rights_on
from enrs.core.audit.commands import note as audit
from enrs.core.documents import store
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record import rules
from enrs.services.record.models import Note, NoteMark, NoteText
from enrs.services.record.rules.photo import PhotoRefusedError, clean_photo

MAX_LENGTH = 20_000


class NoteRefusedError(Exception):
    """The note cannot be saved; the message says why, in French."""


def write_note(
    *,
    patient_id: UUID,
    text: str,
    audience: str = "care",
    tags: Sequence[str] = (),
    photo: bytes = b"",
) -> Note:
    """Write a note as the current actor; `photo` is a PNG or a JPEG, kept without its metadata.

    A social worker's notes are always shared with the social field (category `social`); the person and
    their proxy write shared notes too, which say so.

    Raises:
        AccessRefusedError: the actor may not write in this record.
        NoteRefusedError: empty, too long, of an unknown audience, or with a photo that is none.
    """
    by = current_actor()
    cleaned = _checked(text, audience)
    is_by_person = _demand(patient_id, audience)
    picture, kind = _picture(photo)
    if by.user_id is None:
        raise AccessRefusedError("anonymous")
    with act():
        written = Note(
            id=uuid7(),
            identity_id=latest_identity(patient_id),
            patient_id=patient_id,
            text=cleaned,
            audience=audience,
            author_id=by.user_id,
            author_name=by.name,
            author_label=by.label,
            organisation_name=by.organisation_name,
            written_at=timezone.now(),
            tags=rules.tags_of(",".join(tags)),
            is_by_person=is_by_person,
            photo=store.put(picture) if picture else None,
            photo_type=kind,
        )
        written.save(force_insert=True)
        _tell(written, "written")
    return written


def amend_note(*, written: Note, text: str, expected_version: int) -> Note:
    """Change one's own note; the former text is kept.

    Raises:
        AccessRefusedError: not the author, or one who may write in this record no more.
        StaleSaveError: the note changed meanwhile.
    """
    _demand_author(written)
    if written.withdrawn_at:
        raise AccessRefusedError("author")
    cleaned = _checked(text, written.audience)
    with act():
        former = NoteText(
            note=written,
            patient_id=written.patient_id,
            version=expected_version,
            text=Note.objects.values_list("text", flat=True).get(pk=written.pk),
        )
        written.text, written.amended_at = cleaned, timezone.now()
        save_version(written, expected=expected_version, fields=["text", "amended_at"])
        former.save(force_insert=True)
        _tell(written, "amended")
    return written


def withdraw_note(*, written: Note, reason: str) -> None:
    """Withdraw one's own note from view.

    Raises:
        AccessRefusedError: not the author, or one who may write in this record no more.
    """
    _demand_author(written)
    if written.withdrawn_at:
        return
    with act():
        written.withdrawn_at, written.withdrawn_reason = timezone.now(), reason[:200]
        written.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        _tell(written, "withdrawn", reason)


def keep_note(*, written: Note, is_favourite: bool) -> None:
    """Keep a note at hand for the current user, or no longer.

    Raises:
        AccessRefusedError: nobody, or a reader to whom the note is not open.
    """
    by = current_actor()
    decision = may(access_rules.READ, "identity", patient_id=written.patient_id)
    is_author = written.author_id == by.user_id
    if by.user_id is None or not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if not rules.reads_note(role=decision.role, audience=written.audience, is_author=is_author):
        raise AccessRefusedError("audience")
    NoteMark.objects.bulk_create(
        [
            NoteMark(
                id=uuid7(),
                note=written,
                user_id=by.user_id,
                patient_id=written.patient_id,
                is_favourite=is_favourite,
            )
        ],
        update_conflicts=True,
        unique_fields=["user_id", "note"],
        update_fields=["is_favourite"],
    )


def _demand(patient_id: UUID, audience: str) -> bool:
    """Whether the writer is the person or their proxy; nobody else than who may write passes."""
    role, rights = current_actor().role, rights_on(patient_id)
    asked = ["notes"] + ["social", "assessment"] * (audience == "shared")
    decisions = [
        access_rules.decide(role=role, category=one, action=access_rules.WRITE, rights=rights)
        for one in asked
    ]
    if any(one.allowed for one in decisions[:2]):
        return False
    if decisions[-1].allowed and decisions[-1].role in {"patient", "proxy"}:
        return True
    raise AccessRefusedError(decisions[0].reason)


def _demand_author(written: Note) -> None:
    """Only its author changes a note, and only while they may still write it."""
    if written.author_id != current_actor().user_id:
        raise AccessRefusedError("author")
    _demand(written.patient_id, written.audience)


PHOTO_REFUSALS = {
    "size": "La photo est trop grande : 8 Mo et 10 000 points de côté au plus.",
    "type": "Ce fichier n’est ni une photo JPEG ni une image PNG.",
    "broken": "Cette photo est abîmée : enregistrez-la de nouveau.",
}


def _picture(photo: bytes) -> tuple[bytes, str]:
    if not photo:
        return b"", ""
    try:
        return clean_photo(photo)
    except PhotoRefusedError as error:
        raise NoteRefusedError(PHOTO_REFUSALS[error.code]) from error


def _checked(text: str, audience: str) -> str:
    cleaned = text.strip()
    if audience not in rules.AUDIENCES:
        raise NoteRefusedError("Choisissez qui pourra lire cette note.")
    if not cleaned:
        raise NoteRefusedError("La note est vide : écrivez au moins un mot.")
    if len(cleaned) > MAX_LENGTH:
        raise NoteRefusedError("La note est trop longue : 20 000 caractères au plus.")
    return cleaned


def _tell(written: Note, what: str, reason: str = "") -> None:
    audit(
        f"record.note.{what}",
        patient_id=written.patient_id,
        object_kind="note",
        object_id=written.id,
        reason=reason,
    )
    emit(
        f"record.note.{what}",
        patient_id=written.patient_id,
        topics=[f"patient:{written.patient_id}"],
        payload={"kind": "notes", "ids": [str(written.id)]},
    )
