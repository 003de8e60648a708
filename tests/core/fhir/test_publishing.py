"""Publishing: versions, keys, and rights that end in the same act."""

import orjson
from django.db import connection, transaction

from enrs.core.access.actor import Actor, acting
from enrs.core.access.models import Grant
from enrs.core.effects import act
from enrs.core.fhir.commands import collecting, publish
from enrs.core.fhir.models import Key, Resource
from tests.core.fhir.conftest import World
from tests.core.fhir.factories import put, put_patient


def test_versions_follow_and_keys_are_the_current_ones(world: World):
    put_patient(world.patient, "moreau")
    rows = Resource.objects.filter(id=world.patient.id).order_by("version")
    assert [(row.version, row.is_current) for row in rows] == [(1, False), (2, True)]
    body = orjson.loads(rows[1].body)
    assert body["meta"]["versionId"] == "2"
    assert body["name"] == [{"family": "MOREAU"}]
    families = Key.objects.filter(id=world.patient.id, param="family")
    assert families.get().value == "moreau"


def test_a_bare_resource_is_json(world: World):
    own = put("CareTeam", world.patient, "circle")
    assert orjson.loads(Resource.objects.get(id=own).body)["id"] == str(own)


def test_leaving_a_circle_publishes_what_changed(world: World):
    actor = Actor(
        kind="professional", name="A", role="physician", user_id=world.inside.id,
        grantee_id=world.inside.grantee_id,
    )  # fmt: skip
    tree = {"resourceType": "Patient", "id": str(world.patient.id), "active": True}
    with transaction.atomic(), acting(actor):
        with connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")
        with act():
            Grant.objects.filter(grantee_id=actor.grantee_id).update(
                valid_until="2020-01-01T00:00:00Z"
            )
            publish(tree, patient_id=world.patient.id, category="identity")
        with connection.cursor() as cursor:
            cursor.execute("set local role none")
    assert Resource.objects.get(id=world.patient.id, is_current=True).version == 2


def test_what_is_collected_is_not_written(world: World):
    tree = {"resourceType": "Patient", "id": str(world.patient.id), "active": True}
    with collecting() as collected:
        publish(tree, patient_id=world.patient.id, category="identity", keys=[("active", "true")])
    assert [one.type for one in collected] == ["Patient"]
    assert Resource.objects.get(id=world.patient.id).version == 1
