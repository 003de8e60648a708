"""Prescriptions of a person: those signed and one's own drafts, their lines, what the record says of them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from enrs.core.access.actor import Actor, current_actor
from enrs.core.moments import legal_day
from enrs.core.terminology import queries as terminology
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.formats.cda.builder_medicines import TWO_ZONES
from enrs.formats.cda.clinical import Facts, PrescribedFact
from enrs.formats.cda.model import Code
from enrs.services.record.models import Prescription, PrescriptionLine, Treatment
from enrs.services.record.queries.blinding import PERSONS, shown
from enrs.services.record.queries.entries import standing_entries
from enrs.services.record.queries.paging import PAGE, Position, older_than, page_of
from enrs.services.record.queries.producing_facts import clean
from enrs.services.record.rules import prescribing as rules
from enrs.services.record.rules import producing

DRUGS: Final = (
    ("urn:oid:1.2.250.1.213.2.3.1", "1.2.250.1.213.2.3.1"),
    ("urn:oid:1.2.250.1.213.2.3.2", "1.2.250.1.213.2.3.2"),
    ("http://www.whocc.no/atc", rules.ATC),
    (f"urn:oid:{rules.ATC}", rules.ATC),
)
"""Nomenclatures of medicines, where the installation loaded one (CIS, CIP, ATC): its address, and its OID."""
FOUND: Final = 12
LAST: Final = 30
COMPARED: Final = 1000
"""Allergies, and treatments, that the lines are compared with: all that a record really has."""


def prescriptions(
    patient_id: UUID, *, role: str, before: Position | None = None, limit: int = PAGE
) -> list[Prescription]:
    """Those that were signed and one's own drafts, the newest first, one more than asked."""
    return page_of(_seen(patient_id, role), "written_at", before, limit)


def prescription(patient_id: UUID, prescription_id: UUID, *, role: str) -> Prescription | None:
    """One of them."""
    rows = _seen(patient_id, role).select_related("document", "replaces", "renews")
    return rows.filter(pk=prescription_id).first()


def _seen(patient_id: UUID, role: str) -> QuerySet[Prescription]:
    """What no mark of its document hides from a role; its author reads it always."""
    rows = Prescription.objects.filter(patient_id=patient_id, withdrawn_at=None)
    signed = ~Q(status=Prescription.Status.DRAFT) & Q(**shown(role, "document__"))
    if role in PERSONS:
        return rows.filter(signed)
    return rows.filter(signed | Q(author_id=current_actor().user_id))


def successor_of(one: Prescription) -> Prescription | None:
    """The signed prescription that replaced this one."""
    rows = one.replaced_by.exclude(status=Prescription.Status.DRAFT)
    return rows.order_by("-id").first()


def lines_of(one: Prescription) -> list[PrescriptionLine]:
    """Its lines, in the order in which they were written; those of a long-term condition first."""
    rows = one.lines.filter(removed_at=None)
    return list(rows.order_by("-is_long_term", "id")[: rules.MOST_LINES])


def lines_by_prescription(rows: Sequence[Prescription]) -> dict[UUID, list[PrescriptionLine]]:
    """The lines of several, in one statement."""
    found: dict[UUID, list[PrescriptionLine]] = {one.pk: [] for one in rows}
    lines = PrescriptionLine.objects.filter(prescription__in=rows, removed_at=None)
    for line in lines.order_by("-is_long_term", "id"):
        found[line.prescription_id].append(line)
    return found


def answers_for(one: Prescription, lines: Sequence[PrescriptionLine], by: Actor) -> bool:
    """Whether somebody may end a prescription: its author, or one of its place who may prescribe all of it."""
    if one.author_id == by.user_id:
        return True
    is_theirs = all(rules.is_within(by.role, each.code, each.code_system) for each in lines)
    return is_theirs and one.organisation_id in by.grantees


def line(one: Prescription, line_id: UUID) -> PrescriptionLine | None:
    """One line."""
    return one.lines.filter(pk=line_id, removed_at=None).first()


