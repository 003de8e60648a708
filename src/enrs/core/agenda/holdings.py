"""Appointments of a person go with the record; agendas are their owners’."""

from enrs.core.subjects.holdings import care, hold, hold_under

hold("appointment", "Rendez-vous")
hold_under("appointment", appointment_participant=("appointment_id", "Rendez-vous : participants"))
care(
    "appointment",
    "rendez-vous",
    "case when status in ('booked', 'arrived', 'fulfilled') then starts_at end",
)
