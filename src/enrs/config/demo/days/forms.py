"""Forms that the region's team uploaded, at every state, and what was answered to them, at two dates."""

from pathlib import Path
from typing import Any, Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.questionnaires.commands import publish_form, retire_form, try_form, upload_form
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form

FOLDER: Final = Path(__file__).resolve().parents[1] / "forms"
SIGNS: Final = ("perte_poids", "fatigue", "marche", "chute", "memoire", "moral")


def play(stage: Stage) -> None:
    """Upload as the operator does, then have people answer."""
    with acting(stage.actor("roux")):
        former = publish_form(form=try_form(form=_upload("reperage-fragilite-1.0")))
        _dated(former, stage, 420)
        _early(stage, former)
        stage.rows.write()
        current = publish_form(form=try_form(form=_upload("reperage-fragilite-1.1")))
        _dated(current, stage, 60)
        tried = try_form(form=_upload("besoins-cabinet"))
        _upload("suivi-plaie")
        retired = _upload("suivi-plaie-0.0")
        retire_form(form=retired)
    _later(stage, current)
    answer_form(
        stage.rows, form=tried, by=stage.people["roux"], at=stage.ago(hours=30), is_final=False,
        is_trial=True, values={"effectif": 6, "metiers": ["doctor", "nurse"], "logiciel": "Essai"},
    )  # fmt: skip


def _upload(name: str) -> Form:
    return upload_form(content=(FOLDER / f"{name}.json").read_bytes())


def _dated(form: Form, stage: Stage, days: int) -> None:
    """When the form was really uploaded and published, in the story."""
    at = stage.ago(days=days)
    Form.objects.filter(pk=form.pk).update(created_at=at, published_at=at)


def _signs(yes: int, **more: Any) -> dict[str, Any]:
    """Answers with so many signs of frailty."""
    values = {one: "yes" if rank < yes else "no" for rank, one in enumerate(SIGNS)}
    return values | {"suite": "assess" if yes > 3 else "watch" if yes else "none"} | more


def _early(stage: Stage, form: Form) -> None:
    """A first look, under the version that stood then."""
    told = (("marchand", "kouassi", 1), ("aubertin_lucien", "kouassi", 5), ("montbel", "moreau", 2))
    for rank, (life, login, yes) in enumerate(told):
        answer_form(
            stage.rows, form=form, patient=stage.lives[life], by=stage.people[login],
            at=stage.ago(days=190 + 7 * rank), values=_signs(yes, remarque="Première visite."),
        )  # fmt: skip


def _later(stage: Stage, form: Form) -> None:
    """Two looks under the present version, which can be compared; and one under way."""
    told = (
        ("marchand", "kouassi", 2, 40, "78.4"), ("marchand", "moreau", 1, 6, "77.6"),
        ("aubertin_lucien", "kouassi", 5, 45, "60.8"), ("aubertin_lucien", "lambert", 3, 8, "61.9"),
        ("montbel", "moreau", 2, 33, "71.2"), ("montbel", "kouassi", 2, 4, "71.8"),
    )  # fmt: skip
    for life, login, yes, days, weight in told:
        values = _signs(yes, poids={"value": weight, "unit": "kg"})
        answer_form(
            stage.rows, form=form, patient=stage.lives[life], by=stage.people[login],
            at=stage.at(-days, 11), values=values,
        )  # fmt: skip
    for rank, patient in enumerate(stage.both("moreau", "kouassi", 9)):
        answer_form(
            stage.rows, form=form, patient=patient, by=stage.people["kouassi"],
            at=stage.at(-3 - 4 * rank, 10), values=_signs(rank % 6), is_final=rank != 4,
        )  # fmt: skip
