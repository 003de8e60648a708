"""Reading vaccination: campaigns and vaccines, a person's doses, what may be done, the acts of one's own place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.queries import valid_grants
from enrs.core.accounts.models import Position
from enrs.core.kept import Kept, past
from enrs.core.moments import legal_day
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.models import Answer
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.referentials.circles import queries as circles
from enrs.referentials.circles.models import Member
from enrs.referentials.identity import queries as identity
from enrs.services.vaccination.doses import DOSES, History, history_of
from enrs.services.vaccination.models import (
    Act,
    ActChange,
    AdverseEvent,
    Attestation,
    Campaign,
    Prescription,
    Vaccine,
)
from enrs.services.vaccination.rules import eligibility as rules

SUBJECT = "vaccination.campaign"
"""What the answers to a campaign's questions are about, besides the person."""
DOCTOR = "Médecin traitant"
"""How a circle names the doctor whom the person declared (L162-5-3 of the Code de la sécurité sociale)."""
PLACE = 50


def campaigns(*, is_open: bool = False) -> list[Campaign]:
    """Every campaign, the latest first; only those of today when `is_open`."""
    rows = Campaign.objects.order_by("-starts_on", "name", "id")
    if is_open:
        today = legal_day(timezone.now())
        rows = rows.filter(status=Campaign.Status.OPEN, starts_on__lte=today)
        rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return list(rows[:DOSES])


def campaign(campaign_id: UUID) -> Campaign | None:
    """One campaign."""
    return Campaign.objects.filter(pk=campaign_id).first()


def vaccines() -> list[Vaccine]:
    """Every vaccine, by disease then name."""
    return list(Vaccine.objects.order_by("is_retired", "disease", "name", "id")[:500])


def vaccine(vaccine_id: UUID) -> Vaccine | None:
    """One vaccine."""
    return Vaccine.objects.filter(pk=vaccine_id).first()


def vaccines_of(found: Campaign) -> list[Vaccine]:
    """The vaccines of a campaign that are in use, by name."""
    rows = Vaccine.objects.filter(pk__in=found.vaccine_ids, is_retired=False)
    return list(rows.order_by("name", "id"))


def counts() -> dict[UUID, dict[str, int]]:
    """What was done in each campaign, in figures, for the region's team."""
    names = ("acts", "places", "this_week", "events", "serious")
    with connection.cursor() as cursor:
        cursor.execute(
            "select campaign_id, acts, places, this_week, events, serious from vaccination_counts()"
        )
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()}


def terms_of(found: Campaign) -> rules.Terms:
    """What a campaign says, for the rules."""
    return rules.Terms(
        is_open=found.status == Campaign.Status.OPEN, starts_on=found.starts_on, ends_on=found.ends_on,
        min_months=found.min_months, max_age=found.max_age, target_age=found.target_age,
        conditions=tuple(found.conditions), is_target_only=found.is_target_only,
        prescribers=found.prescribers, vaccinators=found.vaccinators, dose_count=found.dose_count,
        interval_days=found.interval_days, asks=bool(found.form_name),
    )  # fmt: skip


