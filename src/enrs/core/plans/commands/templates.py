"""Templates of plans: taken in from the release, drafted, put in service and retired by the region's team, applied."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import fhir, kinds
from enrs.core.plans.commands.content import insert_row
from enrs.core.plans.commands.parts import follow_parts
from enrs.core.plans.commands.shared import PlanRefusedError, demand_open, leave, locked
from enrs.core.plans.models import Goal, Plan, PlanTemplate, Problem
from enrs.core.plans.rules import templates as rules
from enrs.core.subjects.commands import save_version

PUBLISHED = PlanTemplate.Status.PUBLISHED
CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def sync_templates(shipped: Iterable[Mapping[str, Any]], *, using: str = "default") -> int:
    """Take in the templates that come with the release; returns how many were new.

    `shipped` are contents with their `code`, `number`, `kind` and `title`. One that is known under this number or a
    later one is left alone, and so is one that the region has written, or has retired.
    """
    if "plan_template" not in connections[using].introspection.table_names():
        return 0
    count = 0
    with acting(SYSTEM), act():
        for one in shipped:
            known = PlanTemplate.objects.filter(code=one["code"])
            if (
                known.filter(number__gte=one["number"]).exists()
                or known.exclude(made_by=SYSTEM.name).exists()
                or (known.exists() and not known.filter(status=PUBLISHED).exists())
            ):
                continue
            content = {"lead": one.get("lead", ""), "rows": one["rows"]}
            made = _write(one["code"], one["number"], one["kind"], one["title"], content)
            _put_in_service(made)
            count += 1
    return count


def draft_template(
    *, code: str, kind: str, title: str, content: Mapping[str, Any] | None = None
) -> PlanTemplate:
    """Write the next number of a template, or the first of a new one, as a draft.

    Raises:
        AccessRefusedError: not of the region's team.
        PlanRefusedError: `code`, `kind`, `title`, `draft` (one is being written already).
        TemplateError: what the content says cannot be.
    """
    _demand_region()
    if not CODE.fullmatch(code):
        raise PlanRefusedError("code", "code")
    if kinds.declared(kind) is None:
        raise PlanRefusedError("choice", "kind")
    with act():
        known = list(PlanTemplate.objects.select_for_update().filter(code=code).order_by("-number"))
        if any(one.status == PlanTemplate.Status.DRAFT for one in known):
            raise PlanRefusedError("draft")
        if known and known[0].kind != kind:
            raise PlanRefusedError("code", "code")
        number = known[0].number + 1 if known else 1
        try:
            with act(savepoint=True):
                made = _write(code, number, kind, title, content or {"rows": []})
        except IntegrityError as error:  # Somebody drafts the same at this moment.
            raise PlanRefusedError("draft") from error
        _note(made, "drafted")
    return made


def revise_template(
    *, template: PlanTemplate, title: str, content: Mapping[str, Any], expected_version: int
) -> PlanTemplate:
    """Change a draft.

    Raises:
        AccessRefusedError, StaleSaveError, TemplateError; PlanRefusedError: `published`, `title`.
    """
    _demand_region()
    _demand_draft(template)
    template.content, template.title = _checked(template.kind, content), _title(title)
    template.made_by, template.made_at = current_actor().name[:200], timezone.now()
    with act():
        save_version(
            template, expected=expected_version, fields=["content", "title", "made_by", "made_at"]
        )
        _note(template, "revised")
    return template


def publish_template(*, template: PlanTemplate, expected_version: int) -> PlanTemplate:
    """Put a draft in service; the number before it is retired. Plans made from it stay as they are.

    Raises:
        AccessRefusedError, StaleSaveError, TemplateError; PlanRefusedError: `published`, `no_rows`.
    """
    _demand_region()
    _demand_draft(template)
    if not _checked(template.kind, template.content)["rows"]:
        raise PlanRefusedError("no_rows")
    with act():
        save_version(template, expected=expected_version, fields=[])
        _put_in_service(template)
        _note(template, "published")
    return template


def retire_template(*, template: PlanTemplate, expected_version: int) -> PlanTemplate:
    """Withdraw a template, or a draft that will not be: it is offered no more, and stays in the history.

    Raises:
        AccessRefusedError, StaleSaveError; PlanRefusedError: `retired`.
    """
    _demand_region()
    if template.status == PlanTemplate.Status.RETIRED:
        raise PlanRefusedError("retired")
    with act():
        template.status = PlanTemplate.Status.RETIRED
        save_version(template, expected=expected_version, fields=["status"])
        _note(template, "retired")
    return template


def apply_template(*, plan: Plan, template: PlanTemplate) -> int:
    """Write the rows of a template in a plan, then to be adapted; returns how many.

    A problem that the plan has already (same code, or same words) is kept: what hangs on it in the template is
    added under it, save what it holds already in the same words. A second tap adds nothing. A role is given to
    the one of the circle whose function it is; else it stays a role, to be given to somebody.

    Raises:
        AccessRefusedError; PlanRefusedError: `closed`, `template` (not in service, of another kind, or of what the
            dictionary of its kind no longer holds), `many`.
    """
    demand_open(plan)
    if template.status != PlanTemplate.Status.PUBLISHED or template.kind != plan.kind:
        raise PlanRefusedError("template")
    try:
        content = _checked(template.kind, template.content)
    except rules.TemplateError as error:
        raise PlanRefusedError("template") from error
    with act():
        locked(plan)
        plan.refresh_from_db()
        made = _Filling(plan, kinds.kind_of(plan.kind).team(plan.patient_id)).fill(content)
        if made:
            leave(plan, "template", label=str(template))
            follow_parts(plan)
    return made


# --- the parts -------------------------------------------------------------------------------------


class _Filling:
    """Writes rows under those that are there; each row of the template once."""

    def __init__(self, plan: Plan, team: Sequence[kinds.Teammate]) -> None:
        self.plan, self.team, self.today = plan, team, legal_day(timezone.now())
        rows = Problem.objects.filter(plan=plan, withdrawn_at=None).order_by("id")
        self.problems: dict[str, Problem] = {}
        for one in rows:
            self.problems.setdefault(_same(one.code, one.label), one)
        self.priority = max((one.priority for one in rows), default=0)
        goals = Goal.objects.filter(plan=plan, withdrawn_at=None)
        self.goals = {(one.problem_id, one.text.lower()): one for one in goals.order_by("-id")}
        self.texts: set[tuple[UUID | None, str]] = {
            (one["goal_id"], one["text"].lower())
            for one in plan.actions.filter(withdrawn_at=None).values("goal_id", "text")
        }
        self.ids: dict[int, UUID] = {}
        self.made = 0

    def fill(self, content: Mapping[str, Any]) -> int:
        """Every row, those above first; how many were new."""
        for row in rules.rows_of(content):
            {"problem": self._problem, "goal": self._goal, "action": self._action}[row["kind"]](row)
        return self.made

    def _add(self, table: str, /, **values: Any) -> Any:
        self.made += 1
        return insert_row(self.plan, table, values, publishes=False)

    def _problem(self, row: Mapping[str, Any]) -> None:
        known = self.problems.get(_same(row["code"], row["label"]))
        if known is None:
            self.priority = min(self.priority + 1, 99)
            known = self._add(
                "problem", label=row["label"], code=row["code"], detail=row["detail"], priority=self.priority,
            )  # fmt: skip
        self.ids[row["key"]] = known.id

    def _goal(self, row: Mapping[str, Any]) -> None:
        above = self.ids.get(row["of"])
        known = self.goals.get((above, str(row["text"]).lower()))
        if known is None:
            known = self._add(
                "goal", text=row["text"], criteria=row["criteria"], problem_id=above, due_on=self._day(row),
                is_shared=False,
            )  # fmt: skip
            fhir.publish_goal(known)
        self.ids[row["key"]] = known.id

    def _action(self, row: Mapping[str, Any]) -> None:
        above = self.ids.get(row["of"])
        if (above, str(row["text"]).lower()) in self.texts:
            return
        self.texts.add((above, str(row["text"]).lower()))
        who = self._who(row["role"])
        self._add(
            "action",
            text=row["text"],
            kind=row["type"],
            goal_id=above,
            due_on=self._day(row),
            **who,
        )

    def _who(self, role: str) -> dict[str, Any]:
        if role == "person":
            return {"who_kind": "person", "who_id": None, "who_label": rules.ROLE_WORDS[role]}
        one = rules.who_for(role, self.team)
        if one is None:
            return {
                "who_kind": "free",
                "who_id": None,
                "who_label": f"{rules.ROLE_WORDS[role]}, à désigner",
            }
        return {"who_kind": one.kind, "who_id": one.id, "who_label": one.label[:200]}

    def _day(self, row: Mapping[str, Any]) -> Any:
        return None if row["days"] is None else self.today + timedelta(days=row["days"])


def _same(code: str, label: str) -> str:
    """What makes two problems one: their words; the code alone when it says them."""
    return f"{code} {label.lower()}" if label else code


def _demand_region() -> None:
    if current_actor().role != access_rules.OPERATOR:
        raise AccessRefusedError("profession")


def _demand_draft(template: PlanTemplate) -> None:
    if template.status != PlanTemplate.Status.DRAFT:
        raise PlanRefusedError("published")


def _checked(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return rules.checked(content, kinds.kind_of(kind).problems)


def _title(title: str) -> str:
    clean = " ".join(title.replace("\x00", "").split())
    if not clean or len(clean) > rules.MAX_TITLE:
        raise PlanRefusedError("title", "title")
    return clean


def _write(
    code: str, number: int, kind: str, title: str, content: Mapping[str, Any]
) -> PlanTemplate:
    made = PlanTemplate(
        id=uuid7(), code=code, number=number, kind=kind, title=_title(title), content=_checked(kind, content),
        made_by=current_actor().name[:200], made_at=timezone.now(),
    )  # fmt: skip
    made.save(force_insert=True)
    return made


def _put_in_service(template: PlanTemplate) -> None:
    """The only number in service of its code."""
    others = PlanTemplate.objects.filter(code=template.code, status=PlanTemplate.Status.PUBLISHED)
    others.update(status=PlanTemplate.Status.RETIRED)
    template.status, template.published_at = PlanTemplate.Status.PUBLISHED, timezone.now()
    template.save(update_fields=["status", "published_at"])


def _note(template: PlanTemplate, what: str) -> None:
    audit(
        f"plans.template.{what}",
        object_kind="plan_template",
        object_id=template.id,
        details={"code": template.code, "number": template.number},
    )
