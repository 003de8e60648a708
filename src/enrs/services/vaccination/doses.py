"""The doses of somebody that count: those declared here, and those that the record notes besides."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from enrs.core.fhir.models import Resource
from enrs.core.moments import legal_day
from enrs.services.vaccination.models import Act, Campaign, Vaccine
from enrs.services.vaccination.rules import eligibility as rules
from enrs.services.vaccination.rules.past import Noted, Target, Weighed, weigh

DOSES = 100


@dataclass(frozen=True, slots=True)
class History:
    """What came before a dose: what the rules count, and what becomes of each dose that is noted besides."""

    past: rules.Past
    weighed: Sequence[Weighed]


def history_of(patient_id: UUID, found: Campaign, *, but: UUID | None = None) -> History:
    """The doses of somebody that stand, as a campaign counts them; `but` leaves one of ours out.

    Those of the campaign count for its number, those against the same disease for the delay. A noted dose counts
    as `rules.past` says.
    """
    kinds = list(Vaccine.objects.filter(pk__in=found.vaccine_ids))
    diseases = {one.disease for one in kinds}
    rows = Act.objects.filter(patient_id=patient_id, withdrawn_at=None)
    rows = rows.filter(Q(campaign=found) | Q(vaccine__disease__in=diseases))
    held = list(
        rows.order_by("-given_at", "-id").values_list("id", "campaign_id", "given_at", "lot")[
            :DOSES
        ]
    )
    ours = [(within, legal_day(at)) for one, within, at, _ in held if one != but]
    known: dict[date, set[str]] = {}
    # The dose that is left out too: what is noted of it is this dose, and no other.
    for _, _, at, lot in [*held, *_left_out(but)]:
        known.setdefault(legal_day(at), set()).add(lot)
    weighed = weigh(
        noted_elsewhere(patient_id), target_of(diseases), declared=known, starts_on=found.starts_on,
        ends_on=found.ends_on,
    )  # fmt: skip
    spans = [(day, day) for _, day in ours] + [one.span for one in weighed if one.span is not None]
    count = sum(1 for within, _ in ours if within == found.pk)
    count += sum(1 for one in weighed if one.fate == "counted")
    unsure = tuple(one.span for one in weighed if one.fate == "unsure" and one.span is not None)
    return History(rules.Past(count, tuple(spans), unsure), weighed)


def _left_out(act_id: UUID | None) -> list[tuple[UUID, UUID, datetime, str]]:
    rows = Act.objects.filter(pk=act_id) if act_id else Act.objects.none()
    return list(rows.values_list("id", "campaign_id", "given_at", "lot"))


def target_of(diseases: set[str]) -> Target:
    """The codes and names by which a noted dose is recognised to be against some diseases."""
    kinds = Vaccine.objects.filter(disease__in=diseases)
    codes = {code for one in kinds for code in (one.code, one.disease_code) if code}
    return Target(frozenset(codes), tuple(sorted(diseases)), tuple(one.name for one in kinds))


def noted_elsewhere(patient_id: UUID) -> list[Noted]:
    """The vaccinations that the record publishes besides the acts declared here, the latest first."""
    rows: QuerySet[Resource] = Resource.objects.filter(
        patient_id=patient_id, type="Immunization", is_current=True, is_deleted=False
    )
    ours = Act.objects.filter(patient_id=patient_id).values("id")
    bodies = rows.exclude(id__in=ours).order_by("-id").values_list("body", flat=True)
    found = [_noted(json.loads(body)) for body in bodies[:DOSES]]
    return sorted(found, key=lambda one: one.given_on, reverse=True)


def _noted(tree: dict[str, Any]) -> Noted:
    concept: dict[str, Any] = tree.get("vaccineCode", {})
    codings: list[dict[str, Any]] = concept.get("coding", [])
    applied: list[dict[str, Any]] = tree.get("protocolApplied", [])
    first = applied[0] if applied else {}
    dose = first.get("doseNumberString") or first.get("doseNumberPositiveInt") or ""
    diseases = [
        one
        for protocol in applied
        for disease in protocol.get("targetDisease", ())
        for one in disease.get("coding", ())
    ]
    display = codings[0].get("display", "") if codings else ""
    return Noted(
        UUID(tree["id"]), concept.get("text") or display or "Vaccin",
        tree.get("occurrenceDateTime", "")[:10], tree.get("lotNumber", ""), str(dose),
        frozenset(one["code"] for one in [*codings, *diseases] if one.get("code")),
    )  # fmt: skip
