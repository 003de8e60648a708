"""What is published under one patient goes to another at once as if each had been published anew."""

import re
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from enrs.core.access.actor import Actor, acting
from enrs.core.effects import act
from enrs.core.fhir.commands import publish, rebind, watching
from enrs.core.fhir.models import Key, Resource
from enrs.core.subjects.models import Patient
from tests.core.fhir.conftest import World
from tests.core.fhir.factories import give, put, put_patient

PROFILE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-observation"
LEFT = ("Patient", "CareTeam")

Rows = list[tuple[Any, ...]]


def fill(patient: Patient, other: Patient) -> list[UUID]:
    """Resources of every shape: bare, with profiles, marked, with versions, deleted, naming their patient twice."""
    who = f"Patient/{patient.pk}"
    keys = [
        ("patient", who),
        ("patient", str(patient.pk)),
        ("code", "29463-7"),
        ("code", "é" * 400),
    ]
    made = [
        put("Flag", patient, "summary"),
        put("Observation", patient, "summary", keys, subject={"reference": who}, valueString="à\n\"}],"),
        put("Observation", patient, "summary", keys, meta={"profile": [PROFILE, f"{PROFILE}-ins"]}),
        put("Observation", patient, "summary", meta={"profile": [PROFILE]}, status="final"),
        put("Observation", patient, "summary", meta={"profile": ['u:a]}b"c']}, status="final"),
        put("Observation", patient, "summary", meta={"profile": ["u:a]},b"]}, status="final"),
        put("Flag", patient, "summary", meta={"profile": ["u:a]}b", "u:]}}"]}),
        put("DocumentReference", patient, "documents", keys, marks=5, subject={"reference": who},
            context={"sourcePatientInfo": {"reference": who}}, description=f"Pour {who}"),
        put("DocumentReference", patient, "documents", is_deleted=True, id=UUID(int=7 << 76 | 1)),
        put("Task", patient, "workflow", [*keys, ("patient", f"Patient/{other.pk}")], status="ready"),
    ]  # fmt: skip
    for status in ("in-progress", "completed"):
        put("Task", patient, "workflow", keys, id=made[-1], status=status, note=[{"text": who}])
    put("CareTeam", patient, "circle", keys, status="active")
    put("Observation", other, "summary", [("patient", f"Patient/{other.pk}")], status="final")
    return made


def published() -> Rows:
    """Every version and every key, but for the moment at which each was written."""
    stamp = re.compile(r'("lastUpdated":")[^"]+')
    rows = Resource.objects.order_by("type", "id", "version")
    return [
        (one.type, one.id, one.version, one.patient_id, one.category, one.marks, one.is_current, one.is_deleted,
         stamp.sub(r"\1", one.body))
        for one in rows
    ] + list(Key.objects.order_by("type", "id", "param", "value")
             .values_list("type", "id", "param", "value", "patient_id"))  # fmt: skip


def one_by_one(source: UUID, target: UUID, ids: list[UUID] | None) -> None:
    """What `rebind` stands for, by `publish` alone."""
    rows = Resource.objects.filter(patient_id=source, is_current=True).exclude(type__in=LEFT)
    rows = rows if ids is None else rows.filter(id__in=ids)
    old, new = f"Patient/{source}", f"Patient/{target}"
    swap = {old: new, str(source): str(target)}
    for row in list(rows):
        keys = Key.objects.filter(type=row.type, id=row.id).order_by("param", "value")
        publish(
            orjson.loads(row.body.replace(old, new)), patient_id=target, category=row.category,
            keys=[(key.param, swap.get(key.value, key.value)) for key in keys],
            marks=row.marks, is_deleted=row.is_deleted,
        )  # fmt: skip
        Resource.objects.filter(type=row.type, id=row.id).update(patient_id=target)


@pytest.mark.parametrize("share", ["all", "some", "none"])
def test_all_is_as_if_each_had_been_published_anew(world: World, share: str):
    ids = {"all": None, "some": [], "none": []}[share]
    made = fill(world.patient, world.other)
    if share == "some":
        ids = made[::2]
    source, target = world.patient.pk, world.other.pk
    before = published()
    with transaction.atomic():
        one_by_one(source, target, ids)
        wanted = published()
        transaction.set_rollback(True)
    assert published() == before
    went = rebind(source=source, target=target, ids=ids, besides=LEFT)
    assert went == {"all": len(made) + 1, "some": len(made[::2]), "none": 0}[share]
    assert published() == wanted
    assert (wanted == before) is (share == "none")
    for row in Resource.objects.filter(is_current=True):
        tree = orjson.loads(row.body)
        moment = row.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert (tree["meta"]["versionId"], tree["meta"]["lastUpdated"]) == (
            str(row.version),
            moment,
        )


def test_what_went_comes_back_with_its_history(world: World):
    fill(world.patient, world.other)
    source, target = world.patient.pk, world.other.pk
    ids = list(
        Resource.objects.filter(patient_id=source)
        .exclude(type__in=LEFT)
        .values_list("id", flat=True)
    )
    texts = lambda: {  # noqa: E731
        (row.type, row.id): orjson.loads(row.body) | {"meta": {}} for row in Resource.objects.filter(is_current=True)
    }  # fmt: skip
    keys = lambda: set(Key.objects.values_list())  # noqa: E731
    before, known = texts(), keys()
    rebind(source=source, target=target, ids=ids, besides=LEFT)
    assert not Resource.objects.filter(patient_id=source).exclude(type__in=LEFT).exists()
    rebind(source=target, target=source, ids=ids, besides=LEFT)
    assert (texts(), keys()) == (before, known)
    assert not Resource.objects.filter(patient_id=target, id__in=ids).exists()


def test_who_does_not_read_a_patient_moves_nothing_of_theirs(world: World):
    fill(world.other, world.patient)
    actor = Actor(
        kind="professional", name="A", role="physician", user_id=world.inside.id,
        grantee_id=world.inside.grantee_id,
    )  # fmt: skip

    def moved() -> int:
        with transaction.atomic(), acting(actor):
            with connection.cursor() as cursor:
                cursor.execute("set local role enrs_app")
            with act():
                went = rebind(source=world.other.pk, target=world.patient.pk, besides=LEFT)
            with connection.cursor() as cursor:
                cursor.execute("set local role none")
        return went

    before = published()
    assert moved() == 0
    assert published() == before
    give(world.other, world.inside.grantee_id)
    assert moved() == 11


def test_what_a_request_published_before_it_is_answered_as_it_now_is(world: World):
    tree = {"status": "final", "subject": {"reference": f"Patient/{world.patient.pk}"}}
    with watching() as written:
        own = put("Observation", world.patient, "summary", **tree)
        publish(
            {"resourceType": "Observation", "id": str(own), **tree},
            patient_id=world.patient.pk, category="summary",
        )  # fmt: skip
        rebind(source=world.patient.pk, target=world.other.pk, ids=[own])
    row = Resource.objects.get(id=own, is_current=True)
    assert written["Observation", own].body(row.version) == row.body
    assert written["Observation", own].publication.patient_id == world.other.pk


def test_a_text_that_was_not_published_here_is_not_cut_blindly(world: World):
    Resource.objects.filter(id=world.observation).update(body='{"text": "ailleurs"}')
    with pytest.raises(ProgrammingError, match="was not published"), transaction.atomic():
        rebind(source=world.patient.pk, target=world.other.pk, besides=LEFT)
    put_patient(world.patient, "moreau")
    assert Resource.objects.get(id=world.observation).patient_id == world.patient.pk
