"""Life around one patient: something in each part of the record, and the work of those who follow them."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from enrs.core.agenda.models import Slot
from enrs.core.ids import uuid7
from enrs.core.notifications.models import Notice
from enrs.services.home_support.models import Ask, Visit
from tests.core.agenda.factories import agenda_of, appointment
from tests.core.plans.factories import filled
from tests.core.rosters.factories import shift
from tests.factories import (
    AllergyFactory,
    DocumentFactory,
    EncounterFactory,
    MeasureFactory,
    ObservationFactory,
    TreatmentFactory,
    VaccinationFactory,
)
from tests.hostile.cases import (
    circles,
    coordination,
    health_plan,
    home_monitoring,
    home_support,
    plans,
    questionnaires,
    record,
    rosters,
    threads,
    workflow,
)
from tests.hostile.table import cases
from tests.hostile.world import World
from tests.services.home_support.factories import accepted, asked, leaving, opened


def record_of(w: World) -> None:
    """Something in each part of the record."""
    record.entry(w)
    record.note(w)
    record.round_of(w)
    record.checked_list(w)
    for make in (
        AllergyFactory,
        TreatmentFactory,
        VaccinationFactory,
        MeasureFactory,
        DocumentFactory,
        EncounterFactory,
        ObservationFactory,
    ):
        make(patient=w.patient)
    circles.consent(w)
    circles.asked(w)
    circles.represented(w, "tutelle")
    for name in ("remove_member", "lift_opposition"):
        cases[f"referentials.circles.{name}"].scene(w)
    questionnaires.answer(w)
    questionnaires.finished(w)
    Notice.objects.create(
        user_id=w.right.pk, kind="glass.broken", event_id=uuid7(), details={"by": "Yann"}
    )


def teamwork_of(w: World) -> None:
    """A case, its plan, its agenda, its conversations, its duties."""
    coordination.followed(w)
    coordination.job(w)
    filled(w.patient.pk, w.actor)
    plans.sent(w)
    health_plan.lived_in(w)
    workflow.mine(w)
    workflow.held(w)
    workflow.sent(w)
    threads.message(w)
    own = agenda_of(w.right)
    soon = timezone.now() + timedelta(days=2)
    appointment(own, w.patient, start=soon)
    appointment(own, start=soon + timedelta(hours=2), kind="meeting")
    Slot.objects.create(
        agenda=own,
        period=(soon + timedelta(hours=4), soon + timedelta(hours=5)),
        kind="consultation",
    )
    shift(rosters.of_place(w), timezone.now() - timedelta(hours=1), 12)
    cases["core.rosters.end_absence"].scene(w)
    home_monitoring.alerted(w)
    home_support_of(w)


def pages_of_return(w: World) -> list[str]:
    """Where a return home is read, and what its place is asked as an agency: pages that another address leads to."""
    returned = home_support.one(w)
    own = f"/retour-a-domicile/dossier/{w.patient.pk}/{returned.pk}/"
    asked_here = Ask.objects.filter(home_return=returned, agency_id=w.place.pk).order_by("id")
    return [
        own, f"{own}suite/?structure={w.elsewhere.name[:8]}",
        *(f"/retour-a-domicile/demande/{one.task_id}/" for one in asked_here),
    ]  # fmt: skip


def home_support_of(w: World) -> None:
    """A return since yesterday: a gap, something taken, a question; and what this place is asked, as an agency."""
    returned = opened(
        w.patient.pk, w.right, home_support.MEAL, home_support.WASHING, leaving_at=leaving(-1, 8)
    )
    home_support.taken(w)
    home_support.questioned(w)
    with w.as_right():
        for line in (home_support.MEAL, home_support.WASHING):
            # Five minutes longer: the same line twice in a minute is one.
            longer = replace(line, minutes=line.minutes + 5)
            home_support.commands.add_visit(home_return=returned, line=longer)
    held, waits = Visit.objects.filter(home_return=returned).order_by("-made_at")[:2]
    accepted(asked(returned, w.right, w.place, visits=[held])[0], w.right)
    asked(returned, w.right, w.place, visits=[waits])
