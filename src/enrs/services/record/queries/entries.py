"""The summary's own data: what stands, by kind, and what the banner says of allergies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, When
from django.urls import reverse

from enrs.core.kept import Kept
from enrs.core.subjects.queries import tables_holding
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.services.record.models import (
    Allergy,
    Entry,
    FormerEntry,
    Measure,
    Problem,
    Treatment,
    Vaccination,
)
from enrs.services.record.queries.paging import PAGE, Position, older_than, page_of
from enrs.services.record.rules.entries import MEASURES, bmi

SHOWN = 30
"""Lines of one kind on the summary; the rest is on the page of the kind."""

MODELS: dict[str, type[Entry]] = {
    "problem": Problem,
    "allergy": Allergy,
    "treatment": Treatment,
    "vaccination": Vaccination,
    "measure": Measure,
}

GRAVEST = Case(When(criticality="high", then=0), When(criticality="low", then=2), default=1)
"""Order of allergies: what may kill first, what is known to be mild last."""

LATEST_MEASURES = """
select m.* from unnest(%s::text[]) as wanted (kind) cross join lateral (
  select * from measure where patient_id = %s and measure.kind = wanted.kind and withdrawn_at is null
  order by measured_at desc, id desc limit 1) m
"""


@dataclass(frozen=True, slots=True)
class Medical:
    """The summary's own data: what is active first, newest first; `bmi` from the last weight and height."""

    problems: list[Problem]
    allergies: list[Allergy]
    treatments: list[Treatment]
    vaccinations: list[Vaccination]
    measures: list[Measure]

    @property
    def bmi(self) -> str:
        """Body mass index in words of the field, or nothing without both measures."""
        known = {one.kind: one.value for one in self.measures}
        if "weight" not in known or "height" not in known:
            return ""
        return str(bmi(known["weight"], known["height"])).replace(".", ",")

    @property
    def is_none_known(self) -> Allergy | None:
        """The statement that no allergy is known, when it stands."""
        return next((one for one in self.allergies if one.is_none_known), None)


def medical(patient_id: UUID) -> Medical:
    """What the summary shows: one statement, and one more for each kind that the record holds, all bounded."""
    held = tables_holding(patient_id, {one._meta.db_table for one in MODELS.values()})

    def shown(model: type[Entry], *order: Any, **where: str) -> list[Any]:
        if model._meta.db_table not in held:
            return []
        return list(_standing(model, patient_id).filter(**where).order_by(*order, "-id")[:SHOWN])

    return Medical(
        problems=shown(Problem, "status", "-noted_at"),
        allergies=shown(Allergy, "status", GRAVEST, "-noted_at"),
        treatments=shown(Treatment, "-noted_at", status="active"),
        vaccinations=shown(Vaccination, "-given_on"),
        measures=latest_measures(patient_id) if Measure._meta.db_table in held else [],
    )


def latest_measures(patient_id: UUID) -> list[Measure]:
    """The newest measure of each kind, in the order of the kinds."""
    kinds = list(MEASURES)
    found = Measure.objects.raw(LATEST_MEASURES, [kinds, patient_id])
    return sorted(found, key=lambda one: kinds.index(one.kind))


def _standing(model: type[Any], patient_id: UUID) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return rows


def last_measure(patient_id: UUID, kind: str, until: datetime | None = None) -> Measure | None:
    """The newest measure of a kind, or the one that was the newest then."""
    rows = _standing(Measure, patient_id).filter(kind=kind)
    if until is not None:
        rows = rows.filter(measured_at__lte=until)
    return rows.order_by("-measured_at", "-id").first()


MEASURES_SINCE = """
select m.* from unnest(%s::text[]) as wanted (kind) cross join lateral (
  select * from measure where patient_id = %s and measure.kind = wanted.kind and withdrawn_at is null
    and measured_at >= %s and measured_at <= %s
  order by measured_at desc, id desc limit %s) m
"""
"""One index probe for each kind (`measure_series`): the cost does not grow with the history."""


