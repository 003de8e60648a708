"""Pages of coordination and of the social assessment."""

from typing import Any

from django.utils import timezone

from enrs.core.questionnaires.models import Form
from tests.factories import AnswerFactory
from tests.hostile.pages.shared import Given, file, page, patient
from tests.hostile.world import World

O = "services.coordination"  # noqa: E741


def assessment_asked(w: World) -> Any:
    """A filled request for a social assessment."""
    made = Form.objects.get(name="demande-evaluation-sociale", status="published")
    return AnswerFactory(patient=w.patient, form=made, status="completed")


def case_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"case_id": k["case"].pk}


def job_id(w: World, k: Given) -> Given:
    return {"job_id": k["job"].pk}


page(
    "coordination:imports",
    f"{O}.start_import",
    None,
    lambda w, k: {"tool": "maia", "file": file(k["content"])},
)
page(
    "coordination:import",
    f"{O}.map_import",
    job_id,
    lambda w, k: {name: str(rank) for name, rank in k["mapping"].items()} | {"version": 1},
)
page(
    "coordination:import_run",
    f"{O}.run_import",
    job_id,
    lambda w, k: {"version": 1, "is_informed": "on", "informed_on": "2026-01-02"},
)
page("coordination:ask", f"{O}.ask_support", patient, scene=lambda w: {})
page(
    "coordination:send", f"{O}.ask_support", lambda w, k: patient(w, k) | {"answer_id": k["answer"].pk},
    lambda w, k: {"desk": str(w.elsewhere.id), "priority": "routine"},
)  # fmt: skip
page(
    "coordination:enter", f"{O}.enter_request", patient,
    lambda w, k: {"origin": "phone", "caller": "La fille", "need": "Chutes", "priority": "routine"},
    but=("other_place",),
)  # fmt: skip
page(
    "coordination:include", f"{O}.include_request", lambda w, k: patient(w, k) | {"task_id": k["task"].pk},
    lambda w, k: {"informed_on": timezone.localdate().isoformat(), "version": k["task"].version},
)  # fmt: skip
page("coordination:start_plan", "core.plans.create_plan", patient, scene=lambda w: {})
page(
    "coordination:start_form", "core.questionnaires.start_answer",
    lambda w, k: patient(w, k) | {"name": "aggir"}, scene=lambda w: {},
)  # fmt: skip
page(
    "coordination:contact", f"{O}.write_contact", case_of,
    lambda w, k: {"kind": "call", "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "minutes": 15},
)  # fmt: skip
page(
    "coordination:close",
    f"{O}.close_case",
    case_of,
    lambda w, k: {"code": "goals", "version": k["case"].version},
)
page(
    "coordination:referent", f"{O}.change_referent", case_of,
    lambda w, k: {"referent": str(k["to"].grantee_id), "version": k["case"].version},
)  # fmt: skip
page("social_assessment:begin", "core.questionnaires.start_answer", patient, scene=lambda w: {})
page("home_monitoring:orient", "core.questionnaires.start_answer", patient, scene=lambda w: {})
page(
    "social_assessment:send", "core.workflow.open_task", patient,
    lambda w, k: {"answer": str(k["answer"].pk), "place": str(w.elsewhere.id)},
    scene=lambda w: {"answer": assessment_asked(w)},
)  # fmt: skip
