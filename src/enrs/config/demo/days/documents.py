"""Documents that the cast made from records, and what became of those that they published."""

from typing import Any, Final
from uuid import UUID

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.core.documents.made import doses_of
from enrs.core.documents.models import Document
from enrs.services.record import commands, national
from enrs.services.record.models import Publication

MADE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("marchand", "vsm", {"warnings": "Pied diabétique surveillé.\nVit seule depuis juin.", "tobacco": "8"}),
    (
        "aubertin_lucien", "dlu",
        {
            "preferred": "Hôpital le plus proche, service de gériatrie si possible.",
            "directives": "Rédigées en 2024, sa fille Catherine en a un exemplaire.",
            "state": "Marche avec une canne. Chutes répétées. Entend mal de l’oreille gauche.",
        },
    ),
    ("montbel", "vsm", {"warnings": "Poids à surveiller chaque semaine."}),
)  # fmt: skip
"""Whose, which kind, and what the doctor wrote."""
NOTED: Final = "marchand"
"""The one whose vaccination has its note."""
REFUSED: Final = "montbel"
"""The one that the national record refused: whoever opens the list has something to mend."""


def play(stage: Stage) -> None:
    """Dr Moreau makes them as anybody would; those published leave once the stand-in answers."""
    _note_of_vaccination(stage)
    doctor = stage.actor("moreau")
    is_linked = national.service() is not None
    for life, kind, said in MADE:
        with acting(doctor):
            made = commands.produce_document(patient_id=stage.lives[life].id, kind=kind, said=said)
            if is_linked and kind == "vsm":
                _publish(made, is_refused=life == REFUSED)


def _note_of_vaccination(stage: Stage) -> None:
    """The pharmacist's note of the dose that she gave."""
    life = stage.lives[NOTED]
    with acting(stage.actor("nguyen")):
        for dose in doses_of(life.id)[:1]:
            commands.produce_document(
                patient_id=life.id, kind="vaccination_note", said={}, about_id=UUID(dose.key)
            )


def _publish(made: Document, *, is_refused: bool) -> None:
    one = commands.publish_to_national(document=made, is_informed=True)
    if is_refused:
        Publication.objects.filter(pk=one.pk).update(
            state=Publication.State.REFUSED, attempts=1, code="902", error="Pas de DMP ouvert."
        )
