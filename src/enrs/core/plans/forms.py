"""The forms of a plan: what a browser may send, before the commands decide."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from enrs.core.plans import rules
from enrs.core.plans.kinds import PlanKind, Teammate
from enrs.core.plans.models import Plan
from enrs.core.plans.queries import Whole

REFUSALS = {
    "empty": "Ce champ est nécessaire.",
    "long": "Ce texte est trop long.",
    "choice": "Choisissez une des réponses proposées.",
    "why": "Dites pourquoi cet objectif n’est pas atteint : la dernière partie du plan le reprend.",
    "priority": "Une priorité va de 1 à 99.",
    "many": "Ce plan compte déjà 200 lignes de cette sorte.",
    "open": "Un plan de cette sorte est déjà ouvert pour cette personne.",
    "move": "Le plan a changé d’état entre-temps : rechargez la page.",
    "reason": "Donnez la raison.",
    "closed": "Ce plan est terminé : il ne se modifie plus.",
    "unknown": "Ce champ ne se modifie pas ici.",
    "remark": "Dites pourquoi, ou quel changement vous proposez : quelques mots suffisent.",
    "actors": "Aucune action à faire n’est confiée à quelqu’un du cercle : choisissez qui la fait, puis envoyez.",
    "validated": "Ce plan est déjà validé.",
    "empty_plan": "Ce plan ne contient encore aucune action.",
    "signer": "Choisissez qui répond. Depuis son compte, chacun ne signe que pour soi, ou pour qui il décide.",
    "read": "Cochez la case : la personne a lu le plan, ou on le lui a lu.",
    "edition": "Le plan a changé pendant la lecture : rien n’est enregistré. Le voici tel qu’il est maintenant :"
    " relisez-le, puis répondez de nouveau.",
    "signed_on": "Cette date ne va pas : ni dans le futur, ni avant que cette édition du plan existe.",
    "reserve": "Écrivez laquelle : une réserve se garde avec le plan.",
    "paper": "Aucune feuille de ce numéro n’a été imprimée ici : lisez-le au bas de la feuille signée, « Édition n° ».",
    "referent": "Le référent du plan est toujours là : lui seul passe la main, en choisissant ici un autre référent.",
    "heard": "Notez ce que la personne en dit : qui décide pour elle l’a entendue d’abord.",
    "template": "Ce modèle n’est plus en service : choisissez-en un autre.",
}


def sentence_of(error: Any) -> str:
    """A refusal of plans in words that say what to do: the kind's own first."""
    return error.words or REFUSALS.get(error.reason, "Ce plan ne peut pas changer ainsi.")


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HeaderForm(forms.Form):
    """The plan's own texts, its referent, its date of revision."""

    title = forms.CharField(label="Titre", max_length=200)
    situation = forms.CharField(
        label="Situation de la personne", required=False, widget=_area(), max_length=rules.MAX_TEXT,
        help_text="Lieu et mode de vie, aides en place, événements récents.",
    )  # fmt: skip
    wishes = forms.CharField(
        label="Ce que la personne souhaite", required=False, widget=_area(),
        max_length=rules.MAX_TEXT, help_text="Avec ses mots : ses attentes, son projet, ce qu’elle refuse.",
    )  # fmt: skip
    synthesis = forms.CharField(
        label="Synthèse", required=False, widget=_area(4), max_length=rules.MAX_TEXT,
        help_text="Les problématiques médicales, psychologiques, sociales et d’autonomie.",
    )  # fmt: skip
    referent_pick = forms.ChoiceField(label="Référent du plan", required=False)
    referent_name = forms.CharField(
        label="Ou un référent hors du cercle", required=False, max_length=200,
        help_text="Seul un référent du cercle peut valider le plan sans attendre toutes les réponses.",
    )  # fmt: skip
    referent_label = forms.CharField(label="Sa fonction", required=False, max_length=200)
    revise_on = forms.DateField(label="À réviser le", required=False, widget=_date())
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, team: Sequence[Teammate] = (), plan: Plan | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.id): one for one in team if one.kind == "member"}
        if plan is not None and plan.referent_id and str(plan.referent_id) not in self.people:
            # Who left is still the referent until somebody chooses another.
            self.people[str(plan.referent_id)] = Teammate(
                plan.referent_id, "member", plan.referent_name, plan.referent_label
            )
        choices = [
            ("", "Choisir dans le cercle"),
            *((key, one.label) for key, one in self.people.items()),
        ]
        self.fields["referent_pick"].choices = choices  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes: the circle's name and function are the circle's, not the browser's."""
        values = dict(self.cleaned_data)
        chosen = self.people.get(values.pop("referent_pick", ""))
        if chosen is None:
            return values | {"referent_id": None}
        return values | {
            "referent_id": chosen.id, "referent_name": chosen.name[:200], "referent_label": chosen.role[:200],
        }  # fmt: skip


def header_initial(plan: Plan) -> dict[str, Any]:
    """What the form of the texts shows first."""
    values = {name: getattr(plan, name) for name in (*rules.HEADER.fields, "version")}
    if plan.referent_id:
        values |= {
            "referent_pick": str(plan.referent_id),
            "referent_name": "",
            "referent_label": "",
        }
    return values


class ProblemForm(forms.Form):
    """A problem and its priority."""

    label = forms.CharField(label="Problème", max_length=300)
    priority = forms.IntegerField(label="Priorité", min_value=1, max_value=99, initial=1)
    detail = forms.CharField(
        label="Précisions", required=False, widget=_area(), max_length=rules.MAX_TEXT
    )
    code = forms.CharField(
        label="Code", required=False, max_length=40, help_text="D’une nomenclature, s’il existe."
    )
    is_resolved = forms.BooleanField(label="Ce problème est résolu", required=False)


