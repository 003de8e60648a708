"""Merges and splits are changes of links: facts, rights and resources follow, and come back."""

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import rights_on
from enrs.core.documents.models import Blob, Document
from enrs.core.fhir.commands import publish
from enrs.core.fhir.models import Key, Resource
from enrs.core.ids import uuid7
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.threads.fhir import publish_message
from enrs.core.threads.models import Message, Thread
from enrs.referentials.identity.commands import (
    close_work_item,
    merge_local,
    relink_identity,
    unmerge_local,
)
from enrs.referentials.identity.models import (
    IdentityLink,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.queries import desk as queries_desk
from tests.referentials.identity.factories import AWA, CLINIC, HOSPITAL, actor_in, grant, receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def document(identity):
    blob, _ = Blob.objects.get_or_create(
        address=b"a" * 32, defaults={"keyring_id": "k", "size": 1, "data": b"x"}
    )
    made = Document.objects.create(
        identity_id=identity.id, patient_id=identity.patient_id, unique_id=str(identity.id),
        type_code="11502-2", type_display="CR", title="CR", mime_type="text/plain",
        happened_at=timezone.now(), blob=blob, size=1, hash_sha1="0" * 40,
    )  # fmt: skip
    publish(
        {
            "resourceType": "DocumentReference", "id": str(made.id), "status": "current",
            "subject": {"reference": f"Patient/{identity.patient_id}"},
        },
        patient_id=identity.patient_id, category="documents",
        keys=[("patient", f"Patient/{identity.patient_id}")],
    )  # fmt: skip
    return made


def patient_of(made):
    return Document.objects.get(pk=made.pk).patient_id


def test_a_local_merge_takes_the_facts_their_resources_and_the_lasting_rights_along():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    nurse = actor_in("nurse")
    grant(absorbed.patient_id, nurse)
    made = document(absorbed)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert patient_of(made) == kept.patient_id
    row = Resource.objects.get(id=made.id, is_current=True)
    assert (row.version, row.patient_id) == (2, kept.patient_id)
    assert f"Patient/{kept.patient_id}" in row.body
    assert Key.objects.get(id=made.id).value == f"Patient/{kept.patient_id}"
    assert rights_on(kept.patient_id, nurse)
    assert RegionalIdentity.objects.get(pk=absorbed.patient_id).replaced_by_id == kept.patient_id
    old = Resource.objects.get(id=absorbed.patient_id, is_current=True).body
    assert "replaced-by" in old


def test_a_merge_sent_twice_changes_nothing():
    receive("1", **PLAIN), receive("2", **PLAIN)
    for _ in range(2):
        merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert IdentityLink.objects.count() == 3


def test_later_messages_on_the_absorbed_number_go_to_the_kept_patient():
    kept = receive("1", **PLAIN)
    receive("2", **PLAIN)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    later = receive("2", city="Nemours", **PLAIN)
    assert later.patient_id == kept.patient_id
    assert RegionalIdentity.objects.get(pk=kept.patient_id).city == "Melun"


def test_a_merge_of_numbers_never_heard_of_is_harmless():
    merge_local(system=HOSPITAL, kept="8", absorbed="9", sender="CH")
    assert not SourceIdentity.objects.exists()
    known = receive("1", **PLAIN)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert receive("2", **PLAIN).patient_id == known.patient_id
    merge_local(system=HOSPITAL, kept="3", absorbed="1", sender="CH")
    assert SourceIdentity.objects.get(value="3").patient_id == known.patient_id


def test_a_merge_between_two_regional_patients_moves_that_number_only_and_is_told():
    elsewhere = receive("A9", CLINIC)
    absorbed, kept = receive("2"), receive("1", **PLAIN)
    assert absorbed.patient_id == elsewhere.patient_id
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert SourceIdentity.objects.get(value="2").patient_id == kept.patient_id
    assert SourceIdentity.objects.get(value="A9").patient_id == elsewhere.patient_id
    waiting = WorkItem.objects.filter(closed_at=None)
    assert {item.kind for item in waiting} == {"merge_across_patients", "possible_duplicate"}
    assert RegionalIdentity.objects.get(pk=elsewhere.patient_id).ins == AWA.ins


def test_a_merge_of_discordant_traits_is_told():
    receive("1", **PLAIN), receive("2", birth_date="1990-01-01", **PLAIN)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    assert WorkItem.objects.get().kind == "discordant_traits"


def test_a_merge_is_undone_by_linking_back():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    nurse, before = actor_in("nurse"), absorbed.patient_id
    grant(before, nurse)
    made, stays = document(absorbed), document(kept)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    identity = SourceIdentity.objects.get(value="2")
    relink_identity(identity=identity, patient_id=before, by=SYSTEM, reason="Fusion à tort")
    assert (patient_of(made), patient_of(stays)) == (before, kept.patient_id)
    assert RegionalIdentity.objects.get(pk=before).replaced_by_id is None
    assert SourceIdentity.objects.get(value="2").absorbed_into_id is None
    assert rights_on(before, nurse)
    assert not rights_on(kept.patient_id, nurse)


def test_only_the_identity_unit_links_by_hand_and_says_why():
    identity = receive()
    with pytest.raises(AccessRefusedError, match="profession"):
        relink_identity(
            identity=identity, patient_id=None, by=actor_in("nurse"), reason="parce que"
        )
    with pytest.raises(AccessRefusedError, match="reason"):
        relink_identity(
            identity=identity, patient_id=None, by=actor_in("identity_officer"), reason=" "
        )


@pytest.mark.parametrize(
    ("outcome", "together", "attribute"),
    [("linked", True, ""), ("kept_apart", False, "doubtful"), ("namesake", False, "doubtful")],
)
def test_the_unit_decides_an_item_once(outcome, together, attribute):
    first = receive()
    second = receive("A9", CLINIC, birth_date="1948-12-03")
    item, officer = WorkItem.objects.get(), actor_in("identity_officer")
    close_work_item(
        item_id=item.id, outcome=outcome, reason="pièce vue", by=officer,
        identities=[SourceIdentity.objects.get(pk=key) for key in item.identity_ids],
    )  # fmt: skip
    now = SourceIdentity.objects.get(pk=second.pk)
    assert (now.patient_id == first.patient_id) is together
    assert now.attribute == attribute
    with pytest.raises(StaleSaveError):
        close_work_item(
            item_id=item.id, outcome="kept_apart", reason="encore", by=officer, identities=[]
        )
    again = receive("A9", CLINIC, birth_date="1948-12-03")
    assert (again.patient_id == first.patient_id) is together
    assert not queries_desk.open_items(queries_desk.Wanted())


def test_a_split_under_one_ins_leaves_a_doubtful_patient_whom_no_rule_takes_back():
    first, second = receive(), receive("A9", CLINIC)
    made = document(second)
    relink_identity(identity=second, patient_id=None, by=SYSTEM, reason="Deux sœurs, acte vu")
    apart = receive("A9", CLINIC, city="Nemours")
    assert apart.patient_id != first.patient_id
    assert patient_of(made) == apart.patient_id
    row = RegionalIdentity.objects.get(pk=apart.patient_id)
    assert (row.ins, row.status, row.attribute, row.city) == (
        "",
        "provisional",
        "doubtful",
        "Nemours",
    )
    assert RegionalIdentity.objects.get(pk=first.patient_id).ins == AWA.ins
    assert WorkItem.objects.get().kind == "ins_on_two_patients"


def test_messages_and_drawn_observations_follow_their_fact_there_and_back():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    thread = Thread.objects.create(
        patient_id=absorbed.patient_id, identity_id=absorbed.id, title="Retour", audience="all",
        subject_kind="patient", subject_id=absorbed.patient_id,
    )  # fmt: skip
    message = Message.objects.create(
        thread=thread, number=1, text="Bonjour", author_id=absorbed.id, author_name="Camille Roche"
    )
    publish_message(message, thread)
    answer = Answer.objects.create(
        form=Form.objects.first(), patient_id=absorbed.patient_id, identity_id=absorbed.id,
        status="completed", started_at=timezone.now(), saved_at=timezone.now(),
    )  # fmt: skip
    drawn = uuid7()
    publish(
        {
            "resourceType": "Observation", "id": str(drawn),
            "derivedFrom": [{"reference": f"QuestionnaireResponse/{answer.pk}"}],
            "subject": {"reference": f"Patient/{absorbed.patient_id}"},
        },
        patient_id=absorbed.patient_id, category="assessment", keys=[],
    )  # fmt: skip
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    row = Resource.objects.get(id=message.id, is_current=True)
    assert (row.patient_id, f"Patient/{kept.patient_id}" in row.body) == (kept.patient_id, True)
    unmerge_local(system=HOSPITAL, absorbed="2", sender="CH")
    back = SourceIdentity.objects.get(pk=absorbed.pk).patient_id
    assert back != kept.patient_id
    rows = Resource.objects.filter(id__in=(message.id, drawn))
    assert {one.patient_id for one in rows} == {back}
