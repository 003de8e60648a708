"""Pages that stand on the engines: a record, a task, a board with 50,000 tasks behind it, a form of 200 items."""

import json as text
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.running import Region

from benchmarks.common import Row, row, scratch_database
from benchmarks.common import report as print_report
from benchmarks.record import p95_of, signed_doctor, two_records

TASKS = 50_000
PATIENTS = 500
ITEMS = 200
CONTACTS = 1_000
RUNS = 3
BOARD = "evaluations-sociales"
WORKFLOW = "social_assessment.request"


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    with scratch_database("engines") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        doctor, cookie = signed_doctor()
        pages = _pages(doctor)
        region = Region(database)
        try:
            region.start("serve")
            rows = [_row(label, region.url, page, cookie) for label, page in pages.items()]
        finally:
            region.stop()
            connections.close_all()
        print_report(rows, json)


def _row(label: str, url: str, page: str, cookie: str) -> Row:
    values = [p95_of(f"{url}{page}", cookie) for _ in range(RUNS)]
    return row(
        f"{label}, p95, 20 clients",
        values,
        "ms",
        aim="<=200",
        peer="la page de ses notifications",
        peer_value=p95_of(f"{url}/notifications/", cookie),
        actor=f"{PATIENTS} droits",
    )


def _pages(doctor: Any) -> dict[str, str]:
    from enrs.core.access.actor import acting
    from enrs.core.accounts.queries import actor_of
    from enrs.core.questionnaires.commands import (
        publish_form,
        start_answer,
        try_form,
        upload_form,
    )
    from enrs.core.workflow.commands import open_task
    from enrs.core.workflow.rules import To

    _, full = two_records(doctor)
    operator = actor_of(_operator())
    with acting(operator):
        form = upload_form(content=text.dumps(_form()).encode())
        publish_form(form=try_form(form=form))
    with acting(actor_of(doctor)):
        answer = start_answer(form="banc", patient_id=full)
        task = open_task(
            workflow=WORKFLOW,
            patient_id=full,
            title="Évaluation",
            assignee=To(doctor.grantee_id, doctor.name, "person"),
        )
    _multiply(task.id, _circle(doctor))
    _case(full)
    return {
        "dossier de 1000 évènements": f"/dossier/{full}/",
        f"situation de {CONTACTS} contacts": f"/coordination/dossier/{full}/",
        "demande": f"/demandes/{task.id}/",
        f"tableau de {TASKS} demandes": f"/demandes/tableau/{BOARD}/",
        f"formulaire de {ITEMS} questions": f"/formulaires/reponse/{answer.id}/remplir/",
    }


def _case(patient: UUID) -> None:
    """A case of coordination that began long ago: its plan, and contact after contact."""
    from django.db import connection
    from tests.services.coordination import factories

    from enrs.core.access.actor import acting
    from enrs.core.plans.commands import create_plan
    from enrs.services.coordination.commands import write_contact

    place = factories.desk()
    coordinator = factories.teammate(place)
    case = factories.included(patient, place, coordinator)
    with acting(coordinator):
        create_plan(kind="ppcs", patient_id=patient, title="PPCS")
        write_contact(case=case, contact=factories.contact())
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into coordination_contact (id, identity_id, patient_id, recorded_at, withdrawn_at,"
            " withdrawn_reason, case_id, kind, at, minutes, with_whom, text, author_id, author_name, author_label)"
            " select gen_random_uuid(), identity_id, patient_id, recorded_at, withdrawn_at, withdrawn_reason,"
            " case_id, kind, at - n * interval '1 day', minutes, with_whom, text, author_id, author_name, author_label"
            " from coordination_contact, generate_series(2, %s) n where case_id = %s",
            [CONTACTS, case.id],
        )
        cursor.execute("analyze coordination_contact")


def _operator() -> Any:
    from enrs.core.access.actor import acting
    from enrs.core.access.commands import open_session
    from enrs.core.accounts.models import Position, User
    from enrs.core.accounts.queries import actor_of

    operator = User.objects.create_user(
        "bench-ops", "un mot de passe", name="Banc", kind="operator"
    )
    Position.objects.create(user=operator, label="Exploitant", role="operator")
    with acting(actor_of(operator)):
        open_session(reason="Banc de mesure", minutes=240)
    return operator


