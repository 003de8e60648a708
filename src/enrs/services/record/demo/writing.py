"""Notes of the demo, as the command would have written them."""

from collections.abc import Sequence
from datetime import datetime

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.documents import store
from enrs.services.record.models import Note, NoteMark, NoteText
from enrs.services.record.rules.photo import clean_photo


def write_note(
    rows: Rows,
    *,
    patient: Patient,
    by: Someone,
    at: datetime,
    text: str,
    audience: str = "care",
    tags: Sequence[str] = (),
    former: str = "",
    photo: bytes = b"",
    is_by_person: bool = False,
    kept_by: Sequence[Someone] = (),
) -> Note:
    """A note, its former text when it was amended, and who keeps it at hand."""
    assert by.user_id is not None  # noqa: S101  notes are written by accounts
    picture, kind = clean_photo(photo) if photo else (b"", "")
    note = rows.add(
        Note(
            id=key(at),
            identity_id=patient.identity_id,
            patient_id=patient.id,
            text=text,
            tags=list(tags),
            is_by_person=is_by_person,
            photo=store.put(picture) if picture else None,
            photo_type=kind,
            audience=audience,
            author_id=by.user_id,
            author_name=by.name,
            author_label=by.label,
            organisation_name=by.place_name,
            written_at=at,
            amended_at=at if former else None,
            version=2 if former else 1,
            recorded_at=at,
        )
    )
    if former:
        rows.add(NoteText(note=note, patient_id=patient.id, version=1, text=former))
    for one in kept_by:
        assert one.user_id is not None  # noqa: S101  only accounts keep notes
        rows.add(NoteMark(note=note, user_id=one.user_id, patient_id=patient.id))
    return note
