"""Pages of the agenda and of the conversations."""

from tests.hostile.cases import agenda
from tests.hostile.pages.shared import Given, page, patient
from tests.hostile.table import cases
from tests.hostile.world import World

A = "core.agenda"
WHEN = {"day": "2099-01-06", "at": "09:00", "minutes": 30, "kind": "consultation"}


def of_patient(w: World, k: Given) -> Given:
    return patient(w, k) | {"appointment_id": k["appointment"].pk}


def own_agenda(w: World) -> Given:
    return {"agenda": agenda.own(w)}


def agenda_id(w: World, k: Given) -> Given:
    return {"agenda_id": k["agenda"].pk}


page("agenda:open", f"{A}.ensure_agenda", but=("colleague", "other_place"))
page("agenda:new", f"{A}.book_series", None, lambda w, k: WHEN | {"agenda": str(k["agenda"].pk)})
page("agenda:book_for", f"{A}.book", patient, lambda w, k: WHEN)
page(
    "agenda:of_patient",
    f"{A}.cancel",
    of_patient,
    lambda w, k: {"acte": "annuler", "reason": "Hospitalisée"},
)
page(
    "agenda:appointment", f"{A}.book_series", lambda w, k: {"appointment_id": k["appointment"].pk},
    lambda w, k: {"acte": "annuler", "reason": "Réunion reportée"},
    scene=lambda w: {"appointment": agenda.appointment(agenda.own(w), kind="meeting")},
)  # fmt: skip
page(
    "agenda:settings", f"{A}.share", agenda_id,
    lambda w, k: {"acte": "partager", "grantee": str(w.place.id), "level": 2}, scene=own_agenda,
)  # fmt: skip
page(
    "agenda:slots",
    f"{A}.close_slot",
    lambda w, k: {"agenda_id": k["slot"].agenda_id},
    lambda w, k: {"creneau": str(k["slot"].pk)},
)

T = "core.threads"


def thread_id(w: World, k: Given) -> Given:
    return {"thread_id": k["thread"].pk}


def message_id(w: World, k: Given) -> Given:
    return {"message_id": k["message"].pk}


page(
    "threads:start", f"{T}.open_thread", None,
    lambda w, k: {"title": "Garde", "members": [str(k["guest"].grantee_id)], "text": "Bonjour"},
    scene=lambda w: {"guest": w.user("nurse")},
    but=("outside", "opposed", "ended", "reader", "right_who_left", "right_opposed", *(
        one for one in cases[f"{T}.open_thread"].against if one.startswith("role:") and one != "role:patient"
    )),
    more=("role:patient",),
)  # fmt: skip
page(
    "threads:start_about",
    f"{T}.open_thread",
    patient,
    lambda w, k: {"title": "Sortie", "audience": "circle", "text": "Bonjour"},
)
page("threads:post", f"{T}.post", thread_id, lambda w, k: {"text": "Bonjour"})
page(
    "threads:edit", f"{T}.edit_message", message_id, lambda w, k: {"text": "Bonsoir", "version": 1}
)
page("threads:withdraw", f"{T}.withdraw_message", message_id)
page(
    "threads:members",
    f"{T}.add_members",
    thread_id,
    lambda w, k: {"members": [str(k["members"][0].id)]},
)
page("threads:leave", f"{T}.leave", thread_id, lambda w, k: {"membre": str(k["grantee_id"])})
page(
    "threads:read",
    f"{T}.read_until",
    thread_id,
    lambda w, k: {"numero": "1"},
    scene=cases[f"{T}.post"].scene,
    writes=False,
)
page("threads:close", f"{T}.close_thread", thread_id)
