"""Returns home go with the record, with what was asked of agencies and what they answered."""

from enrs.core.subjects.holdings import OF_PATIENT, care, hold, hold_more, hold_under

hold("home_return", "Retours à domicile")
hold_under(
    "home_return",
    home_visit=("home_return_id", "Retours à domicile : passages de la semaine"),
    home_ask=("home_return_id", "Retours à domicile : demandes aux structures"),
)
hold_under(
    "home_visit",
    home_slot=("visit_id", "Retours à domicile : jours des passages"),
    home_asked_visit=("visit_id", "Retours à domicile : passages demandés"),
    home_report=("visit_id", "Retours à domicile : venues et absences"),
)
# What is asked of an agency is a task without a patient: it goes with the return that it is about.
hold_more(
    "task",
    "id in (select task_id from home_ask where home_return_id in"
    f" (select id from home_return where {OF_PATIENT}))",
)
care(
    "home_return",
    "retour à domicile",
    "case when ended_at is null then now() else ended_at end",
)
