"""Writing a prescription: a draft of one's own and its lines, taken up from another one to renew or correct it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.queries import marks as mark_queries
from enrs.services.record.rules import prescribing as rules

Status = Prescription.Status
CATEGORIES: Final = ("documents", "summary")
"""A prescription is a document, and feeds the treatments of the summary: who prescribes writes both."""
COPIED: Final = (
    "display", "code", "code_system", "dose", "dose_unit", "route", "times", "period", "moments", "is_as_needed",
    "lasts", "lasts_unit", "quantity", "refills", "no_substitution", "is_long_term", "comment", "to_pharmacist",
    "treatment_id",
)  # fmt: skip


class PrescriptionRefusedError(Exception):
    """The prescription cannot be changed, signed or ended so; `code` names the sentence of `views.prescribing`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def start_prescription(*, patient_id: UUID) -> Prescription:
    """A draft of the current actor; the one that they left without a line serves again.

    Raises:
        AccessRefusedError: a profession that does not prescribe, or who may not write documents and the summary.
    """
    by = demand_prescriber(patient_id)
    with act():
        lock(patient_id)
        empty = _drafts(patient_id, by).filter(lines=None, replaces=None, renews=None).first()
        return empty or _new(patient_id, by)


def renew_prescription(*, prescription: Prescription) -> Prescription:
    """A draft with the lines of a prescription that was signed; asked twice it is the same one.

    Raises:
        AccessRefusedError: as for `start_prescription`.
        PrescriptionRefusedError: `unsigned`.
    """
    by = demand_prescriber(prescription.patient_id)
    if prescription.status == Status.DRAFT:
        raise PrescriptionRefusedError("unsigned")
    with act():
        lock(prescription.patient_id)
        known = _drafts(prescription.patient_id, by).filter(renews=prescription).first()
        return known or _copy(prescription, by, renews=prescription)


def correct_prescription(*, prescription: Prescription) -> Prescription:
    """A draft that will replace one's own prescription in force once it is signed; asked twice it is the same one.

    Raises:
        AccessRefusedError: as for `start_prescription`; another's prescription.
        PrescriptionRefusedError: `ended`.
    """
    by = demand_prescriber(prescription.patient_id)
    if prescription.author_id != by.user_id:
        raise AccessRefusedError("author")
    if prescription.status != Status.SIGNED:
        raise PrescriptionRefusedError("ended")
    with act():
        lock(prescription.patient_id)
        known = _drafts(prescription.patient_id, by).filter(replaces=prescription).first()
        return known or _copy(prescription, by, replaces=prescription)


def save_prescription_line(
    *,
    prescription: Prescription,
    values: Mapping[str, Any],
    expected_version: int,
    line_id: UUID | None = None,
) -> PrescriptionLine:
    """Add a line to one's own draft, or change the line of this id.

    Raises:
        AccessRefusedError: as for `start_prescription`; another's draft.
        PrescriptionRefusedError: `signed`, `many`, `line` (it is no more).
        rules.LineRefusedError: a value cannot be, or this profession does not prescribe it.
        StaleSaveError: the draft changed meanwhile.
    """
    by = demand_own_draft(prescription)
    cleaned = rules.checked(values, role=by.role)
    with act():
        save_version(prescription, expected=expected_version, fields=[])
        if line_id is not None:
            line = prescription.lines.filter(pk=line_id, removed_at=None).first()
            if line is None:
                raise PrescriptionRefusedError("line")
            for name, value in cleaned.items():
                setattr(line, name, value)
            line.save(update_fields=list(cleaned))
        else:
            if prescription.lines.filter(removed_at=None).count() >= rules.MOST_LINES:
                raise PrescriptionRefusedError("many")
            line = PrescriptionLine(
                id=uuid7(), prescription=prescription, patient_id=prescription.patient_id, **cleaned
            )
            line.save(force_insert=True)
        tell(prescription, "written")
    return line


