"""The past of one invented case: its contacts, plan, notebook and grid."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.plans.models import Action, Agreement, Goal, Plan, PlanStep, Problem
from enrs.core.threads.models import Membership, Message, Thread
from enrs.core.workflow.models import Task
from enrs.services.coordination.demo import texts
from enrs.services.coordination.demo.rows import Move, Rows, Someone, Teller, key
from enrs.services.coordination.flows import CASE
from enrs.services.coordination.models import Case, Contact
from enrs.services.coordination.rules import words

GAP = {"active": 9, "overdue": 14, "closed": 12}
"""Days between two contacts."""
KINDS = ("call", "visit", "call", "desk", "meeting", "call", "mail")
MINUTES = {"call": 15, "visit": 75, "meeting": 60, "desk": 30, "mail": 20}
MOST = 14


class CaseTeller:
    """Writes one case."""

    def __init__(self, rows: Rows, rng: random.Random, now: datetime, place: Someone) -> None:
        self.rows, self.rng, self.now, self.place = rows, rng, now, place

    def tell(self, request: Task, by: Someone, opened: datetime, fate: str, rank: int) -> None:
        """The case that a request became, active, without contact, or closed."""
        ended = opened + (self.now - opened) * 0.7 if fate == "closed" else None
        last = self.now - timedelta(days=35) if fate == "overdue" else ended or self.now
        assert request.patient_id is not None  # noqa: S101  the region's requests are all about somebody
        case = Case(
            id=key(opened), patient_id=request.patient_id, identity_id=request.identity_id,
            request_id=request.id, organisation_id=self.place.grantee_id,
            organisation_name=self.place.name, referent_id=by.grantee_id, referent_name=by.name,
            referent_label=by.label, origin=request.details["origin"], need=request.reason,
            requested_at=request.opened_at, opened_at=opened,
        )  # fmt: skip
        moments = self._contacts(case, by, opened, last, fate)
        task = self._task(request, case, by, opened)
        moves = [Move("contact", at, by) for at in moments]
        if fate == "overdue":
            since = max([opened, *moments]) + timedelta(days=words.QUIET_DAYS)
            moves.append(Move("lapse", min(since, self.now), None))
        if ended:
            code = words.CLOSINGS[rank % 6][0]
            moves.append(Move("close", ended, by, code, "Situation stable, relais fait."))
            case.closed_at, case.closed_code, case.closed_note = (
                ended,
                code,
                "Situation stable, relais fait.",
            )
        Teller(self.rows, task).tell(by, moves)
        self.rows.add(case)
        self._write_contacts()
        if rank % 3 != 2:
            self._plan(case, by, opened, rank)
        self._notebook(case, by, opened, rank)

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
        case.first_contact_at = case.requested_at + timedelta(days=1, hours=3)
        case.last_contact_at = max([case.first_contact_at, *(one.at for one in met)])
        case.first_visit_at = min(visits, default=None)
        return [one.at for one in met]

    def _write_contacts(self) -> None:
        for one in self.found:
            self.rows.add(one)

    def _plan(self, case: Case, by: Someone, opened: datetime, rank: int) -> None:
        """A PPCS with its four parts; closed cases have theirs ended."""
        at = opened + timedelta(days=4)
        status = "completed" if case.closed_at else "active"
        plan = Plan(
            id=key(at), patient_id=case.patient_id, identity_id=case.identity_id, kind="ppcs",
            status=status, title="Plan personnalisé de coordination", situation=case.need,
            wishes=texts.WISHES[rank % 3], synthesis=texts.SYNTHESES[rank % 3], referent_id=by.grantee_id,
            referent_name=by.name, referent_label=by.label, author_id=by.user_id, author_name=by.name,
            revise_on=timezone.localdate(self.now) + timedelta(days=rank % 5 * 20 - 20), revision=9,
            started_at=at, changed_at=at, closed_at=case.closed_at,
        )  # fmt: skip
        self.rows.add(plan)
        shared = {"patient_id": case.patient_id, "identity_id": case.identity_id}
        made = shared | {
            "author_name": by.name,
            "changed_by": by.name,
            "changed_at": at,
            "plan": plan,
        }
        for place in range(3):
            label, criteria, text = texts.PROBLEMS[(rank + place) % len(texts.PROBLEMS)]
            problem = self.rows.add(Problem(id=key(at), label=label, priority=place + 1, **made))
            goal = self.rows.add(
                Goal(
                    id=key(at), problem=problem, text=text, criteria=criteria, stated_by="La personne",
                    due_on=timezone.localdate(at) + timedelta(days=90), **made,
                )
            )  # fmt: skip
            if place == 2:
                goal.status, goal.why = "not_reached", texts.WHYS[rank % 3]
                goal.settled_on = timezone.localdate(self.now) - timedelta(days=2)
            self._action(goal, made, rank + place, case)
        self._agreements(plan, shared, by, at)
        self._step(plan, shared, by, at)

    def _action(self, goal: Goal, made: dict[str, object], number: int, case: Case) -> None:
        kind, text, who = texts.ACTIONS[number % len(texts.ACTIONS)]
        status = "done" if case.closed_at else ("in_progress", "planned", "done")[number % 3]
        due = timezone.localdate(self.now) + timedelta(days=number % 4 * 15 - 15)
        evaluation = "Faite comme prévu." if status == "done" else ""
        day = timezone.localdate(self.now) if status == "done" else None
        self.rows.add(
            Action(
                id=key(goal.changed_at), goal=goal, kind=kind, text=text, who_label=who, due_on=due,
                status=status, evaluation=evaluation, evaluated_on=day, **made,
            )
        )  # fmt: skip

    def _agreements(
        self, plan: Plan, shared: dict[str, UUID | None], by: Someone, at: datetime
    ) -> None:
        for party, label in (("person", "La personne"), ("actor", by.name)):
            self.rows.add(
                Agreement(
                    id=key(at), plan=plan, party=party, party_label=label, answer="agreed", means="oral",
                    revision=9, answered_at=at, recorded_by=by.name, **shared,
                )
            )  # fmt: skip

    def _step(self, plan: Plan, shared: dict[str, UUID | None], by: Someone, at: datetime) -> None:
        for what, revision in (("created", 1), ("active", 9)):
            self.rows.add(
                PlanStep(
                    id=key(at), plan=plan, at=at, what=what, object_kind="plan", object_id=plan.id,
                    label=plan.title, author_id=by.user_id, author_name=by.name, revision=revision,
                    **shared,
                )
            )  # fmt: skip

    def _notebook(self, case: Case, by: Someone, opened: datetime, rank: int) -> None:
        """The liaison notebook, with a message or two."""
        said = texts.MESSAGES[: rank % 3 + 1]
        thread = Thread(
            id=key(opened), patient_id=case.patient_id, identity_id=case.identity_id,
            subject_kind="coordination.case", subject_id=case.id, title="Cahier de liaison",
            audience="circle", author_id=by.user_id, message_count=len(said),
            last_message_at=opened + timedelta(days=len(said)),
        )  # fmt: skip
        self.rows.add(thread)
        for member, name in ((self.place.grantee_id, self.place.name), (by.grantee_id, by.name)):
            self.rows.add(
                Membership(id=key(opened), thread=thread, grantee_id=member, display=name)
            )
        for number, text in enumerate(said, 1):
            self.rows.add(
                Message(
                    id=key(opened), thread=thread, number=number, text=text,
                    author_id=by.user_id or by.grantee_id, author_grantee_id=by.grantee_id,
                    author_name=by.name, author_label=by.label,
                    posted_at=opened + timedelta(days=number),
                )
            )  # fmt: skip


def _at_work(moment: datetime, rng: random.Random) -> datetime:
    """The same day, at an hour when teams work, never before the moment itself."""
    local = timezone.localtime(moment)
    chosen = local.replace(hour=rng.randint(9, 17), minute=rng.choice((0, 10, 15, 30, 45)))
    return max(chosen, moment)
