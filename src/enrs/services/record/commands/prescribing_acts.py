"""What becomes of a prescription: signed, cancelled, its lines put among the treatments."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import save_version
from enrs.services.record.commands.documents import withdraw_document
from enrs.services.record.commands.entries import amend_entry, record_entry
from enrs.services.record.commands.prescribing import (
    PrescriptionRefusedError,
    Status,
    demand_own_draft,
    demand_prescriber,
    lock,
    tell,
)
from enrs.services.record.commands.producing import make
from enrs.services.record.fhir.prescriptions import publish_prescription
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.queries import prescriptions as queries
from enrs.services.record.queries.producing import About
from enrs.services.record.rules import prescribing as rules

CANCELLED: Final = "Ordonnance annulée : "


def sign_prescription(
    *, prescription: Prescription, remarks: str, alerts_read: str, expected_version: int
) -> Prescription:
    """Sign one's own draft: its document is made and filed, the one that it corrects is replaced.

    `alerts_read` is the `rules.digest` of the alerts that its author read: one that came since stops the signature.

    Raises:
        AccessRefusedError: a profession that does not prescribe, or who may not write documents and the summary;
            another's draft.
        PrescriptionRefusedError: `signed`, `empty`, `alerts` (one was not shown, or not read), `long`, `scope`,
            `replaced` (the one that it corrects is no longer in force).
        ProductionRefusedError: something is missing in the header; nothing is signed.
        StaleSaveError: the draft changed meanwhile.
    """
    by = demand_own_draft(prescription)
    if len(remarks) > rules.REMARKS or "\x00" in remarks:
        raise PrescriptionRefusedError("long")
    try:
        with act(savepoint=True):
            lock(prescription.patient_id)
            lines = queries.lines_of(prescription)
            if not lines:
                raise PrescriptionRefusedError("empty")
            if not all(rules.is_within(by.role, one.code, one.code_system) for one in lines):
                raise PrescriptionRefusedError("scope")
            alerts = queries.alerts_of(prescription, lines)
            if alerts and alerts_read != rules.digest(alerts):
                raise PrescriptionRefusedError("alerts")
            former = _former_in_force(prescription)
            prescription.status, prescription.signed_at = Status.SIGNED, timezone.now()
            # A prescription is of the day when it was signed, not when its draft was begun.
            prescription.written_at = prescription.signed_at
            prescription.remarks = remarks.strip()
            prescription.alerts = [one.words for one in alerts]
            prescription.organisation_id = by.organisation_id
            prescription.organisation_name = by.organisation_name[:300]
            prescription.document = _document(prescription, lines)
            fields = [
                "status", "signed_at", "written_at", "remarks", "alerts", "organisation_id", "organisation_name",
                "document",
            ]  # fmt: skip
            save_version(prescription, expected=expected_version, fields=fields)
            if former is not None:
                _end_former(former, prescription)
            publish_prescription(prescription, lines)
            tell(prescription, "signed")
    except IntegrityError as error:
        raise PrescriptionRefusedError("replaced") from error
    return prescription


def cancel_prescription(*, prescription: Prescription, reason: str, expected_version: int) -> None:
    """Cancel a prescription in force, by its author or somebody of their place who may prescribe its lines: it
    stays, with its reason, and its document is withdrawn.

    Raises:
        AccessRefusedError: a profession that does not prescribe all of it, or who may not write documents and the
            summary; another place's.
        PrescriptionRefusedError: `ended`, `reason`.
        StaleSaveError: it changed meanwhile.
    """
    by = demand_prescriber(prescription.patient_id)
    lines = queries.lines_of(prescription)
    if not queries.answers_for(prescription, lines, by):
        raise AccessRefusedError("place")
    if prescription.status != Status.SIGNED:
        raise PrescriptionRefusedError("ended")
    words = " ".join(reason.split())
    if len(words) < 5 or "\x00" in reason:
        raise PrescriptionRefusedError("reason")
    with act():
        _end(prescription, Status.CANCELLED, by.name, words, expected_version)
        if prescription.document is not None:
            withdraw_document(document=prescription.document, reason=f"{CANCELLED}{words}")
        publish_prescription(prescription, lines)
        tell(prescription, "cancelled", words)


def take_treatments(*, prescription: Prescription, line_ids: Collection[UUID]) -> int:
    """Put lines of a prescription in force among the treatments of the summary; returns how many changed.

    A line that took up a treatment, or whose medicine is there under the same name, changes that one; another one is
    added. What is there already, the same, is left as it is.

    Raises:
        AccessRefusedError: as for `start_prescription`.
        PrescriptionRefusedError: `ended`.
    """
    demand_prescriber(prescription.patient_id)
    with act():
        lock(prescription.patient_id)
        held = Prescription.objects.get(pk=prescription.pk)
        if held.status != Status.SIGNED:
            raise PrescriptionRefusedError("ended")
        return sum(_take(held, one) for one in queries.lines_of(held) if one.pk in set(line_ids))


# --- the parts ------------------------------------------------------------------------------------


def _document(prescription: Prescription, lines: list[PrescriptionLine]) -> Any:
    former = prescription.replaces
    about = About(
        row_id=prescription.pk,
        replaces_id=former.document_id if former else None,
        facts=queries.facts_of(prescription, lines),
        informations=queries.informations_of(lines),
    )
    return make(
        patient_id=prescription.patient_id,
        kind="prescription",
        said={"remarks": prescription.remarks},
        about=about,
    )


def _former_in_force(prescription: Prescription) -> Prescription | None:
    """The prescription that this one corrects, held to the end of the act."""
    if prescription.replaces_id is None:
        return None
    held = Prescription.objects.select_for_update().get(pk=prescription.replaces_id)
    if held.status != Status.SIGNED:
        raise PrescriptionRefusedError("replaced")
    return held


def _end_former(held: Prescription, by: Prescription) -> None:
    _end(held, Status.REPLACED, by.author_name, "Corrigée par une nouvelle", held.version)
    publish_prescription(held, queries.lines_of(held))
    tell(held, "replaced")


def _end(one: Prescription, status: str, by: str, reason: str, expected: int) -> None:
    one.status, one.ended_at, one.ended_by = status, timezone.now(), by[:200]
    one.ended_reason = reason[:200]
    fields = ["status", "ended_at", "ended_by", "ended_reason"]
    save_version(one, expected=expected, fields=fields)


def _take(prescription: Prescription, line: PrescriptionLine) -> int:
    """One line, as the summary has it."""
    assert prescription.signed_at is not None  # noqa: S101  it is signed
    begins = legal_day(prescription.signed_at)
    ends = rules.last_day(line, begins)
    values = {
        "display": line.display,
        "code": line.code,
        "code_system": line.code_system,
        "dosage": rules.dosage_words(line)[:200] or line.comment[:200],
        "prescriber": prescription.author_name,
        "ended_on": ends.isoformat() if ends else "",
    }
    known = queries.treatment_for(line)
    if known is None:
        made = record_entry(
            kind="treatment",
            patient_id=line.patient_id,
            values=values | {"began_on": begins.isoformat()},
        )
        _link(line, made.pk)
        return 1
    _link(line, known.pk)
    if all(getattr(known, name) == value for name, value in values.items()):
        return 0
    began = known.began_on or begins.isoformat()
    more = {"status": "active", "began_on": began}
    amend_entry(entry=known, values=values | more, expected_version=known.version)
    return 1


def _link(line: PrescriptionLine, treatment_id: UUID) -> None:
    line.treatment_id = treatment_id
    line.save(update_fields=["treatment_id"])