def remove_prescription_line(
    *, prescription: Prescription, line_id: UUID, expected_version: int
) -> None:
    """Take a line off one's own draft, which nobody has signed.

    Raises:
        AccessRefusedError, PrescriptionRefusedError, StaleSaveError: as for `save_prescription_line`.
    """
    demand_own_draft(prescription)
    with act():
        save_version(prescription, expected=expected_version, fields=[])
        rows = prescription.lines.filter(pk=line_id, removed_at=None)
        if not rows.update(removed_at=timezone.now()):
            raise PrescriptionRefusedError("line")
        tell(prescription, "written")


def drop_prescription(*, prescription: Prescription) -> None:
    """Drop one's own draft: it leaves the screens, and never was a prescription.

    Raises:
        AccessRefusedError, PrescriptionRefusedError, StaleSaveError: as for `save_prescription_line`.
    """
    demand_own_draft(prescription)
    with act():
        prescription.withdrawn_at, prescription.withdrawn_reason = timezone.now(), "Abandonnée"
        fields = ["withdrawn_at", "withdrawn_reason"]
        save_version(prescription, expected=prescription.version, fields=fields)
        tell(prescription, "dropped")


# --- who may, and what every step writes ----------------------------------------------------------


def demand_prescriber(patient_id: UUID) -> Actor:
    """The actor, if their profession prescribes and they may write what a prescription is (AccessRefusedError)."""
    by = current_actor()
    if by.role not in rules.SCOPES or by.user_id is None:
        raise AccessRefusedError("profession")
    for category in CATEGORIES:
        decision = may(access_rules.WRITE, category, patient_id=patient_id)
        if not decision.allowed:
            raise AccessRefusedError(decision.reason)
    return by


def demand_own_draft(prescription: Prescription) -> Actor:
    """The actor, if this is their own draft (AccessRefusedError, PrescriptionRefusedError)."""
    by = demand_prescriber(prescription.patient_id)
    if prescription.author_id != by.user_id:
        raise AccessRefusedError("author")
    if prescription.status != Status.DRAFT or prescription.withdrawn_at:
        raise PrescriptionRefusedError("signed")
    return by


def lock(patient_id: UUID) -> None:
    """One writer of a person's prescriptions at a time, to the end of the act."""
    list(Patient.objects.select_for_update().filter(pk=patient_id).values_list("pk"))


def tell(prescription: Prescription, what: str, reason: str = "") -> None:
    """The line of an act on a prescription, and the hint to the open pages of the record."""
    paper = prescription.document
    note(
        f"record.prescription.{what}",
        patient_id=prescription.patient_id,
        # What hides the document from somebody hides this line too (`audit_unsaid`).
        object_kind="document" if paper else "prescription",
        object_id=paper.pk if paper else prescription.pk,
        reason=reason,
    )
    emit(
        f"record.prescription.{what}",
        patient_id=prescription.patient_id,
        topics=mark_queries.topics_about(paper) if paper else [f"user:{prescription.author_id}"],
        payload={"kind": "prescriptions", "ids": [str(prescription.pk)]},
    )


def _drafts(patient_id: UUID, by: Actor) -> Any:
    rows = Prescription.objects.filter(
        patient_id=patient_id, author_id=by.user_id, status=Status.DRAFT, withdrawn_at=None
    )
    return rows.order_by("-id")


def _new(patient_id: UUID, by: Actor, **links: Any) -> Prescription:
    made = Prescription(
        id=uuid7(),
        identity_id=latest_identity(patient_id),
        patient_id=patient_id,
        author_id=by.user_id,
        author_name=by.name[:200],
        author_label=by.label[:200],
        author_role=by.role,
        organisation_id=by.organisation_id,
        organisation_name=by.organisation_name[:300],
        written_at=timezone.now(),
        **links,
    )
    made.save(force_insert=True)
    tell(made, "written")
    return made


def _copy(of: Prescription, by: Actor, **links: Any) -> Prescription:
    made = _new(of.patient_id, by, remarks=of.remarks, **links)
    PrescriptionLine.objects.bulk_create(
        PrescriptionLine(
            id=uuid7(), prescription=made, patient_id=made.patient_id,
            **{name: getattr(one, name) for name in COPIED},
        )
        for one in of.lines.filter(removed_at=None).order_by("id")
    )  # fmt: skip
    return made
