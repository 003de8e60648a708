"""What the engine offers: the patient's assessments in the record and its life line, the region's forms."""

from enrs.core.questionnaires.commands.forms import MANAGERS
from enrs.core.questionnaires.queries import life_rows
from enrs.core.ui.registry import LifeKind, Offer, Panel, life_kind, offer, panel

panel(
    Panel(
        "assessments", "Évaluations", "ui-checks", "questionnaires:patient", "assessment", order=60
    )
)
offer(
    Offer(
        key="forms",
        label="Formulaires",
        icon="ui-checks",
        url_name="questionnaires:forms",
        summary="Essayer, publier et retirer les formulaires de la région.",
        is_for=lambda actor: actor.role in MANAGERS,
        order=80,
    )
)

life_kind(
    LifeKind("assessments", "Évaluations", "ui-checks", "assessment", life_rows, 60, "form_answer")
)
