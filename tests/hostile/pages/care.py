"""Pages of plans, rosters, forms and answers."""

from typing import Any

from django.utils import timezone

from enrs.core.plans import commands, queries
from enrs.core.plans.models import Plan
from tests.hostile.cases import plans as plan_cases
from tests.hostile.pages.shared import Given, file, page, patient
from tests.hostile.world import World

P, S = "core.plans", "core.rosters"


def plan_of(w: World, k: Given) -> Given:
    found = k["plan"] if "plan" in k else k["row"].plan
    return patient(w, k) | {"plan_id": found.pk}


def now(plan: Plan) -> Plan:
    """The plan as it now stands."""
    return Plan.objects.get(pk=plan.pk)


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
    lambda w, k: {"answer": "agreed", "party": "person", "label": "Awa", "means": "oral", "remark": "",
                  "edition": now(k["plan"]).edition},
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


def part_of(w: World, k: Given) -> Given:
    return plan_of(w, k) | {"task_id": sent(w, k).pk}


def sent(w: World, k: Given) -> Any:
    """The part of the right actor, sent."""
    known = queries.tasks_of(k["plan"])
    if not known:
        with w.as_right():
            commands.send_plan(plan=k["plan"])
    return queries.tasks_of(k["plan"])[0]


def asked(w: World) -> Given:
    found = plan_cases.asked(w)
    sent(w, {"plan": found})
    return {"plan": found}


def action_of(w: World, k: Given) -> Any:
    return k["plan"].actions.filter(who_id=w.actor.grantee_id, withdrawn_at=None).first()


def template_of(w: World, k: Given) -> Given:
    return {"template_id": k["template"].pk}


page("plans:send", f"{P}.send_plan", plan_of)
page("plans:validate", f"{P}.validate_plan", plan_of, lambda w, k: {"reason": k["reason"]})
page(
    "plans:part", f"{P}.record_agreement", part_of,
    lambda w, k: {"answer": "reserved", "remark": "Pas le lundi", "print": sent(w, k).details["print"]}, scene=asked,
)  # fmt: skip
page(
    "plans:done", f"{P}.amend_row", lambda w, k: part_of(w, k) | {"row_id": action_of(w, k).pk},
    lambda w, k: {"status": "done", "evaluation": "Fait.", "version": action_of(w, k).version}, scene=asked,
)  # fmt: skip
page(
    "plans:sign", f"{P}.sign_plan", plan_of,
    lambda w, k: {
        "signer": "person", "answer": "agreed", "means": "screen", "signed_name": "Awa", "has_read": "on",
        "signed_on": timezone.localdate().isoformat(), "edition": k["expected_edition"], "remark": "Oui",
    },
)  # fmt: skip
page(
    "plans:take_back", f"{P}.withdraw_agreement",
    lambda w, k: plan_of(w, k) | {"agreement_id": k["agreement"].pk}, lambda w, k: {"reason": k["reason"]},
)  # fmt: skip
page(
    "plans:apply", f"{P}.apply_template", plan_of, lambda w, k: {"template": str(k["template"].pk)}
)
DRAFT: Given = {"title": "Oublis", "code": "oublis", "kind": "ppcs", "lead": "Oublis répétés"}
page("plans:template_new", f"{P}.draft_template", None, lambda w, k: DRAFT)
page(
    "plans:template_next", f"{P}.draft_template", template_of,
    scene=lambda w: {"template": plan_cases.model()},
)  # fmt: skip


def row_in(w: World, k: Given) -> Given:
    return template_of(w, k) | {"name": "problem", "key": 1}


def row_posted(w: World, k: Given) -> Given:
    return {"label": "Chutes répétées", "detail": "La nuit", "version": k["template"].version}


page(
    "plans:template_texts", f"{P}.revise_template", template_of,
    lambda w, k: {"title": "Oublis", "lead": "Répétés", "version": k["template"].version},
)  # fmt: skip
page(
    "plans:template_add", f"{P}.revise_template",
    lambda w, k: template_of(w, k) | {"name": "problem"}, row_posted,
)  # fmt: skip
page("plans:template_row", f"{P}.revise_template", row_in, row_posted)
page(
    "plans:template_drop", f"{P}.revise_template", lambda w, k: template_of(w, k) | {"key": 4},
    lambda w, k: {"version": k["template"].version},
)  # fmt: skip
for act in ("publish", "retire"):
    page(
        f"plans:template_{act}", f"{P}.{act}_template", template_of,
        lambda w, k: {"version": k["template"].version},
    )  # fmt: skip
page(
    "health_plan:begin", "services.health_plan.open_health_plan", patient,
    lambda w, k: {"template": str(k["template"].pk), "wishes": k["wishes"]},
)  # fmt: skip

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
