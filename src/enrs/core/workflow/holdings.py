"""Requests go with the record, with everything that was done with them."""

from enrs.core.subjects.holdings import care, hold, hold_under

hold("task", "Demandes")
hold_under(
    "task",
    task_addressee=("task_id", "Demandes : destinataires"),
    task_step=("task_id", "Demandes : étapes"),
    task_deadline=("task_id", "Demandes : échéances"),
    task_reminder=("task_id", "Demandes : rappels"),
    task_party=("task_id", "Demandes : participants"),
)
care("task", "demande", "greatest(opened_at, changed_at, closed_at)")
