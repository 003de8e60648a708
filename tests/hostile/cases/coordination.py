"""Coordination: requests, cases of one organisation, files of older tools."""

from datetime import date
from typing import Any

from enrs.core.questionnaires.models import Form
from enrs.core.workflow.rules import To
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination import commands
from enrs.services.coordination.rules import words
from tests.factories import AnswerFactory
from tests.hostile.table import case, part
from tests.hostile.world import World
from tests.services.coordination.factories import contact, included, qualified, today

COORDINATION = "services.coordination"
TEAM: dict[str, Any] = {"category": "plan", "placed": True}
TOOL: dict[str, Any] = {"roles": ("coordinator", "social_worker")}
FILE = (
    "N° dossier;Nom de naissance;Prénom;Date de naissance;Sexe;Date d'inclusion;Temps\r\n"
    "A12;Rivoal;Sylvie;14/03/1948;F;02/01/2026;120"
).encode()  # fmt: skip


def followed(w: World) -> Any:
    return included(w.patient.pk, w.place, w.actor)


def job(w: World) -> Any:
    with w.as_right():
        return commands.start_import(content=FILE, filename="maia.csv", tool="maia")


@case(f"{COORDINATION}.ask_support", "nurse", category="request")
def ask_support(w: World) -> dict[str, Any]:
    made = Form.objects.get(name="coordination-request", status="published")
    answer = AnswerFactory(patient=w.patient, form=made, status="completed")
    return {
        "patient_id": w.patient.pk,
        "desk": To(w.elsewhere.id, w.elsewhere.name),
        "answer": answer,
    }


@case(f"{COORDINATION}.enter_request", "coordinator", category="request", placed=True)
def enter_request(w: World) -> dict[str, Any]:
    Organisation.objects.filter(pk=w.place.pk).update(category_code=words.DESK_CATEGORIES[0])
    return {
        "patient_id": w.patient.pk, "desk": w.to, "caller": "La fille", "origin": "phone", "need": "Chutes",
    }  # fmt: skip


@case(f"{COORDINATION}.include_request", "coordinator", category="plan")
def include_request(w: World) -> dict[str, Any]:
    task = qualified(w.patient.pk, w.place, w.actor)
    return {"task": task, "informed_on": today(), "expected_version": task.version}


@case(f"{COORDINATION}.open_case", "coordinator", category="plan")
def open_case(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "informed_on": today()}


@case(f"{COORDINATION}.write_contact", "coordinator", **TEAM)
def write_contact(w: World) -> dict[str, Any]:
    return {"case": followed(w), "contact": contact()}


@case(f"{COORDINATION}.change_referent", "coordinator", **TEAM)
def change_referent(w: World) -> dict[str, Any]:
    made, colleague = followed(w), w.inside("nurse")
    return {
        "case": made,
        "to": To(colleague.grantee_id, colleague.name, "person"),
        "expected_version": made.version,
    }


@case(f"{COORDINATION}.close_case", "coordinator", **TEAM)
def close_case(w: World) -> dict[str, Any]:
    made = followed(w)
    return {"case": made, "code": "goals", "expected_version": made.version}


@case(f"{COORDINATION}.start_import", "coordinator", **TOOL)
def start_import(w: World) -> dict[str, Any]:
    return {"content": FILE, "filename": "maia.csv", "tool": "maia"}


@case(f"{COORDINATION}.map_import", "coordinator", placed=True, **TOOL)
def map_import(w: World) -> dict[str, Any]:
    made = job(w)
    return {"job": made, "mapping": dict(made.mapping), "expected_version": made.version}


@case(f"{COORDINATION}.run_import", "coordinator", placed=True, **TOOL)
def run_import(w: World) -> dict[str, Any]:
    made = job(w)
    told = date(2026, 1, 2)
    return {"job": made, "expected_version": made.version, "informed_on": told}


part("reads the lines of a file for the page that its place alone opens", f"{COORDINATION}.preview")