class GoalForm(forms.Form):
    """A goal, who stated it, what became of it."""

    text = forms.CharField(label="Objectif", max_length=500, widget=_area(2))
    problem_id = forms.TypedChoiceField(
        label="Pour le problème", required=False, coerce=UUID, empty_value=None
    )
    stated_by = forms.CharField(label="Formulé par", required=False, max_length=200)
    is_shared = forms.BooleanField(
        label="Partagé avec la personne", required=False, initial=True,
        help_text="La personne, ou qui la représente, l’a fait sien.",
    )  # fmt: skip
    criteria = forms.CharField(
        label="On saura qu’il est atteint quand", required=False, max_length=500
    )
    due_on = forms.DateField(label="Échéance", required=False, widget=_date())
    status = forms.ChoiceField(label="État", choices=rules.GOAL_STATUSES, initial="active")
    why = forms.CharField(
        label="S’il n’est pas atteint, pourquoi", required=False, widget=_area(2),
        max_length=rules.MAX_TEXT,
    )  # fmt: skip


class ActionForm(forms.Form):
    """Who does what, until when, and what came of it."""

    text = forms.CharField(label="Action", max_length=500, widget=_area(2))
    kind = forms.ChoiceField(label="Type", choices=rules.ACTION_KINDS, initial="prevention")
    goal_id = forms.TypedChoiceField(
        label="Pour l’objectif", required=False, coerce=UUID, empty_value=None
    )
    who_pick = forms.ChoiceField(label="Qui", required=False)
    who_label = forms.CharField(
        label="Ou quelqu’un d’autre", required=False, max_length=200,
        help_text="Une personne ou un service hors du cercle.",
    )  # fmt: skip
    due_on = forms.DateField(label="Échéance", required=False, widget=_date())
    status = forms.ChoiceField(label="État", choices=rules.ACTION_STATUSES, initial="planned")
    evaluation = forms.CharField(
        label="Évaluation", required=False, widget=_area(2), max_length=rules.MAX_TEXT
    )


PERSON, PERSON_WORDS = "person:", "La personne ou un proche"
"""The choice of who does what the person does themselves."""

ROW_FORMS: dict[str, type[forms.Form]] = {
    "problem": ProblemForm,
    "goal": GoalForm,
    "action": ActionForm,
}


def row_form(
    kind: str,
    content: Whole,
    team: list[Teammate],
    data: Any = None,
    initial: dict[str, Any] | None = None,
    *,
    plan_kind: PlanKind | None = None,
) -> forms.Form:
    """The form of one kind of row, its choices those of this plan, of its dictionary and of this circle."""
    form = ROW_FORMS[kind](data, initial=initial)
    fields: dict[str, Any] = form.fields
    if kind == "problem" and plan_kind and plan_kind.problems:
        _with_dictionary(form, plan_kind)
    if kind == "goal":
        chosen = [(one.id, one.label) for one in content.problems]
        fields["problem_id"].choices = [("", "Aucun en particulier"), *chosen]
    if kind == "action":
        goals = [(one.id, one.text[:90]) for one in content.goals]
        fields["goal_id"].choices = [("", "Aucun en particulier"), *goals]
        people = [(f"{one.kind}:{one.id}", one.label) for one in team]
        fields["who_pick"].choices = [
            ("", "Choisir dans le cercle"),
            *people,
            *_holder((initial or {}).get("who_pick"), (initial or {}).get("holder", ""), people),
            (PERSON, PERSON_WORDS),
        ]
    return form


def _holder(pick: Any, name: str, people: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Whoever a row names already, when they are of the circle no more: kept until somebody chooses another."""
    if not pick or pick == PERSON or pick in dict(people):
        return []
    return [(pick, f"{name} (n’est plus du cercle)")]


def _with_dictionary(form: forms.Form, kind: PlanKind) -> None:
    """The problem is chosen in the dictionary; its own words are free, and may be left out."""
    fields: dict[str, Any] = form.fields
    fields["code"] = forms.ChoiceField(
        label="Problème", choices=[("", "Choisir"), *kind.problems.items()],
        help_text=f"Du dictionnaire de ce plan ; sinon « {kind.problems.get(kind.other_problem, '')} ».",
    )  # fmt: skip
    fields["label"].label, fields["label"].required = "Avec les mots de la personne", False
    fields["label"].help_text = "Sans rien ici, le plan reprend les mots du dictionnaire."
    form.order_fields(["code", "label", "priority", "detail", "is_resolved"])


def values_of(
    kind: str, cleaned: dict[str, Any], team: list[Teammate], known: Any = None
) -> dict[str, Any]:
    """What the commands take from a valid form; the circle's name is the circle's, not the browser's.

    `known` is the row that is changed: it keeps whom it names, when they left the circle and nobody else is chosen.
    """
    values = dict(cleaned)
    if kind != "action":
        return values
    pick = values.pop("who_pick", "")
    if pick == PERSON:
        label = values.get("who_label") or PERSON_WORDS
        return values | {"who_kind": "person", "who_id": None, "who_label": label}
    chosen = {f"{one.kind}:{one.id}": one for one in team}.get(pick)
    if chosen:
        return values | {
            "who_kind": chosen.kind, "who_id": chosen.id, "who_label": chosen.label[:200],
        }  # fmt: skip
    if known is not None and known.who_id and pick == f"{known.who_kind}:{known.who_id}":
        return values | {name: getattr(known, name) for name in ("who_kind", "who_id", "who_label")}
    return values | {"who_kind": "free", "who_id": None}
