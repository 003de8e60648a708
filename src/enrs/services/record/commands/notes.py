"""Follow-up notes shared by the circle."""

from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record import rules
from enrs.services.record.models import Note, NoteText

MAX_LENGTH = 20_000


class NoteRefusedError(Exception):
    """The note cannot be saved; the message says why, in French."""


def write_note(*, patient_id: UUID, text: str, audience: str = "care") -> Note:
    """Write a note as the current actor.

    A social worker's notes are always shared with the social field (category `social`).

    Raises:
        AccessRefusedError: the actor may not write in this record.
        NoteRefusedError: empty, too long, or of an unknown audience.
    """
    by = current_actor()
    cleaned = _checked(text, audience)
    _demand(patient_id, audience)
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
        )
        written.save(force_insert=True)
        _tell(written, "written")
    return written


def amend_note(*, written: Note, text: str, expected_version: int) -> Note:
    """Change one's own note; the former text is kept.

    Raises:
        AccessRefusedError: not the author.
        StaleSaveError: the note changed meanwhile.
    """
    if written.author_id != current_actor().user_id or written.withdrawn_at:
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
        AccessRefusedError: not the author.
    """
    if written.author_id != current_actor().user_id:
        raise AccessRefusedError("author")
    if written.withdrawn_at:
        return
    with act():
        written.withdrawn_at, written.withdrawn_reason = timezone.now(), reason[:200]
        written.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        _tell(written, "withdrawn", reason)


def _demand(patient_id: UUID, audience: str) -> None:
    decision = may(access_rules.WRITE, "notes", patient_id=patient_id)
    if not decision.allowed and audience == "shared":
        decision = may(access_rules.WRITE, "social", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


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
