"""Invented requests for a social assessment: one at every state, late ones among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from enrs.core.demo import Patient, Rows, Someone, by_day, key
from enrs.core.moments import legal_day
from enrs.core.questionnaires.demo import answer_form
from enrs.core.questionnaires.models import Form
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task
from enrs.services.social_assessment.offer import FORM, WORKFLOW

SITUATIONS: Final = (
    ("Sort de l’hôpital dans la semaine, vit seul, aucune aide en place.", ["home"]),
    ("Factures impayées, droits à la complémentaire non ouverts.", ["rights"]),
    ("Logement encombré et humide, chutes répétées.", ["housing", "home"]),
    ("Ne voit plus personne depuis le décès de son épouse.", ["isolation"]),
    ("Un proche retire de l’argent sans accord, mesure de protection à étudier.", ["protection"]),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: about whom, by whom, how many hours ago, and what became of it."""

    patient: Patient
    by: Someone
    hours: float
    fate: str


def fill(rows: Rows, *, asks: Sequence[Ask], desk: Someone, social: Someone, now: datetime) -> None:
    """Write requests to a desk; `social` is who takes them. A fate is a state of the workflow."""
    form = Form.objects.get(name=FORM, status=Form.Status.PUBLISHED)
    for rank, ask in enumerate(asks):
        opened = by_day(now - timedelta(hours=ask.hours), now)
        text, motives = SITUATIONS[rank % len(SITUATIONS)]
        given = answer_form(
            rows, form=form, by=ask.by, at=opened, patient=ask.patient,
            values=_values(text, motives, opened, is_urgent=rank % 5 == 0),
        )  # fmt: skip
        task = Task(
            id=key(opened), patient_id=ask.patient.id, identity_id=ask.patient.identity_id,
            workflow=WORKFLOW, priority="urgent" if rank % 5 == 0 else "routine",
            title="Évaluation sociale", reason="", answer_id=given.id,
            requester_id=ask.by.user_id, requester_grantee_id=ask.by.grantee_id,
            requester_name=ask.by.name, requester_label=ask.by.label,
            requester_organisation_id=ask.by.place_id, requester_organisation_name=ask.by.place_name,
            opened_at=opened, changed_at=opened,
        )  # fmt: skip
        teller = Teller(rows, task, now)
        teller.send(desk, opened)
        teller.tell(ask.by, _moves(ask, social, opened, now))


def _values(text: str, motives: list[str], at: datetime, *, is_urgent: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"motif": motives, "situation": text, "accord": True}
    if "housing" in motives:
        values["logement"] = "Deux pièces au rez-de-chaussée, salle de bains sans ouverture."
    if is_urgent:
        leaving = legal_day(at) + timedelta(days=4)
        values |= {"urgent": True, "sortie": leaving.isoformat()}
    return values


def _moves(ask: Ask, social: Someone, opened: datetime, now: datetime) -> list[Move]:
    """What became of it: answered half-way or the day after, finished when three quarters have passed."""
    half = (now - opened) / 2
    answered = max(by_day(opened + min(half, timedelta(hours=20)), now), opened + half / 4)
    accepted = Move("accept", answered, social)
    over = max(by_day(opened + half * 1.5, now), answered + half / 4)
    ends = {
        "sent": [],
        "accepted": [accepted],
        "done": [accepted, Move("finish", over, social, note="Évaluation jointe au dossier.")],
        "refused": [Move("refuse", answered, social, reason="Suivie par le service social de son département.")],
        "cancelled": [Move("cancel", answered, ask.by, reason="La personne ne le souhaite plus.")],
    }  # fmt: skip
    return ends[ask.fate]