def _circle(doctor: Any) -> list[UUID]:
    """The patients of the doctor's circle whom the tasks are about."""
    from enrs.core.access.actor import SYSTEM, acting
    from enrs.core.access.commands import give_grant
    from enrs.core.ids import uuid7
    from enrs.referentials.identity.commands import receive_identity
    from enrs.referentials.identity.rules import Traits

    patients = []
    with acting(SYSTEM):
        for rank in range(PATIENTS):
            letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{rank:03d}")
            traits = Traits(
                birth_name=f"TABLEAU{letters}", first_given_name="CAMILLE", given_names="CAMILLE",
                birth_date="1950-01-02", sex="F", status="provisional",
            )  # fmt: skip
            patient = receive_identity(
                system="urn:local:banc", value=f"T{rank}", traits=traits, sender="banc"
            ).patient_id
            give_grant(
                patient_id=patient, grantee_id=doctor.grantee_id, source_kind="bench", source_id=uuid7(),
                purpose="care_team", level=2,
            )  # fmt: skip
            patients.append(patient)
    return patients


def _multiply(task: UUID, patients: list[UUID]) -> None:
    """Copies of one task and of its place on boards, over the patients of the doctor's circle."""
    from django.apps import apps
    from django.db import connection

    def copy(table: str, changed: dict[str, str], where: str) -> str:
        model = next(one for one in apps.get_models() if one._meta.db_table == table)
        columns = [field.column for field in model._meta.concrete_fields]
        values = [changed.get(column, f'o."{column}"') for column in columns]
        names = ", ".join(f'"{column}"' for column in columns)
        return f"insert into {table} ({names}) select {', '.join(values)} from {table} o {where}"

    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table copies as select gen_random_uuid() as id, n,"
            f" (%s::uuid[])[1 + n %% {PATIENTS}] as patient_id, case when n %% 4 = 0 then 'done'"
            " when n %% 4 = 1 then 'accepted' else 'sent' end as state"
            f" from generate_series(2, {TASKS}) n",
            [patients],
        )
        moved = {"id": "g.id", "patient_id": "g.patient_id", "state": "g.state"}
        cursor.execute(copy("task", moved, "cross join copies g where o.id = %s"), [task])
        cursor.execute(
            copy(
                "task_party",
                {
                    "id": "gen_random_uuid()",
                    "task_id": "g.id",
                    "turn": "o.turn + g.n",
                    "patient_id": "g.patient_id",
                    "state": "g.state",
                    "is_open": "g.state <> 'done'",
                },
                "cross join copies g where o.task_id = %s",
            ),
            [task],
        )
        cursor.execute("vacuum analyze task, task_party")


def _form() -> dict[str, Any]:
    """Ten groups of twenty questions, every fourth one hidden until the one before is ticked."""
    groups = []
    for group in range(10):
        items: list[dict[str, Any]] = []
        for rank in range(ITEMS // 10):
            link = f"q{group}-{rank}"
            kind = ("boolean", "string", "integer", "choice")[rank % 4]
            item: dict[str, Any] = {
                "linkId": link,
                "text": f"Question {group}.{rank}",
                "type": kind,
            }
            if kind == "choice":
                item["answerOption"] = [
                    {"valueCoding": {"code": str(n), "display": f"Réponse {n}"}} for n in range(5)
                ]
            if rank % 4 == 1:
                item["enableWhen"] = [
                    {"question": f"q{group}-{rank - 1}", "operator": "=", "answerBoolean": True}
                ]
            items.append(item)
        groups.append(
            {"linkId": f"g{group}", "text": f"Partie {group}", "type": "group", "item": items}
        )
    return {
        "resourceType": "Questionnaire", "url": "urn:enrs:forms:banc", "name": "banc", "title": "Banc d'essai",
        "version": "1", "status": "active", "subjectType": ["Patient"], "item": groups,
    }  # fmt: skip
