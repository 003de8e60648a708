"""The facts of the summary and the words of the author, as a document says them."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from django.utils import timezone

from enrs.core.documents.made import doses_of
from enrs.formats.cda.builder import Block
from enrs.formats.cda.checks import printable
from enrs.formats.cda.clinical import (
    PACK_YEARS,
    TOBACCO,
    AllergyFact,
    Facts,
    HabitFact,
    MeasureFact,
    ProblemFact,
    TreatmentFact,
    VaccineFact,
)
from enrs.formats.cda.model import LOINC, Code
from enrs.services.record.models import Allergy, Entry, Problem, Treatment, Vaccination
from enrs.services.record.queries.entries import latest_measures
from enrs.services.record.queries.plan_texts import plan_texts
from enrs.services.record.rules import producing as rules

MOST: Final = 300
"""Entries of one kind in a document."""

BY_PERSON: Final = "Noté par la personne elle-même."

Said = dict[str, Any]
"""What the author wrote, by the names of the kind's questions; `tobacco` a number of pack-years or nothing."""


def facts_of(patient_id: UUID, said: Said) -> Facts:
    """The summary as facts, with what the author said of habits."""
    allergies = _standing(Allergy, patient_id)
    return Facts(
        problems=tuple(
            ProblemFact(
                **_words(one), is_active=one.status == "active", began=one.began_on, ended=one.ended_on
            )
            for one in _standing(Problem, patient_id)
        ),
        allergies=tuple(
            AllergyFact(
                **_words(one), kind=one.kind, criticality=one.criticality,
                reaction=clean(one.reaction), is_active=one.status == "active", began=one.began_on,
            )
            for one in allergies if not one.is_none_known
        ),
        is_no_allergy_known=any(one.is_none_known for one in allergies),
        treatments=tuple(
            TreatmentFact(**_words(one), dosage=clean(one.dosage), began=one.began_on, ended=one.ended_on)
            for one in _standing(Treatment, patient_id, status="active")
        ),
        vaccines=tuple(
            VaccineFact(**_words(one), given_on=one.given_on, dose=clean(one.dose), lot=clean(one.lot))
            for one in _standing(Vaccination, patient_id)
        ) + tuple(doses_of(patient_id)),
        habits=_habits(said),
        measures=_measures(patient_id),
    )  # fmt: skip


def _standing(model: type[Any], patient_id: UUID, **where: str) -> list[Any]:
    rows = model.objects.filter(patient_id=patient_id, withdrawn_at=None, **where)
    return list(rows.order_by("-noted_at", "-id")[:MOST])


def _words(one: Entry) -> dict[str, Any]:
    label = clean(one.display)
    return {
        "label": label,
        "key": str(one.id),
        "code": rules.coded(one.code, one.code_system, label),
        "comment": "\n".join(part for part in (_teller(one), _lines(one.comment)) if part),
    }


def _teller(one: Entry) -> str:
    return BY_PERSON if one.is_by_person else ""


def _lines(text: str) -> str:
    return printable(text.replace("\r\n", "\n")).strip()


def clean(text: str) -> str:
    """One line, of characters that XML allows."""
    return " ".join(printable(text).split())


def _habits(said: Said) -> tuple[HabitFact, ...]:
    amount = said.get("tobacco")
    if amount is None:
        return ()
    return (HabitFact(TOBACCO.display, code=TOBACCO, value=Decimal(amount), unit=PACK_YEARS),)


def _measures(patient_id: UUID) -> tuple[MeasureFact, ...]:
    found: list[MeasureFact] = []
    for one in sorted(latest_measures(patient_id), key=lambda row: row.measured_at, reverse=True):
        figures = [one.value] if one.second is None else [one.value, one.second]
        for rank, ((code, label), figure) in enumerate(
            zip(rules.VITALS.get(one.kind, ()), figures, strict=False)
        ):
            at = timezone.localtime(one.measured_at).replace(microsecond=0)
            found.append(
                MeasureFact(
                    label, str(uuid5(one.id, code) if rank else one.id), Code(code, LOINC, label, "LOINC"),
                    comment=_teller(one),
                    value=Decimal(f"{figure.normalize():f}"), unit=one.unit, at=at,
                )
            )  # fmt: skip
    return tuple(found)


def texts_of(patient_id: UUID, kind: str, said: Said) -> dict[str, tuple[Block, ...]]:
    """What the author wrote, and what the plan says, by the names of parts."""
    texts: dict[str, tuple[Block, ...]] = {
        one.name: rules.points(printable(said.get(one.name) or ""))
        for one in rules.KINDS[kind].questions
    }
    if kind == "plan":
        texts |= plan_texts(patient_id)
    if kind == "discharge_letter":
        texts["status"] = ("Réalisé",)
    return texts
