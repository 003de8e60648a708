"""What a plan asks of each actor: their actions, the task of it, what they answered, whether it still holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.access.models import Grant
from enrs.core.plans import flows, kinds, rules
from enrs.core.plans.models import Action, Agreement, Plan
from enrs.core.plans.queries.whole import Whole
from enrs.core.workflow.models import Task


def tasks_of(plan: Plan) -> list[Task]:
    """The newest task of each part of a plan that was ever sent, in their order."""
    rows = Task.objects.filter(subject_kind="plan", subject_id=plan.id, workflow=flows.PART)
    found: dict[str, Task] = {}
    for one in rows.filter(withdrawn_at=None).order_by("-opened_at", "-id"):
        found.setdefault(one.details.get("key", ""), one)
    return sorted(found.values(), key=lambda one: (one.opened_at, one.id))


def actions_of(plan: Plan) -> list[Action]:
    """The actions of a plan with their goals."""
    rows = Action.objects.filter(plan=plan, withdrawn_at=None).select_related("goal")
    return list(rows.order_by("id"))


def answers_of(plan: Plan) -> dict[str, Agreement]:
    """The newest answer of each actor, by who they are and by their name."""
    found: dict[str, Agreement] = {}
    rows = Agreement.objects.filter(plan=plan, party="actor", withdrawn_at=None).defer("content")
    for one in rows.order_by("-answered_at", "-id")[:400]:
        found.setdefault(str(one.party_id or " ".join(one.party_label.lower().split())), one)
    return found


def answer_to(key: str, answers: dict[str, Agreement]) -> Agreement | None:
    """What the actor of this key answered last."""
    return answers.get(key.partition(":")[2])


def is_live(actions: Sequence[Action]) -> bool:
    """Whether somebody still has something to do among these."""
    return any(one.status in rules.LIVE_ACTIONS for one in actions)


def has_agreed(plan: Plan) -> bool:
    """Whether somebody is named, and everybody who is agreed to their part as it now is."""
    parts, answers = rules.parts_of(actions_of(plan)), answers_of(plan)
    return bool(parts) and all(agrees(key, rows, answers) for key, rows in parts.items())


def agrees(key: str, actions: Sequence[Action], answers: dict[str, Agreement]) -> bool:
    """Whether the actor of this key agreed to these actions; one who has nothing left to do needs not."""
    given = answer_to(key, answers)
    if not is_live(actions):
        return True
    if given is None or given.answer not in rules.AGREEING:
        return False
    return given.part_print == rules.part_print(actions)


@dataclass(frozen=True, slots=True)
class Asked:
    """One actor of a plan: what is asked of them and where their answer stands."""

    key: str
    label: str
    actions: list[Action]
    task: Task | None
    answer: Agreement | None
    has_left: bool = False

    @property
    def is_of_circle(self) -> bool:
        """Whether they may be sent their part."""
        return rules.is_named(self.key) and not self.has_left

    @property
    def print(self) -> str:
        """The print of their part as it now is."""
        return rules.part_print(self.actions)

    @property
    def is_agreed(self) -> bool:
        """Whether their agreement to the part as it now is was given."""
        return (
            self.answer is not None
            and self.answer.answer in rules.AGREEING
            and self.answer.part_print == self.print
        )

    @property
    def is_changed(self) -> bool:
        """Whether their part changed since it was sent to them: it is to be asked again."""
        if self.task is None or self.task.state == flows.ENDED:
            return False
        return bool(self.task.details.get("print") != self.print)

    @property
    def is_to_send(self) -> bool:
        """Whether sending the plan would ask them something."""
        never = self.task is None or self.task.state == flows.ENDED
        is_new = never or (self.is_changed and not self.is_agreed)
        return self.is_of_circle and is_live(self.actions) and is_new

    @property
    def is_awaited(self) -> bool:
        """Whether their answer to the part as it now is misses."""
        return not self.is_agreed and is_live(self.actions)

    @property
    def said(self) -> Agreement | None:
        """What they answered to the part as it now is."""
        known = self.answer
        return known if known and known.part_print == self.print else None

    @property
    def words(self) -> tuple[str, str, str]:
        """Where it stands: tone, words, icon."""
        said = self.said
        if said is not None:
            return rules.TONES[said.answer], said.get_answer_display(), _ICONS[said.answer]
        if not is_live(self.actions):
            return "neutre", "Rien ne reste à faire", "check2"
        if not self.is_of_circle:
            return _LEFT if self.has_left else _OUTSIDE
        if self.is_changed:
            return "attention", "Part modifiée : à renvoyer", "arrow-repeat"
        if self.task is None or self.task.state == flows.ENDED:
            return "neutre", "Pas encore envoyée", "hourglass"
        return "information", "Réponse attendue", "hourglass-split"


_LEFT = ("alerte", "N’est plus du cercle : à confier à quelqu’un", "person-x")
_OUTSIDE = ("attention", "Hors du cercle : réponse à inscrire", "telephone")
_ICONS = {
    "agreed": "hand-thumbs-up",
    "reserved": "hand-thumbs-up",
    "proposed": "pencil-square",
    "refused": "hand-thumbs-down",
}


def asked_of(whole: Whole) -> list[Asked]:
    """Every actor whom a plan names, in the order of its actions; three statements."""
    tasks = {one.details.get("key"): one for one in tasks_of(whole.plan)}
    answers, parts = answers_of(whole.plan), rules.parts_of(whole.actions)
    left = left_circle(whole.plan, parts)
    return [
        Asked(key, rows[0].who_label, rows, tasks.get(key), answer_to(key, answers), key in left)
        for key, rows in parts.items()
    ]


def left_circle(plan: Plan, keys: Iterable[str]) -> set[str]:
    """Those of these actors, once of the circle, who may read the record no more; one statement when all may."""
    named = {key: UUID(key.partition(":")[2]) for key in keys if rules.is_named(key)}
    if not named:
        return set()
    now = timezone.now()
    with acting(SYSTEM):
        rows = Grant.objects.filter(
            patient_id=plan.patient_id, grantee_id__in=set(named.values()), valid_from__lte=now, valid_until__gt=now,
        )  # fmt: skip
        known = set(rows.values_list("grantee_id", flat=True))
    gone = {key for key, who in named.items() if who not in known}
    kind = kinds.declared(plan.kind)
    team = {one.id for one in kind.team(plan.patient_id)} if gone and kind else set()
    return {key for key in gone if named[key] not in team}


def part(plan: Plan, task: Task) -> Asked | None:
    """The part that a task is about; None when it is of another plan."""
    if task.workflow != flows.PART or task.subject_id != plan.id:
        return None
    key = str(task.details.get("key", ""))
    rows = rules.parts_of(actions_of(plan)).get(key, [])
    label = rows[0].who_label if rows else task.assignee_name or task.team_name
    return Asked(key, label, rows, task, answer_to(key, answers_of(plan)))


def is_mine(task: Task, actor: Actor) -> bool:
    """Whether a part is in the actor's hands: their own, their place's, or given to them."""
    return bool({task.assignee_id, task.team_id} & set(actor.grantees))


def is_referent(plan: Plan, actor: Actor) -> bool:
    """Whether the actor answers for the plan; without a referent of the circle whoever made it does."""
    if plan.referent_id:
        return plan.referent_id in actor.grantees
    return plan.author_id is not None and plan.author_id == actor.user_id
