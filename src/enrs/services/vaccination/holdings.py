"""What vaccination holds of a person goes with the record; campaigns name nobody."""

from enrs.core.subjects.holdings import care, hold, hold_under

hold("vaccination_prescription", "Vaccination : prescriptions")
hold("vaccination_act", "Vaccination : actes")
hold_under(
    "vaccination_act",
    vaccination_act_change=("act_id", "Vaccination : corrections d’actes"),
    vaccination_event=("act_id", "Vaccination : effets indésirables"),
    vaccination_attestation=("act_id", "Vaccination : attestations"),
)
care("vaccination_act", "vaccination", "case when withdrawn_at is null then given_at end")
