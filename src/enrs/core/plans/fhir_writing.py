"""Plans and goals written by other software, through the commands of the pages; what is left out stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import Http404

from enrs.core.access.actor import Actor
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.writing import WriteError, patient_of, register_writer
from enrs.core.plans import commands, fhir, kinds, queries
from enrs.core.plans import fhir_reading as reading
from enrs.core.plans.commands import PlanRefusedError
from enrs.core.plans.forms import REFUSALS
from enrs.core.plans.models import OPEN, Goal, Plan, PlanRow
from enrs.core.subjects.commands import StaleSaveError

Tree = dict[str, Any]
Values = dict[str, Any]

PLAN_PATHS = {
    "title": "title", "synthesis": "description", "reason": "extension", "label": "addresses",
    "priority": "addresses", "text": "activity.detail.code", "who_label": "activity.detail.performer",
    "kind": "activity.detail.code", "goal_id": "activity.detail.goal", "referent_pick": "contributor",
}  # fmt: skip
GOAL_PATHS = {
    "text": "description",
    "why": "statusReason",
    "criteria": "target",
    "problem_id": "addresses",
}
"""Where in the resource a field of ours is."""
_PLACES = {"move": "status", "closed": "status", "open": "category"}


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """What a command refuses, as a sentence at its place in the resource."""
    paths = PLAN_PATHS if kind == "CarePlan" else GOAL_PATHS
    try:
        yield
    except PlanRefusedError as error:
        words = error.words or REFUSALS.get(
            error.reason, "Cette valeur ne peut pas être enregistrée."
        )
        place = _PLACES.get(error.reason, "")
        path = f"{kind}.{place or paths.get(error.field, 'extension')}"
        raise WriteError(words, path=path) from error
    except StaleSaveError as error:
        words = "Quelqu’un a enregistré entre-temps : relisez, puis recommencez."
        raise WriteError(words, status=409, code="conflict", path=kind) from error


# --- plans -----------------------------------------------------------------------------------------


def create_plan(resource: Tree, actor: Actor) -> UUID:
    """Begin a plan with what it holds: problems, contained goals, actions, answers."""
    del actor  # The commands ask who is acting.
    patient_id = patient_of(resource)
    kind = _kind(resource)
    if patient_id is None:
        raise WriteError("Le patient manque.", code="required")
    status = reading.status(resource)
    if status not in OPEN:
        raise WriteError("Un plan commence en préparation ou en cours.", path="CarePlan.status")
    values = reading.header(resource)
    if not values.get("referent_name", "x"):
        raise WriteError("Nommez le référent.", code="required", path="CarePlan.contributor")
    with _told("CarePlan"):
        plan = commands.create_plan(
            patient_id=patient_id,
            kind=kind.key,
            title=values.pop("title", "") or kind.label,
            identifiers=resource.get("identifier", ()),
            **values,
        )
        _Content(plan, resource, {}).run()
    return plan.id


def update_plan(resource: Tree, actor: Actor) -> None:
    """Bring a plan up to what is sent: its texts, its rows, the answers, its state."""
    del actor  # The commands ask who is acting.
    patient_id = patient_of(resource)
    plan = queries.plan(patient_id, UUID(str(resource["id"]))) if patient_id else None
    if plan is None:
        raise Http404
    if _kind(resource).key != plan.kind:
        raise WriteError("Un plan ne change pas de sorte.", path="CarePlan.category")
    shown = fhir.plan_resource(plan)
    values = reading.header(resource)
    former = reading.header(shown)
    with _told("CarePlan"):
        if changed := {name: value for name, value in values.items() if value != former.get(name)}:
            if "referent_name" in changed or "referent_id" in changed:
                changed |= {name: values[name] for name in ("referent_id", "referent_name")}
                changed["referent_label"] = ""
            commands.revise_plan(plan=plan, expected_version=plan.version, **changed)
        _Content(plan, resource, shown).run()


def _kind(resource: Tree) -> kinds.PlanKind:
    if resource["intent"] != "plan":
        raise WriteError("Un plan est un plan : « plan ».", path="CarePlan.intent")
    for one in resource.get("category", ()):
        if found := kinds.declared(reading.code_in(one, fhir.KINDS)):
            return found
    words = f"« category » désigne la sorte de plan, dans le système {fhir.KINDS}."
    raise WriteError(words, code="code-invalid", path="CarePlan.category")


class _Content:
    """What a plan holds, row by row: a row that differs is amended, one without our name is added."""

    def __init__(self, plan: Plan, resource: Tree, shown: Tree) -> None:
        self.plan, self.resource, self.shown = plan, resource, shown

    def run(self) -> None:
        """Rows, then answers (given on the content as it now is), then the state.

        Raises:
            WriteError, AccessRefusedError, PlanRefusedError, StaleSaveError.
        """
        before = self.plan.status
        self._problems()
        self._goals()
        self._activities()
        self._agreements()
        self.plan.refresh_from_db(fields=["status"])
        wanted = reading.status(self.resource)
        # What was sent as it was is not asked for: its answers may have begun the plan.
        if wanted not in (before, self.plan.status):
            reason = reading.value_in(self.resource, fhir.CLOSING, "valueString") or ""
            commands.move_plan(plan=self.plan, status=wanted, reason=reason)

    def _problems(self) -> None:
        shown = self.shown.get("addresses", ())
        for one in self.resource.get("addresses", ()):
            if one in shown:
                continue
            key = reading.problem_id(one)
            row = self._row("problem", key, "CarePlan.addresses") if key else None
            said = next(iter(reading.extensions(one, fhir.PROBLEM)), {})
            reason = reading.value_in(said, "withdrawn", "valueString")
            if row is not None and reason is not None:
                commands.withdraw_row(row=row, reason=reason)
            elif row is not None:
                _amend(row, reading.problem(one))
            else:
                commands.add_problem(plan=self.plan, **reading.problem(one))

    def _goals(self) -> None:
        """Contained goals become rows; those named must be of this plan."""
        contained = {
            f"#{one.get('id')}": one
            for one in self.resource.get("contained", ())
            if one["resourceType"] == "Goal"
        }
        known = [one["reference"] for one in self.shown.get("goal", ())]
        self.made: dict[str, UUID] = {}
        for one in self.resource.get("goal", ()):
            text = one.get("reference", "")
            if text in contained:
                values = reading.goal(contained[text] | {"resourceType": "Goal"})
                self.made[text] = commands.add_goal(plan=self.plan, **values).id
            elif text not in known:
                words = f"« {text[:80]} » n’est pas un objectif de ce plan."
                raise WriteError(words, code="not-found", path="CarePlan.goal")

    def _activities(self) -> None:
        team = kinds.kind_of(self.plan.kind).team(self.plan.patient_id)
        shown = self.shown.get("activity", ())
        for rank, one in enumerate(self.resource.get("activity", ())):
            if one in shown:
                continue
            path = f"CarePlan.activity[{rank}]"
            self._check_person(one, path)
            values = reading.activity(one, team, path)
            for link in one["detail"].get("goal", ())[:1]:
                values["goal_id"] = self.made.get(link.get("reference", ""), values.get("goal_id"))
            key = read_uuid(one.get("id", ""))
            if key is None:
                commands.add_action(plan=self.plan, **values)
                continue
            row = self._row("action", UUID(key), path)
            if values["status"] == "withdrawn":
                reason = one["detail"].get("statusReason", {}).get("text", "")
                commands.withdraw_row(row=row, reason=reason)
            else:
                _amend(row, values)

    def _check_person(self, one: Tree, path: str) -> None:
        """An action of « the person » is that of whom the plan is about."""
        for reference in one.get("detail", {}).get("performer", ())[:1]:
            if reading.key_in(reference, "Patient") not in (None, self.plan.patient_id):
                words = "Une action de la personne désigne celle du plan."
                raise WriteError(words, code="not-found", path=f"{path}.detail.performer")

    def _agreements(self) -> None:
        shown = reading.extensions(self.shown, fhir.AGREEMENT)
        for one in reading.extensions(self.resource, fhir.AGREEMENT):
            if one not in shown:
                commands.record_agreement(plan=self.plan, **reading.agreement(one))

    def _row(self, kind: str, key: UUID, path: str) -> PlanRow:
        row = queries.row(self.plan, kind, key)
        if row is None:
            raise WriteError("Cette ligne n’est pas de ce plan.", code="not-found", path=path)
        row.plan = self.plan
        return row


def _amend(row: PlanRow, values: Values) -> None:
    """Change what differs; a row that is as it was makes no version.

    A name alone, in the words of who does the action already, says nothing new of them.
    """
    if values.get("who_kind") == "free" and values["who_label"] == getattr(row, "who_label", ""):
        values = {name: value for name, value in values.items() if not name.startswith("who_")}
    changed = {name: value for name, value in values.items() if value != getattr(row, name)}
    if changed:
        commands.amend_row(row=row, expected_version=row.version, **changed)


# --- goals -----------------------------------------------------------------------------------------


def create_goal(resource: Tree, actor: Actor) -> UUID:
    """Add a goal to the plan that it names, else to the one open plan of the person."""
    del actor  # The commands ask who is acting.
    values = reading.goal(resource)
    if values["status"] == "withdrawn":
        raise WriteError("Un objectif commence en cours.", path="Goal.lifecycleStatus")
    with _told("Goal"):
        return commands.add_goal(plan=_plan_of(resource), **values).id


def update_goal(resource: Tree, actor: Actor) -> None:
    """Change a goal, settle it, or withdraw it (`entered-in-error`, with `statusReason`)."""
    del actor  # The commands ask who is acting.
    row = _goal(UUID(str(resource["id"])), patient_of(resource))
    values = reading.goal(resource)
    with _told("Goal"):
        if values["status"] == "withdrawn":
            commands.withdraw_row(row=row, reason=resource.get("statusReason", ""))
        else:
            _amend(row, values)


def _goal(key: UUID, patient_id: UUID | None) -> Goal:
    row = queries.goal_of(patient_id, key) if patient_id else None
    if row is None:
        raise Http404
    return row


def _plan_of(resource: Tree) -> Plan:
    patient_id = patient_of(resource)
    if patient_id is None:
        raise WriteError("Le patient manque.", code="required")
    named: Tree = reading.value_in(resource, fhir.PLAN, "valueReference") or {}
    if named:
        key = reading.key_in(named, "CarePlan")
        plan = queries.plan(patient_id, key) if key else None
        if plan is None:
            words = "Ce plan n’existe pas pour cette personne."
            raise WriteError(words, code="not-found", path="Goal.extension")
        return plan
    found = [one for one in queries.plans_of(patient_id) if one.status in OPEN]
    if len(found) != 1:
        words = f"Nommez le plan par l’extension {fhir.PLAN}."
        raise WriteError(words, code="required", path="Goal.extension")
    return found[0]


register_writer("CarePlan", category="plan", create=create_plan, update=update_plan)
register_writer("Goal", category="plan", create=create_goal, update=update_goal)
