"""Pages of plans, rosters, forms and answers."""

from tests.hostile.pages.shared import Given, file, page, patient
from tests.hostile.world import World

P, S = "core.plans", "core.rosters"


def plan_of(w: World, k: Given) -> Given:
    found = k["plan"] if "plan" in k else k["row"].plan
    return patient(w, k) | {"plan_id": found.pk}


def row_of(w: World, k: Given) -> Given:
    return plan_of(w, k) | {"kind": "problem", "row_id": k["row"].pk}


page(
    "plans:header",
    f"{P}.revise_plan",
    plan_of,
    lambda w, k: {"title": "Retour", "wishes": "Rester", "version": 1},
)
page("plans:move", f"{P}.move_plan", plan_of, lambda w, k: {"status": "active"})
page(
    "plans:agreement", f"{P}.record_agreement", plan_of,
    lambda w, k: {"answer": "agreed", "party": "person", "label": "Awa", "means": "oral"},
)  # fmt: skip
page(
    "plans:add",
    f"{P}.add_problem",
    lambda w, k: plan_of(w, k) | {"kind": "problem"},
    lambda w, k: {"label": "Chutes", "priority": 1},
)
page(
    "plans:row",
    f"{P}.amend_row",
    row_of,
    lambda w, k: {"label": "Chutes répétées", "priority": 2, "version": 1},
)
page("plans:withdraw", f"{P}.withdraw_row", row_of, lambda w, k: {"reason": "Erreur"})

SHIFT = {
    "name": "Paul IMBERT",
    "from_day": "2026-10-20",
    "from_time": "08:00",
    "to_day": "2026-10-20",
    "to_time": "20:00",
}


def roster_id(w: World, k: Given) -> Given:
    return {"roster_id": k["roster"].pk}


ROSTER = {
    "label": "Garde",
    "coverage": "always",
    "day_starts": "08:00",
    "night_starts": "19:00",
    "ranks": 2,
}
page("rosters:create", f"{S}.create_roster", None, lambda w, k: ROSTER, but=("other_place",))
page("rosters:change", f"{S}.change_roster", roster_id, lambda w, k: ROSTER | {"version": 1})
page("rosters:add", f"{S}.add_shift", roster_id, lambda w, k: SHIFT | {"rank": 1, "weeks": 1})
page(
    "rosters:shift", f"{S}.remove_shift", lambda w, k: {"shift_id": k["shift"].pk},
    lambda w, k: {"acte": "retirer", "reason": "Cabinet fermé"},
)  # fmt: skip
page("rosters:absence", f"{S}.declare_absence", None, lambda w, k: SHIFT, but=("other_place",))
page("rosters:end_absence", f"{S}.end_absence", lambda w, k: {"absence_id": k["absence"].pk})

Q = "core.questionnaires"


def answer_id(w: World, k: Given) -> Given:
    return {"answer_id": k["answer"].pk}


def form_id(w: World, k: Given) -> Given:
    return {"form_id": k["form"].pk}


page(
    "questionnaires:upload", f"{Q}.upload_form", None,
    lambda w, k: {"file": file(k["content"], "f.json")},
)  # fmt: skip
page("questionnaires:trial", f"{Q}.start_trial", form_id)
page("questionnaires:move", f"{Q}.try_form", lambda w, k: form_id(w, k) | {"what": "essayer"})
page("questionnaires:start", f"{Q}.start_answer", patient, lambda w, k: {"form": k["form"]})
page(
    "questionnaires:fill",
    f"{Q}.save_answer",
    answer_id,
    lambda w, k: {"f0": "Oui", "f1": "Oui", "version": k["answer"].version},
)
page(
    "questionnaires:amend",
    f"{Q}.amend_answer",
    answer_id,
    lambda w, k: {"f0": "Non", "f1": "Non", "version": k["answer"].version, "finish": "1"},
)
page(
    "questionnaires:withdraw", f"{Q}.withdraw_answer", answer_id, lambda w, k: {"reason": "Erreur"}
)
