"""Reading coordination: a person's cases and requests, the team's boards, the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from enrs.core.access.actor import current_actor
from enrs.core.kept import Kept, past
from enrs.core.plans.kinds import Teammate
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.models import Answer
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.core.workflow import queries as workflow
from enrs.core.workflow.models import Task
from enrs.referentials.circles import queries as circles
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination.flows import CASE, REQUEST
from enrs.services.coordination.models import Case, Contact, Import
from enrs.services.coordination.rules import aggir, figures, words

CONTACTS = 20
CASES = 50


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who already follows the person: « déjà suivi par… »."""

    name: str
    words: str
    since: datetime | None
    is_case: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """An AGGIR grid and its result; `gir` is None while it is not finished."""

    answer: Answer
    gir: aggir.Gir | None
    letters: dict[str, str]


def desks() -> list[Organisation]:
    """The organisations that receive requests for support, by name."""
    rows = Organisation.objects.filter(category_code__in=words.DESK_CATEGORIES, is_closed=False)
    return list(rows.order_by("name", "id")[:100])


def is_desk(organisation_id: UUID | None) -> bool:
    """Whether an organisation receives requests for support."""
    rows = Organisation.objects.filter(category_code__in=words.DESK_CATEGORIES)
    return organisation_id is not None and rows.filter(pk=organisation_id).exists()


def teammates(patient_id: UUID) -> list[Teammate]:
    """The professionals and organisations of the circle, whom an action of the plan may name."""
    circle = circles.members(patient_id)
    people = [
        Teammate(one.practitioner_id, "member", one.display, one.role_label)
        for one in circle.care_team
        if one.practitioner_id
    ]
    places = [
        Teammate(one.organisation_id, "organisation", one.display, one.role_label)
        for one in circle.organisations
        if one.organisation_id
    ]
    return people + places


def cases_of(patient_id: UUID) -> list[Case]:
    """The cases of a person, open ones first, then the newest."""
    rows = Case.objects.filter(patient_id=patient_id, withdrawn_at=None)
    found = list(rows.order_by("-opened_at", "-id")[:CASES])
    return sorted(found, key=lambda one: one.closed_at is not None)


def case(patient_id: UUID, case_id: UUID) -> Case | None:
    """One case of a person, by its address."""
    return Case.objects.filter(patient_id=patient_id, pk=case_id, withdrawn_at=None).first()


def own_case(cases: Sequence[Case]) -> Case | None:
    """The open case of the organisation for which one works."""
    mine = current_actor().grantees
    return next(
        (one for one in cases if one.closed_at is None and one.organisation_id in mine), None
    )


def followers(patient_id: UUID, cases: Sequence[Case]) -> list[Follower]:
    """« Déjà suivi par… »: the open cases, then the structures and professionals of the circle."""
    found = [
        Follower(one.organisation_name, f"Référent : {one.referent_name or 'non désigné'}", one.opened_at, is_case=True)
        for one in cases
        if one.closed_at is None
    ]  # fmt: skip
    known = {one.organisation_id for one in cases if one.closed_at is None}
    circle = circles.members(patient_id)
    found += [
        Follower(member.display, member.role_label, member.since)
        for member in [*circle.organisations, *circle.care_team]
        if member.organisation_id is None or member.organisation_id not in known
    ]
    return found


def requests_of(patient_id: UUID) -> list[Task]:
    """The requests for support about a person, the newest first."""
    return workflow.tasks_of(patient_id, workflow=REQUEST, limit=20)


def drafts(patient_id: UUID) -> list[Answer]:
    """The actor's own request forms about a person that no desk was sent yet."""
    mine = [
        one
        for one in questionnaires.answers_of(patient_id, "coordination-request")
        if one.author_id == current_actor().user_id
    ]
    sent = Task.objects.filter(
        workflow=REQUEST, patient_id=patient_id, answer_id__in=[one.id for one in mine]
    )
    known = set(sent.values_list("answer_id", flat=True))
    return [one for one in mine if one.id not in known]


def request(patient_id: UUID, task_id: UUID) -> Task | None:
    """One request for support, by its address."""
    found = workflow.task(task_id)
    is_it = found and found.workflow == REQUEST and found.patient_id == patient_id
    return found if is_it else None


def case_task(found: Case) -> Task | None:
    """The task that bears the state of a case."""
    return Task.objects.filter(pk=found.task_id).first()


def case_of_request(request_id: UUID) -> Case | None:
    """The case that a request became, if it did."""
    return Case.objects.filter(request_id=request_id, withdrawn_at=None).first()


def contacts(found: Case, limit: int = CONTACTS) -> list[Contact]:
    """The last contacts of a case."""
    rows = Contact.objects.filter(case=found, withdrawn_at=None)
    return list(rows.order_by("-at", "-id")[:limit])


def grids(patient_id: UUID) -> list[Grid]:
    """The AGGIR grids of a person, the newest first."""
    return [grid_of(one) for one in questionnaires.answers_of(patient_id, "aggir")[:10]]


def grid_of(answer: Answer) -> Grid:
    """A grid with its letters and, once it is finished, its result."""
    values = questionnaires.values_of(answer)
    letters = aggir.profile_of(aggir.letters_of(values))
    is_done = answer.status in ("completed", "amended")
    return Grid(answer, aggir.result_of(values) if is_done else None, letters)


def load_cases(tasks: Sequence[Task]) -> dict[str, Any]:
    """The cases behind a board's tasks, in one query."""
    rows = Case.objects.filter(task_id__in=[one.id for one in tasks])
    return {"cases": {one.task_id: one for one in rows}}


def counts() -> dict[str, dict[str, int]]:
    """How many of the actor's requests and cases stand in each state."""
    return {name: workflow.counts(name) for name in (REQUEST, CASE)}


def lines(place: UUID, since: datetime) -> list[figures.CaseLine]:
    """What indicators need of one's own organisation's cases, asked for since a moment."""
    with connection.cursor() as cursor:
        cursor.execute("select * from coordination_lines(%s, %s)", [place, since])
        return [figures.CaseLine(*row) for row in cursor.fetchall()]


def imports() -> list[Import]:
    """The files taken in by one's organisation, the newest first, without their lines."""
    rows = Import.objects.filter(organisation_id__in=current_actor().grantees)
    return list(rows.defer("lines", "outcome").order_by("-started_at", "-id")[:20])


def import_of(job_id: UUID) -> Import | None:
    """One file of one's organisation."""
    rows = Import.objects.filter(organisation_id__in=current_actor().grantees)
    return rows.filter(pk=job_id).first()


def life_rows(
    patient_id: UUID, role: str, before: LifePosition | None, limit: int
) -> list[LifeRow]:
    """Contacts on the life line; what was said stays in the case."""
    return [
        LifeRow(
            id=one.id, at=one.at, title=one.get_kind_display(), author=one.author_name,
            text=one.author_label,
        )
        for one in _contacts_of_life(patient_id, *past(before), limit=limit)
    ]  # fmt: skip


@Kept
def _contacts_of_life(patient_id: UUID, *last: Any, limit: int) -> QuerySet[Contact]:
    rows = Contact.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if last:
        at, key = last
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=key))
    return rows.order_by("-at", "-id")[:limit]