def alerts_of(one: Prescription, lines: Sequence[PrescriptionLine]) -> list[rules.Alert]:
    """What the record says of its lines: an allergy, the same treatment but for the one that a line takes up."""
    taken_up = {line.treatment_id for line in lines if line.treatment_id}
    allergies = [_known(row) for row in standing_entries(one.patient_id, "allergy", limit=COMPARED)]
    treatments = [
        _known(row)
        for row in standing_entries(one.patient_id, "treatment", limit=COMPARED)
        if row.pk not in taken_up
    ]
    return rules.alerts(lines, allergies, treatments)


def _known(row: Any) -> rules.Known:
    return rules.Known(row.display, row.code, row.code_system)


def treatment_for(line: PrescriptionLine) -> Treatment | None:
    """The treatment of the summary that a line changes: the one that it took up, else that of the same name which no
    other line of the prescription took.
    """
    rows = Treatment.objects.filter(
        patient_id=line.patient_id, withdrawn_at=None, is_by_person=False
    )
    if line.treatment_id:
        found = rows.filter(pk=line.treatment_id).first()
        if found is not None:
            return found
    others = PrescriptionLine.objects.filter(
        prescription=line.prescription_id, removed_at=None, treatment_id__isnull=False
    ).exclude(pk=line.pk)
    same = rows.filter(status="active", display__iexact=line.display)
    same = same.exclude(pk__in=others.values("treatment_id"))
    return same.order_by("-noted_at", "-id").first()


def taken_before(patient_id: UUID) -> list[Any]:
    """The treatments of the summary that may be prescribed again."""
    return standing_entries(patient_id, "treatment")[:LAST]


def medicines(text: str) -> list[tuple[str, str, str]]:
    """Medicines of the nomenclatures at hand whose words begin so: name, code, system (OID)."""
    words = text.replace("\x00", "").strip()[:100]
    if len(words) < 3:
        return []
    found: list[tuple[str, str, str]] = []
    for address, system in DRUGS:
        source = terminology.source_of(address=f"{address}{terminology.IMPLICIT}")
        if source is None:
            continue
        rows = terminology.expand(source, text=words, count=FOUND, only_active=True)
        found += [(one.display, one.code, system) for one in rows.entries]
    return list(dict.fromkeys(found))[:FOUND]


def facts_of(one: Prescription, lines: Sequence[PrescriptionLine]) -> Facts:
    """Its lines as a document says them."""
    assert one.signed_at is not None  # noqa: S101  it is being signed
    begins = legal_day(one.signed_at).isoformat()
    return Facts(prescribed=tuple(_fact(line, begins) for line in lines))


def _fact(line: PrescriptionLine, begins: str) -> PrescribedFact:
    label = clean(line.display)
    return PrescribedFact(
        label=label,
        key=str(line.pk),
        code=producing.coded(line.code, line.code_system, label),
        comment=clean(line.comment),
        dosage=clean(rules.dosage_words(line)),
        dose=line.dose.normalize() if line.dose is not None else None,
        dose_unit=line.dose_unit,
        times=line.times or 0,
        period=line.period,
        lasts=line.lasts or 0,
        lasts_unit=line.lasts_unit,
        route=rules.route_code(line.route),
        quantity=line.quantity or 0,
        refills=line.refills,
        began=begins,
        is_substitutable=not line.no_substitution,
        no_substitution=rules.NO_SUBSTITUTION.get(line.no_substitution, ""),
        is_long_term=line.is_long_term,
        to_pharmacist=clean(line.to_pharmacist),
    )


def informations_of(lines: Sequence[PrescriptionLine]) -> tuple[Code, ...]:
    """What the header says of it: that it has two zones, when a line is for a long-term condition."""
    return (TWO_ZONES,) if any(one.is_long_term for one in lines) else ()


def prescription_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Signed prescriptions on the life line."""
    rows = _seen(patient_id, role).exclude(status=Prescription.Status.DRAFT)
    if before:
        rows = older_than(rows, "written_at", before.at, before.id)
    found = list(rows.order_by("-written_at", "-id")[:limit])
    lines = lines_by_prescription(found)
    return [
        LifeRow(
            one.id, one.written_at, "Ordonnance",
            ", ".join(line.display for line in lines[one.pk])[:240], one.author_name,
            state="" if one.status == Prescription.Status.SIGNED else one.get_status_display().lower(),
            url=reverse("record:prescription", args=[patient_id, one.id]),
        )
        for one in found
    ]  # fmt: skip
