"""Prescriptions of the cast: renewed, for a few days, for a long-term condition, cancelled, one that waits."""

from typing import Any, Final

from enrs.config.demo.days.stage import Stage
from enrs.core.access.actor import acting
from enrs.services.record import commands
from enrs.services.record.models import Prescription
from enrs.services.record.queries.prescriptions import alerts_of, lines_of
from enrs.services.record.rules import prescribing as rules

ORAL: Final = "20053000"
METFORMIN: Final = {
    "display": "Metformine 1 g", "code": "A10BA02", "dose": "1", "dose_unit": "comprimé", "times": "2",
    "period": "d", "moments": "matin et soir, au milieu du repas", "route": ORAL, "lasts": "3", "lasts_unit": "mo",
    "quantity": "6", "refills": "1", "is_long_term": True,
}  # fmt: skip
RAMIPRIL: Final = {
    "display": "Ramipril 5 mg", "code": "C09AA05", "dose": "1", "dose_unit": "comprimé", "times": "1",
    "period": "d", "moments": "le matin", "route": ORAL, "lasts": "3", "lasts_unit": "mo", "quantity": "3",
    "refills": "1", "is_long_term": True,
}  # fmt: skip
PARACETAMOL: Final = {
    "display": "Paracétamol 500 mg, comprimé", "code": "N02BE01", "dose": "2", "dose_unit": "comprimé", "times": "3",
    "period": "d", "is_as_needed": True, "route": ORAL, "lasts": "5", "lasts_unit": "d", "quantity": "2",
    "comment": "Six heures au moins entre deux prises",
}  # fmt: skip
DRESSING: Final = {
    "display": "Chlorhexidine 0,5 %, solution cutanée", "code": "D08AC02", "times": "1", "period": "d",
    "moments": "à chaque pansement", "route": "20003000", "lasts": "10", "lasts_unit": "d", "quantity": "1",
}  # fmt: skip
WRITTEN: Final[tuple[tuple[str, str, str, tuple[dict[str, Any], ...]], ...]] = (
    ("marchand", "moreau", "renewed", (METFORMIN, RAMIPRIL, PARACETAMOL)),
    ("marchand", "kouassi", "signed", (DRESSING,)),
    ("montbel", "moreau", "cancelled", (PARACETAMOL,)),
    ("aubertin_lucien", "moreau", "draft", (PARACETAMOL,)),
)
"""Whose, by whom, what became of it, and its lines."""
REMARKS: Final = "Contrôle de l’hémoglobine glyquée avant le prochain rendez-vous."


def play(stage: Stage) -> None:
    """Each is written as anybody would write it; nurses prescribe what is theirs."""
    for life, login, fate, lines in WRITTEN:
        with acting(stage.actor(login)):
            made = commands.start_prescription(patient_id=stage.lives[life].id)
            for values in lines:
                commands.save_prescription_line(
                    prescription=made, values=values, expected_version=made.version
                )
            if fate != "draft":
                _sign(made)
            if fate == "renewed":
                chosen = [one.pk for one in lines_of(made) if one.is_long_term]
                commands.take_treatments(prescription=made, line_ids=chosen)
                commands.renew_prescription(prescription=made)
            if fate == "cancelled":
                commands.cancel_prescription(
                    prescription=made, reason="Écrite dans le dossier de son épouse",
                    expected_version=made.version,
                )  # fmt: skip


def _sign(made: Prescription) -> None:
    alerts = alerts_of(made, lines_of(made))
    commands.sign_prescription(
        prescription=made, remarks=REMARKS if made.lines.count() > 1 else "", alerts_read=rules.digest(alerts),
        expected_version=made.version,
    )  # fmt: skip
