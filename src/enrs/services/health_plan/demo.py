"""Invented plans of health: in preparation, awaited, validated, signed, changed since, to revise, over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from enrs.core.demo import Patient, Rows, Someone, by_day
from enrs.core.moments import legal_day
from enrs.core.plans import kinds
from enrs.core.plans.demo import PlanTeller, Reply
from enrs.core.plans.models import Action, Goal, PlanTemplate, Problem
from enrs.core.plans.rules import templates as rules
from enrs.services.health_plan import queries
from enrs.services.health_plan.commands import KIND, TITLE
from enrs.services.health_plan.rules import SYSTEM

WISHES: Final = (
    "« Rester dans ma maison, et voir grandir les petits. »",
    "« Retourner au marché le jeudi sans avoir peur de tomber. »",
    "« Ne plus prendre tous ces comprimés qui me fatiguent. »",
    "« Manger avec quelqu’un, au moins le dimanche. »",
)
SITUATIONS: Final = (
    "Vit seule dans un pavillon à étage. Sa fille passe le samedi. Deux chutes depuis l’été.",
    "Vit avec son épouse, fatiguée. Sept médicaments par jour, une hospitalisation en mars.",
    "Veuve depuis un an, a perdu six kilos. Le portage de repas a été refusé une première fois.",
    "Appartement au deuxième étage sans ascenseur. Une voisine fait les courses.",
)
SYNTHESES: Final = (
    "Fragilité motrice, peur de tomber. Pas de trouble de la mémoire repéré. Entourage présent.",
    "Ordonnance longue, deux oublis repérés par l’infirmière. Autonomie conservée à la maison.",
    "Dénutrition probable, moral bas. À revoir ensemble dans un mois.",
)
CODES: Final = (
    "chutes-domicile",
    "medicaments",
    "denutrition",
    "isolement-humeur",
    "retour-hopital",
)
FATES: Final = (
    "signed", "awaited", "validated", "proposed", "changed", "late", "draft", "refused", "forced", "declined",
    "closed", "signed",
)  # fmt: skip
"""What became of the plans, in turn."""
DAYS: Final = {
    "draft": 1, "awaited": 3, "proposed": 4, "declined": 5, "validated": 12, "refused": 15, "forced": 20, "signed": 45,
    "changed": 60, "late": 130, "closed": 240,
}  # fmt: skip
"""How many days ago they were opened."""


@dataclass(frozen=True, slots=True)
class Told:
    """One plan: about whom, opened by whom, what became of it."""

    patient: Patient
    by: Someone
    fate: str
    name: str
    exception: str = ""


def fill(
    rows: Rows, *, plans: Sequence[Told], people: Mapping[UUID, Someone], now: datetime
) -> int:
    """Write plans with their past, from the templates in service; `people` are those whose answers are told.

    To be run as the platform, after people and circles.
    """
    found = PlanTemplate.objects.filter(kind=KIND, status=PlanTemplate.Status.PUBLISHED)
    templates = {one.code: one for one in found}
    for rank, one in enumerate(plans):
        _Story(rows, one, rank, people, now).tell(templates[CODES[rank % len(CODES)]])
    return len(plans)


class _Story:
    """One plan from its opening to what became of it."""

    def __init__(
        self, rows: Rows, told: Told, rank: int, people: Mapping[UUID, Someone], now: datetime
    ) -> None:
        self.rows, self.told, self.rank, self.people, self.now = rows, told, rank, people, now
        opened = by_day(now - timedelta(days=DAYS[told.fate], hours=rank % 5), now, closes=12)
        self.opened, self.today = opened, legal_day(now)
        self.team = queries.teammates(told.patient.id)
        revise = timedelta(days=-6 if told.fate == "late" else 60 + rank * 5)
        self.plan = PlanTeller(
            rows, patient=told.patient, kind=KIND, by=told.by, at=opened, title=TITLE,
            situation=SITUATIONS[rank % 4], wishes=WISHES[rank % 4], synthesis=SYNTHESES[rank % 3],
            referent_id=told.by.grantee_id, referent_name=told.by.name, referent_label=told.by.label,
            revise_on=self.today + revise, exception=told.exception,
        )  # fmt: skip

    def tell(self, template: PlanTemplate) -> None:
        """Its rows, then what became of it."""
        fate = self.told.fate
        self._fill(template)
        if fate == "draft":
            return
        self.plan.send(self._replies(), self.now, self.opened + timedelta(hours=2))
        if fate in ("awaited", "proposed", "declined"):
            return
        reason = (
            "Le pharmacien est en congé : il a donné son accord par téléphone."
            if fate == "forced"
            else ""
        )
        self.plan.validate(self._after(hours=40), reason)
        if fate in ("validated", "forced"):
            return
        if fate == "refused":
            remark = "Ne veut pas d’aide à la toilette. À reparler avec sa fille."
            self.plan.sign(
                self.told.name, "refused", means="oral", remark=remark, at=self._after(days=4)
            )
            return
        self.plan.sign(
            self.told.name, means=("screen", "signed")[self.rank % 2], at=self._after(days=4)
        )
        if fate == "changed":
            self.plan.add(
                Action, self._after(days=30), kind="prevention", text="Vérifier la vue chez l’ophtalmologiste",
                who_kind="person", who_label=rules.ROLE_WORDS["person"], status="planned",
                due_on=self.today + timedelta(days=30),
            )  # fmt: skip
        if fate == "closed":
            self.plan.move("completed", self._after(days=150))

    def _after(self, *, days: float = 0, hours: float = 0) -> datetime:
        return max(by_day(self.opened + timedelta(days=days, hours=hours), self.now), self.plan.at)

    def _replies(self) -> dict[UUID, Reply]:
        """Everybody known says yes, but in what is still awaited: one in two, and the one who says otherwise."""
        fate, found = self.told.fate, {}
        own = self.told.by.grantee_id
        others = [one for key, one in self.people.items() if key != own]
        for place, one in enumerate(others):
            if fate == "awaited" and place % 2 == 0:
                continue
            found[one.grantee_id] = Reply(one, hours=6 + 7.0 * (place % 4))
        last = next(
            (one for one in others if one.grantee_id in {mate.id for mate in self.team}), None
        )
        if last and fate == "proposed":
            remark = "Je peux passer deux fois par semaine, pas chaque jour."
            found[last.grantee_id] = Reply(last, "proposed", remark, 9)
        if last and fate == "declined":
            found[last.grantee_id] = Reply(
                last, "refused", "Je ne prends plus de patient sur ce secteur.", 9
            )
        if own in self.people:
            found[own] = Reply(self.people[own], hours=0)
        return found

    def _fill(self, template: PlanTemplate) -> None:
        """The rows of the template, given to those of the circle whose functions they are."""
        made: dict[int, Any] = {}
        rank = 0
        for row in rules.rows_of(template.content):
            above = made.get(row["of"])
            if row["kind"] == "problem":
                rank += 1
                made[row["key"]] = self.plan.add(
                    Problem, label=row["label"], code=row["code"], code_system=SYSTEM, detail=row["detail"],
                    priority=rank,
                )  # fmt: skip
            elif row["kind"] == "goal":
                made[row["key"]] = self.plan.add(
                    Goal, text=row["text"], criteria=row["criteria"], problem=above, due_on=self._day(row),
                    stated_by="La personne",
                )  # fmt: skip
            else:
                self._action(row, above)

    def _action(self, row: Mapping[str, Any], goal: Goal | None) -> None:
        number = len(self.plan.held["action"])
        is_followed = self.told.fate in ("signed", "changed", "late", "closed")
        done = is_followed and (number % 2 == 0 or self.told.fate == "closed")
        self.plan.add(
            Action, text=row["text"], kind=row["type"], goal=goal, due_on=self._day(row),
            status="done" if done else "planned", evaluation="Fait, bien accepté." if done else "",
            **self._who(row["role"]),
        )  # fmt: skip

    def _who(self, role: str) -> dict[str, Any]:
        if role == "person":
            return {"who_kind": "person", "who_label": rules.ROLE_WORDS[role]}
        one: kinds.Teammate | None = rules.who_for(role, self.team)
        if one is None:
            return {"who_kind": "free", "who_label": f"{rules.ROLE_WORDS[role]}, à désigner"}
        return {"who_kind": one.kind, "who_id": one.id, "who_label": one.label[:200]}

    def _day(self, row: Mapping[str, Any]) -> Any:
        if row["days"] is None:
            return None
        return legal_day(self.opened) + timedelta(days=row["days"])