def answer_of(patient_id: UUID, found: Campaign, day: date | None = None) -> Answer | None:
    """The latest answers of somebody to the questions of a campaign, finished that day or under way.

    `day` is that of the dose, today by default: fever and agreement are of a day. Only those that a profession
    which vaccinates saved last count: the person may change answers about themselves.
    """
    wanted = day or legal_day(timezone.now())
    rows = questionnaires.answers_of(patient_id, found.form_name) if found.form_name else []
    of_day = [
        one
        for one in rows
        if one.subject_id == found.pk and legal_day(one.completed_at or one.saved_at) >= wanted
    ]
    savers = Position.objects.filter(
        user_id__in={one.saved_by_id for one in of_day if one.saved_by_id}, role__in=rules.ROLES
    )
    known = set(savers.values_list("user_id", flat=True))
    return next((one for one in of_day if one.saved_by_id in known), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands in a campaign: the answers, the verdict for the actor, a prescription that waits, and the
    doses of before.
    """

    campaign: Campaign
    verdict: rules.Verdict
    answer: Answer | None
    prescription: Prescription | None
    grounds: list[str]
    history: History

    @property
    def is_answered(self) -> bool:
        """Whether the questions were all answered, or none is asked."""
        return not self.campaign.form_name or (
            self.answer is not None and self.answer.status != Answer.Status.IN_PROGRESS
        )


def standing(patient_id: UUID, found: Campaign, *, today: date | None = None) -> Standing:
    """How somebody stands in a campaign, for the current actor."""
    day = today or legal_day(timezone.now())
    given = answer_of(patient_id, found, day)
    is_done = given is not None and given.status != Answer.Status.IN_PROGRESS
    values = questionnaires.values_of(given) if given is not None and is_done else None
    terms, history = terms_of(found), history_of(patient_id, found)
    _, doubts = rules.signs(values or {})
    held = waiting_prescription(patient_id, found, day, given if doubts else None)
    born = identity.regional_identity(patient_id).birth_date
    verdict = rules.judge(
        terms, role=current_actor().role, born=born, values=values, past=history.past, today=day,
        aside=aside_of(held) if held else None,
    )  # fmt: skip
    return Standing(found, verdict, given, held, rules.grounds(terms, verdict.age), history)


def aside_of(held: Prescription) -> rules.Aside:
    """What a prescription sets aside, for the rules."""
    known = {tuple(map(date.fromisoformat, one.split("/"))) for one in held.known}
    return rules.Aside(held.lifted, held.dose_rank, cast(set[rules.Span], known))


def waiting_prescription(
    patient_id: UUID, found: Campaign, today: date, doubted: Answer | None = None
) -> Prescription | None:
    """The latest prescription of a campaign that still holds and that no act has used.

    After answers that want a doctor (`doubted`), one that a physician wrote once they were known.
    """
    rows = Prescription.objects.filter(
        patient_id=patient_id, campaign=found, withdrawn_at=None, valid_until__gte=today
    )
    used = Act.objects.filter(patient_id=patient_id, withdrawn_at=None, prescription__isnull=False)
    rows = rows.exclude(pk__in=used.values("prescription_id"))
    if doubted is not None:
        rows = rows.filter(author_role="physician", prescribed_at__gte=doubted.saved_at)
    return rows.order_by("-prescribed_at", "-id").first()


def prescription(patient_id: UUID, prescription_id: UUID) -> Prescription | None:
    """One prescription of a person that stands."""
    rows = Prescription.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return rows.filter(pk=prescription_id).first()


def waiting_prescriptions(patient_id: UUID) -> list[Prescription]:
    """Every prescription of a person that waits for its dose, the latest first."""
    used = Act.objects.filter(patient_id=patient_id, withdrawn_at=None, prescription__isnull=False)
    rows = Prescription.objects.filter(
        patient_id=patient_id, withdrawn_at=None, valid_until__gte=legal_day(timezone.now())
    ).exclude(pk__in=used.values("prescription_id"))
    return list(rows.select_related("campaign").order_by("-prescribed_at", "-id")[:DOSES])


def acts_of(patient_id: UUID) -> list[Act]:
    """The doses of a person, those withdrawn too, the latest first."""
    rows = Act.objects.filter(patient_id=patient_id).select_related("vaccine", "campaign")
    return list(rows.prefetch_related("events").order_by("-given_at", "-id")[:DOSES])


def act_of(patient_id: UUID, act_id: UUID) -> Act | None:
    """One dose of a person."""
    rows = Act.objects.select_related("vaccine", "campaign", "prescription")
    return rows.filter(patient_id=patient_id, pk=act_id).first()


def changes_of(found: Act) -> list[ActChange]:
    """What was done to an act after it was declared, the latest first."""
    return list(found.changes.order_by("-at", "-id")[:DOSES])


def events_of(found: Act) -> list[AdverseEvent]:
    """The adverse events of an act that stand, the latest first."""
    return list(found.events.filter(withdrawn_at=None).order_by("-began_on", "-id")[:DOSES])


def event(found: Act, event_id: UUID) -> AdverseEvent | None:
    """One adverse event of an act that stands."""
    return found.events.filter(pk=event_id, withdrawn_at=None).first()


def attestation_of(found: Act) -> Attestation | None:
    """The attestation of an act that stands."""
    return found.attestations.filter(withdrawn_at=None).first()


def attestation(patient_id: UUID, attestation_id: UUID) -> Attestation | None:
    """One attestation of a person that stands."""
    rows = Attestation.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return rows.filter(pk=attestation_id).first()


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of an attestation: its keyed digest, the day it was made, whether it was withdrawn."""

    digest: str
    made_on: date
    is_withdrawn: bool


def attestation_state(attestation_id: UUID) -> Checked | None:
    """The state of an attestation, for whoever holds its code."""
    with connection.cursor() as cursor:
        cursor.execute("select * from vaccination_attestation_state(%s)", [attestation_id])
        row = cursor.fetchone()
    return Checked(row[0], legal_day(row[1]), row[2]) if row else None


def doctors_of(patient_id: UUID) -> list[Member]:
    """The doctors of a person's circle to whom a dose may be sent, the declared *médecin traitant* first."""
    team = [one for one in circles.members(patient_id).care_team if one.practitioner_id]
    known = Position.objects.filter(
        user__grantee_id__in=[one.practitioner_id for one in team], role="physician"
    )
    physicians = set(known.values_list("user__grantee_id", flat=True))
    found = [one for one in team if _is_declared(one) or one.practitioner_id in physicians]
    return sorted(found, key=lambda one: not _is_declared(one))


def _is_declared(member: Member) -> bool:
    return member.role_label.casefold().startswith(DOCTOR.casefold())


def doctor_of(patient_id: UUID, chosen: UUID | None = None) -> Member | None:
    """The doctor whom the actor chose among `doctors_of`, by their place in the circle; else the declared one."""
    found = doctors_of(patient_id)
    if chosen is not None:
        return next((one for one in found if one.id == chosen), None)
    return next((one for one in found if _is_declared(one)), None)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """An act of one's own place, with the name of who received it."""

    act: Act
    name: str


def acts_of_place() -> list[PlaceLine]:
    """The latest acts of the actor's place of work, on people whom they may still read."""
    by = current_actor()
    if by.organisation_id is None:
        return []
    reached = valid_grants(by.grantees).values("patient_id")
    rows = Act.objects.filter(organisation_id=by.organisation_id, patient_id__in=reached)
    found = list(rows.select_related("vaccine").order_by("-given_at", "-id")[:PLACE])
    names = identity.patient_names({one.patient_id for one in found})
    return [PlaceLine(one, names[one.patient_id]) for one in found if one.patient_id in names]


def life_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Doses on the life line; those withdrawn are not there."""
    return [
        LifeRow(
            id=one.id, at=one.given_at, title=one.vaccine_name, text=f"Dose {one.dose_rank}, lot {one.lot}",
            author=one.author_name, url=reverse("vaccination:act", args=[patient_id, one.id]),
        )
        for one in _doses_of_life(patient_id, *past(before), limit=limit)
    ]  # fmt: skip


@Kept
def _doses_of_life(patient_id: UUID, *last: Any, limit: int) -> QuerySet[Act]:
    rows = Act.objects.filter(patient_id=patient_id, withdrawn_at=None).select_related("vaccine")
    if last:
        at, key = last
        rows = rows.filter(Q(given_at__lt=at) | Q(given_at=at, id__lt=key))
    return rows.order_by("-given_at", "-id")[:limit]
