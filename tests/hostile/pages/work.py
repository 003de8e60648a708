"""Pages of tasks and boards."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.hostile.pages.shared import Given, page
from tests.hostile.world import World

W = "core.workflow"


def task_id(w: World, k: Given) -> Given:
    return {"task_id": k["task"].pk}


def version(w: World, k: Given, **more: Any) -> Given:
    return {"version": k["task"].version} | more


def sending_of(w: World, k: Given) -> Given:
    one = k["addressee"]
    return {"task_id": one.task_id, "sending_id": one.pk}


def someone_here(w: World, k: Given) -> Given:
    return version(w, k, personne=str(k["to"].grantee_id), reason="Je suis en congé")


page(
    "workflow:move",
    f"{W}.move_task",
    task_id,
    lambda w, k: version(w, k, acte="close", motif="done"),
)
page("workflow:assign", f"{W}.assign_task", task_id, someone_here)
page("workflow:delegate", f"{W}.delegate_task", task_id, someone_here)
page(
    "workflow:prioritise",
    f"{W}.set_priority",
    task_id,
    lambda w, k: version(w, k, priorite="urgent"),
)
page(
    "workflow:fix_due",
    f"{W}.set_due",
    task_id,
    lambda w, k: version(w, k, echeance=f"{timezone.localdate() + timedelta(days=3)}T09:00"),
)
page("workflow:comment", f"{W}.comment_task", task_id, lambda w, k: {"note": "Appelée ce matin."})
page("workflow:undo", f"{W}.undo_step", task_id, version)
page("workflow:discuss", f"{W}.comment_task", task_id)
page("workflow:answer", f"{W}.answer_sending", sending_of, lambda w, k: {"reponse": "agreed"})
page("workflow:withdraw", f"{W}.withdraw_sending", sending_of, lambda w, k: {"reason": "Erreur"})
page(
    "workflow:bulk", f"{W}.move_task", lambda w, k: {"name": "essai"},
    lambda w, k: {"acte": "close", "motif": "done", "tache": [f"{k['task'].pk}:{k['task'].version}"]},
)  # fmt: skip
page(
    "workflow:keep_columns",
    f"{W}.choose_columns",
    lambda w, k: {"name": "essai"},
    lambda w, k: {"colonne": "state"},
)
page(
    "workflow:keep_view",
    f"{W}.save_filter",
    lambda w, k: {"name": "essai"},
    lambda w, k: {"nom": "Les miennes", "filtres": "etat=sent"},
)
page(
    "workflow:drop_view",
    f"{W}.forget_filter",
    lambda w, k: {"name": "essai", "filter_id": k["filter_id"]},
)
