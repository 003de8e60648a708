"""The past of one invented case: its contacts, plan, notebook, grids and assessments."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.moments import legal_day
from enrs.core.plans.demo import PlanTeller
from enrs.core.plans.models import Action, Goal, Problem
from enrs.core.plans.rules import UNSETTLED
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form
from enrs.core.threads.demo import Said, tell_thread
from enrs.core.workflow.commands.deadlines import limit_named
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task
from enrs.services.coordination.demo import answers, texts
from enrs.services.coordination.flows import CASE
from enrs.services.coordination.models import Case, Contact
from enrs.services.coordination.rules import words

GAP = {"active": 9, "overdue": 14, "closed": 12}
"""Days between two contacts."""
KINDS = ("call", "visit", "call", "desk", "meeting", "call", "mail")
MINUTES = {"call": 15, "visit": 75, "meeting": 60, "desk": 30, "mail": 20}
MOST = 14
SATURDAY = 5


@dataclass
class CaseTeller:
    """Writes the case of one person: `asker` is who asked for it, `proxies` who represents whom."""

    rows: Rows
    rng: random.Random
    now: datetime
    place: Someone
    forms: Mapping[str, Form]
    proxies: Mapping[UUID, str]
    patient: Patient
    asker: Someone

    @property
    def today(self) -> date:
        """The legal day of the story."""
        return legal_day(self.now)

    def tell(
        self, request: Task, by: Someone, moments: tuple[datetime, datetime], fate: str, rank: int
    ) -> None:
        """The case that a request became, active, without contact, or closed.

        `moments` are the first contact and the inclusion.
        """
        met, opened = moments
        ended = opened + (self.now - opened) * 0.7 if fate == "closed" else None
        last = self.now - timedelta(days=35) if fate == "overdue" else ended or self.now
        assert request.patient_id is not None  # noqa: S101  the region's requests are all about somebody
        case = Case(
            id=key(opened), patient_id=request.patient_id, identity_id=request.identity_id,
            request_id=request.id, organisation_id=self.place.grantee_id,
            organisation_name=self.place.name, referent_id=by.grantee_id, referent_name=by.name,
            referent_label=by.label, origin=request.details["origin"], need=request.reason,
            requested_at=request.opened_at, opened_at=opened, first_contact_at=met,
        )  # fmt: skip
        contacts = self._contacts(case, by, opened, last, fate)
        task = self._task(request, case, by, opened)
        moves = [Move("contact", at, by) for at in contacts]
        if fate == "overdue":
            since = max([opened, *contacts]) + timedelta(days=words.QUIET_DAYS)
            limit = limit_named(task.table, "quiet")
            moves.append(Move("lapse", min(since, self.now), None, note=limit.label))
        if ended:
            code = words.CLOSINGS[rank % 6][0]
            moves.append(Move("close", ended, by, code, "Situation stable, relais fait."))
            case.closed_at, case.closed_code, case.closed_note = (
                ended,
                code,
                "Situation stable, relais fait.",
            )
        Teller(self.rows, task, self.now).tell(by, moves)
        self.rows.add(case)
        self._write_contacts()
        if rank % 3 != 2 or case.patient_id in self.proxies:
            self._plan(case, by, opened, rank)
        self._notebook(case, by, opened, rank)
        self._assess(case, by, opened, rank)

    def _task(self, request: Task, case: Case, by: Someone, opened: datetime) -> Task:
        task = Task(
            id=key(opened), patient_id=case.patient_id, identity_id=case.identity_id, workflow=CASE,
            title=f"Suivi par {self.place.name}"[:200], reason=request.reason, requester_id=by.user_id,
            requester_grantee_id=by.grantee_id, requester_name=by.name, requester_label=by.label,
            requester_organisation_id=by.place_id, requester_organisation_name=by.place_name,
            assignee_id=by.grantee_id, assignee_kind="person", assignee_name=by.name,
            team_id=self.place.grantee_id, team_name=self.place.name, opened_at=opened, changed_at=opened,
        )  # fmt: skip
        case.task_id = task.id
        return task

    def _contacts(
        self, case: Case, by: Someone, opened: datetime, last: datetime, fate: str
    ) -> list[datetime]:
        """Contacts from the inclusion to `last`, the newest kept when there are many."""
        self.found: list[Contact] = []
        at = _at_work(opened + timedelta(hours=3), self.rng)
        while at < last - timedelta(hours=1) and len(self.found) < MOST:
            kind = KINDS[len(self.found) % len(KINDS)]
            whom, text = self.rng.choice(texts.CONTACTS[kind])
            self.found.append(
                Contact(
                    id=key(at), case=case, patient_id=case.patient_id, identity_id=case.identity_id,
                    kind=kind, at=at, minutes=MINUTES[kind], with_whom=whom, text=text,
                    author_id=by.user_id, author_name=by.name, author_label=by.label,
                )
            )  # fmt: skip
            left = MOST - len(self.found)
            step = max(GAP[fate], (last - at).days / left if left else 0)
            at = _at_work(at + timedelta(days=step + self.rng.randint(0, 3)), self.rng)
        met = [one for one in self.found if one.kind != "desk"]
        visits = [one.at for one in met if one.kind == "visit"]
        case.minutes = sum(one.minutes for one in self.found)
        assert case.first_contact_at is not None  # noqa: S101  given by `tell`
        case.last_contact_at = max([case.first_contact_at, *(one.at for one in met)])
        case.first_visit_at = min(visits, default=None)
        return [one.at for one in met]

    def _write_contacts(self) -> None:
        for one in self.found:
            self.rows.add(one)

    def _plan(self, case: Case, by: Someone, opened: datetime, rank: int) -> None:
        """A PPCS with its four parts; closed cases have theirs ended."""
        at = _at_work(opened + timedelta(days=4), self.rng)
        teller = PlanTeller(
            self.rows, patient=self.patient, kind="ppcs", by=by, at=at,
            title="Plan personnalisé de coordination", situation=case.need,
            wishes=texts.WISHES[rank % 3], synthesis=texts.SYNTHESES[rank % 3],
            referent_id=by.grantee_id, referent_name=by.name, referent_label=by.label,
            revise_on=max(timezone.localdate(at) + timedelta(days=30), self.today + timedelta(days=rank % 5 * 20 - 20)),
        )  # fmt: skip
        for place in range(3):
            self._problem(teller, case, rank, place)
        teller.move("active")
        self._agreements(teller, case, rank)
        self._later(teller, case, opened, rank)
        if case.closed_at:
            teller.move("completed", case.closed_at)

    def _problem(self, teller: PlanTeller, case: Case, rank: int, place: int) -> None:
        """One problem, its goal, what is done for it, and what became of both."""
        label, criteria, text = texts.PROBLEMS[(rank + place) % len(texts.PROBLEMS)]
        problem = teller.add(Problem, label=label, priority=place + 1)
        fate = _goal_fate(rank, place, is_closed=case.closed_at is not None)
        settled: dict[str, Any] = (
            {} if fate == "active" else {"settled_on": self.today - timedelta(days=2 + place)}
        )
        if fate in UNSETTLED:
            settled["why"] = texts.WHYS[rank % 3]
        goal = teller.add(
            Goal, problem=problem, text=text, criteria=criteria, status=fate,
            stated_by="La personne" if place != 1 else "Sa fille",
            due_on=timezone.localdate(teller.at) + timedelta(days=90), **settled,
        )  # fmt: skip
        self._action(teller, goal, rank + place, is_over=fate != "active")

    def _action(self, teller: PlanTeller, goal: Goal, number: int, *, is_over: bool) -> None:
        kind, text, who = texts.ACTIONS[number % len(texts.ACTIONS)]
        status = "done" if is_over else ("in_progress", "planned", "done")[number % 3]
        values: dict[str, Any] = {"evaluation": "Faite comme prévu.", "evaluated_on": self.today}
        teller.add(
            Action, goal=goal, kind=kind, text=text, who_label=who, status=status,
            due_on=self.today + timedelta(days=number % 4 * 15 - 15),
            **(values if status == "done" else {}),
        )  # fmt: skip

    def _agreements(self, teller: PlanTeller, case: Case, rank: int) -> None:
        """The person, a doctor, a service: agreed, with a reserve, refused."""
        teller.agree("person", "La personne", "agreed", means=("oral", "signed")[rank % 2])
        label, answer, remark = texts.ANSWERS[rank % len(texts.ANSWERS)]
        teller.agree("actor", label, answer, remark=remark)
        if self.proxies.get(case.patient_id):
            teller.agree("proxy", self.proxies[case.patient_id], "agreed", means="signed")

    def _later(self, teller: PlanTeller, case: Case, opened: datetime, rank: int) -> None:
        """An action added since: what was agreed before it speaks of an older plan."""
        at = _at_work(opened + timedelta(days=25), self.rng)
        if rank % 2 or case.closed_at or at > self.now:
            return
        kind, text, who = texts.LATER_ACTIONS[rank // 2 % len(texts.LATER_ACTIONS)]
        teller.add(Action, at, kind=kind, text=text, who_label=who, status="planned",
                   due_on=self.today + timedelta(days=21))  # fmt: skip
        if rank % 4 == 0:
            teller.agree("person", "La personne", "agreed")

    def _notebook(self, case: Case, by: Someone, opened: datetime, rank: int) -> None:
        """The liaison notebook, with a message or more; its newest is new to the team."""
        said = [
            Said(by if number % 2 == 0 else self.asker, min(opened + timedelta(days=9 * number + 1), self.now), text)
            for number, text in enumerate(texts.MESSAGES[: rank % 4 + 1])
        ]  # fmt: skip
        tell_thread(
            self.rows, subject=("coordination.case", case.id), patient=self.patient,
            title="Cahier de liaison", audience="circle", members=[self.place], said=said,
            unread={by.grantee_id: 1} if rank % 4 == 1 else {},
        )  # fmt: skip

    def _assess(self, case: Case, by: Someone, opened: datetime, rank: int) -> None:
        """AGGIR grids and assessments: a first of each, and a second some months later."""
        for number, days in enumerate((5, 95) if rank % 3 == 0 else (6,)):
            at = _at_work(opened + timedelta(days=days), self.rng)
            if at > self.now or (case.closed_at and at > case.closed_at):
                continue
            for form, values in (
                (self.forms["aggir"], answers.grid(rank, number, at)),
                (self.forms["coordination-assessment"], answers.assessment(rank, number, at)),
            ):
                answer_form(
                    self.rows, form=form, values=values, by=by, at=at + timedelta(minutes=45 * number),
                    patient=self.patient,
                )  # fmt: skip


def _goal_fate(rank: int, place: int, *, is_closed: bool) -> str:
    """What became of a goal: all that a plan may say is there somewhere."""
    if is_closed:
        return ("reached", "reached", "not_reached")[place]
    return (("active", "active", "not_reached"), ("reached", "active", "active"),
            ("active", "reached", "abandoned"), ("active", "active", "active"))[rank % 4][place]  # fmt: skip


def _at_work(moment: datetime, rng: random.Random) -> datetime:
    """When teams work, soon after a moment: that day, or the next one that is not of a week-end."""
    local = timezone.localtime(moment)
    chosen = local.replace(hour=rng.randint(9, 17), minute=rng.choice((0, 10, 15, 30, 45)))
    while chosen < moment or chosen.weekday() >= SATURDAY:
        chosen += timedelta(days=1)
    return chosen