def measures_since(
    patient_id: UUID,
    kinds: Collection[str],
    since: datetime,
    limit: int,
    until: datetime | None = None,
) -> list[Measure]:
    """The standing measures of some kinds from one moment to another, at most `limit` of each, the newest first."""
    last = until or datetime.max.replace(tzinfo=UTC)
    rows = Measure.objects.raw(MEASURES_SINCE, [list(kinds), patient_id, since, last, limit])
    return sorted(rows, key=lambda one: (one.measured_at, one.id), reverse=True)


def standing_entries(patient_id: UUID, kind: str, *, limit: int = SHOWN) -> list[Any]:
    """What is active of a kind of the summary, the newest first; a statement of absence is none."""
    rows = _standing(MODELS[kind], patient_id).filter(status="active")
    if kind == "allergy":
        rows = rows.filter(is_none_known=False)
    return list(rows.order_by("-noted_at", "-id")[:limit])


def entries(
    kind: str,
    patient_id: UUID,
    *,
    measure: str = "",
    before: Position | None = None,
    limit: int = PAGE,
) -> list[Any]:
    """Standing entries of a kind, newest first, one more than asked; `measure` keeps one of them."""
    rows = _standing(MODELS[kind], patient_id)
    if measure:
        rows = rows.filter(kind=measure)
    return page_of(rows, "measured_at" if kind == "measure" else "noted_at", before, limit)


def entry(kind: str, patient_id: UUID, entry_id: UUID) -> Any:
    """One standing entry of this patient, or nothing."""
    return _standing(MODELS[kind], patient_id).filter(id=entry_id).first()


def former_entries(entry_id: UUID, patient_id: UUID) -> list[FormerEntry]:
    """The states that an entry had, newest first."""
    rows = FormerEntry.objects.filter(entry_id=entry_id, patient_id=patient_id)
    return list(rows.order_by("-version")[:SHOWN])


def allergies_of_banner(patient_id: UUID) -> list[str] | None:
    """Words of the active allergies; empty when none is stated to be known, nothing when nobody asked."""
    rows = _active_allergies(patient_id)
    if not rows:
        return None
    return [display for display, is_none_known in rows if not is_none_known]


@Kept
def _active_allergies(patient_id: UUID) -> QuerySet[Allergy, tuple[str, bool]]:
    rows = Allergy.objects.filter(patient_id=patient_id, withdrawn_at=None, status="active")
    rows = rows.order_by(GRAVEST, "-noted_at", "-id")
    return rows.values_list("display", "is_none_known")[:SHOWN]


def measure_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Measures, on the life line."""
    rows = _standing(Measure, patient_id)
    if before:
        rows = older_than(rows, "measured_at", before.at, before.id)
    url = reverse("record:entries", args=[patient_id, "measure"])
    return [
        LifeRow(
            one.id, one.measured_at, measure_words(one), one.comment[:240], one.author_name,
            state="écrit par le patient" if one.is_by_person else "",
            tone="information" if one.is_by_person else "neutre", url=url,
        )
        for one in rows.order_by("-measured_at", "-id")[:limit]
    ]  # fmt: skip


WORDS = {
    "weight": ("Poids", "kg"), "height": ("Taille", "cm"), "pressure": ("Pression artérielle", "mmHg"),
    "pulse": ("Fréquence cardiaque", "/min"), "temperature": ("Température", "°C"),
    "saturation": ("Saturation en oxygène", "%"), "glucose": ("Glycémie capillaire", "g/L"),
    "pain": ("Douleur", "sur 10"), "waist": ("Tour de taille", "cm"),
    "breathing": ("Fréquence respiratoire", "/min"),
}  # fmt: skip
"""Names of measures and the unit as it is written on a French chart."""


def measure_words(one: Measure) -> str:
    """« Pression artérielle : 132/78 mmHg »."""
    name, unit = WORDS[one.kind]
    return f"{name}\u00a0: {measure_figure(one)}\u00a0{unit}"


def measure_figure(one: Measure) -> str:
    """The value alone: « 72,5 », « 132/78 »."""
    figures = [one.value] if one.second is None else [one.value, one.second]
    return "/".join(f"{one.normalize():f}".replace(".", ",") for one in figures)
