"""One answer to who somebody is, one count of the looks at the region, one form, and mistakes that are undone."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, queries, rules
from enrs.referentials.identity.models import (
    EmergencyIdentity,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules import Traits, emergencies
from tests.referentials.identity.factories import (
    CLINIC,
    HOSPITAL,
    actor_in,
    grant,
    receive,
    user_of,
)
from tests.referentials.identity.test_acts import SALIF, at_work
from tests.referentials.identity.test_emergencies import WHERE, WHY, admitted, fresh, moved

pytestmark = pytest.mark.django_db
OTHER_WHY = "Son frère l’a vu et le nomme"
TWIN = {
    name: getattr(SALIF, name)
    for name in ("birth_name", "first_given_name", "given_names", "birth_date", "sex")
} | {"ins": "", "ins_oid": "", "status": "provisional", "birth_place_code": ""}
POSTED = {
    "birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "birth_date": "1961-05-02", "sex": "M",
    "version": "1",
}  # fmt: skip


# --- one answer -----------------------------------------------------------------------------------


@pytest.fixture
def said(as_actor):
    """Somebody admitted, said to be the first of two known patients."""
    by = at_work("physician")
    one = receive("K1", CLINIC)
    two = receive("K2", HOSPITAL, **TWIN)
    grant(one.patient_id, by)
    grant(two.patient_id, by)
    with as_actor(by):
        [made] = admitted(by)
        commands.recognise_emergency(emergency=made, patient_id=one.patient_id, reason=WHY, by=by)
    return SimpleNamespace(by=by, made=made, one=one, two=two, item=WorkItem.objects.get())


def say(said, whom, why=OTHER_WHY):
    with acting(said.by):
        commands.recognise_emergency(
            emergency=said.made, patient_id=whom.patient_id, reason=why, by=said.by
        )


def answer(item, outcome):
    officer = actor_in("identity_officer")
    with acting(officer):
        identities = queries.identities_of_items([item.id])[item.id]
        commands.decide_item(
            item_id=item.id, outcome=outcome, reason=WHY, by=officer, identities=identities
        )
    return officer


def test_nobody_else_is_named_while_the_unit_has_not_answered(client, said):
    with pytest.raises(StaleSaveError):
        say(said, said.two)
    client.force_login(user_of(said.by))
    address = reverse("identity:emergency_known", args=[said.made.identity.patient_id])
    page = client.post(address, {"patient": str(said.two.patient_id), "reason": OTHER_WHY})
    assert page.status_code == 422
    assert WorkItem.objects.count() == 1
    assert fresh(said.made).claim == WHY


def test_kept_apart_another_is_named_and_each_item_keeps_its_words(client, said):
    officer = answer(said.item, "kept_apart")
    assert fresh(said.made).claim == ""
    say(said, said.two)
    second = WorkItem.objects.get(kind="emergency_known", closed_at=None)
    client.force_login(user_of(officer))
    for item, words, others in ((said.item, WHY, OTHER_WHY), (second, OTHER_WHY, WHY)):
        page = client.get(reverse("identity:work_item", args=[item.id])).content.decode()
        assert f"</b> {words}" in page
        assert f"</b> {others}" not in page
    with acting(officer), pytest.raises(StaleSaveError):
        commands.undo_decision(item_id=said.item.id, reason=WHY, by=officer)
    answer(second, "kept_apart")
    with acting(officer):
        commands.undo_decision(item_id=said.item.id, reason=WHY, by=officer)
    assert fresh(said.made).claim == WHY


def test_one_answer_closes_the_other_questions(said):
    """Two items that wait, as they could before: the second is not decided after the first."""
    EmergencyIdentity.objects.update(claim="")
    say(said, said.two)
    second = WorkItem.objects.exclude(pk=said.item.pk).get()
    officer = answer(said.item, "linked")
    second.refresh_from_db()
    assert (second.outcome, second.closed_at is None) == ("by_rule", False)
    with acting(officer), pytest.raises(StaleSaveError):
        commands.decide_item(item_id=second.id, outcome="linked", reason=WHY, by=officer)
    assert SourceIdentity.objects.get(pk=said.two.pk).patient_id != said.one.patient_id


def test_who_was_linked_and_parted_again_may_be_named_again(said):
    officer = answer(said.item, "linked")
    now = SourceIdentity.objects.get(pk=said.made.identity_id)
    moved(said.made.identity.patient_id, now.patient_id)
    assert (fresh(said.made).is_open, fresh(said.made).claim) == (False, "")
    with acting(officer):
        commands.part_identity(
            identity_id=now.id, patient_id=now.patient_id, reason=WHY, by=officer
        )
    alone = SourceIdentity.objects.get(pk=now.id).patient_id
    moved(now.patient_id, alone)
    assert fresh(said.made).is_open
    grant(alone, said.by)
    say(said, said.two)
    assert fresh(said.made).claim == OTHER_WHY


# --- a look at the region is counted ---------------------------------------------------------------


def fill(client, by):
    with acting(by):
        [made] = admitted(by)
    client.force_login(user_of(by))
    return made, reverse("identity:emergency_fill", args=[made.identity.patient_id])


def test_a_confirmation_is_of_the_traits_that_were_warned_of(client):
    receive("C1", CLINIC, **TWIN)
    made, address = fill(client, at_work("physician"))
    page = client.post(address, POSTED)
    assert "Une personne hors de votre cercle" in page.content.decode()
    assert AuditLine.objects.filter(action="identity.create.probed").count() == 1
    shown_for = {"is_confirmed": "on", "confirmed_for": page.context["confirmed_for"]}
    other = client.post(address, POSTED | shown_for | {"given_names": "SALIF ISSA"})
    assert other.status_code == 200
    assert fresh(made).is_open
    assert client.post(address, POSTED | {"is_confirmed": "on"}).status_code == 200
    assert client.post(address, POSTED | shown_for).status_code == 302
    assert not fresh(made).is_open


def test_looks_are_counted(client, monkeypatch):
    monkeypatch.setattr(queries, "EXACT_PER_MINUTE", 2)
    receive("C1", CLINIC, **TWIN)
    made, address = fill(client, at_work("physician"))
    for _ in range(2):
        assert "Trop de vérifications" not in client.post(address, POSTED).content.decode()
    page = client.post(address, POSTED).content.decode()
    assert "Trop de vérifications" in page
    assert "hors de votre cercle" not in page
    assert fresh(made).is_open


def test_another_place_is_told_nothing_of_the_region(client):
    receive("C1", CLINIC, **TWIN)
    made, address = fill(client, at_work("physician"))
    stranger = actor_in("physician")
    grant(made.identity.patient_id, stranger)
    client.force_login(user_of(stranger))
    page = client.post(address, POSTED)
    assert page.status_code == 422
    assert "hors de votre cercle" not in page.content.decode()


# --- names ----------------------------------------------------------------------------------------


def test_nothing_of_theirs_is_corrected(as_actor):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        for changes in ({"used_name": "OUEDRAOGO"}, {"city": "Melun"}, {"birth_name": "OUEDRAOGO"}):
            with pytest.raises(rules.MoveRefusedError) as refused:
                commands.correct_identity(
                    identity=made.identity, changes=changes, reason=WHY, expected_version=1, by=by
                )
            assert refused.value.code == "emergency"
    assert fresh(made).identity.version == 1


@pytest.mark.parametrize("name", ["birth_name", "used_name"])
def test_nobody_types_a_made_up_name_for_a_real_one(as_actor, name):
    by = at_work("physician")
    traits = {"birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "sex": "M"}
    with as_actor(by):
        with pytest.raises(rules.IdentityRefusedError):
            commands.create_patient_by_hand(
                traits=Traits(**traits | {name: emergencies.name_of(3)}), by=by
            )
        made = commands.create_patient_by_hand(traits=Traits(**traits), by=by)
        with pytest.raises(rules.IdentityRefusedError):
            commands.correct_identity(
                identity=made, changes={name: emergencies.name_of(3)}, reason=WHY,
                expected_version=made.version, by=by,
            )  # fmt: skip


def test_a_source_that_tells_such_a_name_is_kept_as_fictitious():
    told = receive("H1", HOSPITAL, birth_name="XX URGENCE 12", status="qualified")
    assert (told.attribute, told.status, told.ins) == ("fictive", "provisional", "")
    named = receive("H1", HOSPITAL)
    assert (named.birth_name, RegionalIdentity.objects.get(pk=named.patient_id).attribute) == (
        "NDIAYE",
        "",
    )


# --- one form, and mistakes -------------------------------------------------------------------------


def test_a_form_that_is_sent_twice_writes_once(client):
    client.force_login(user_of(at_work("physician")))
    address = reverse("identity:emergency_new")
    page = client.get(address)
    posted = {"sex": "F", "age": "", "circumstance": WHERE, "count": "20"}
    posted["form"] = str(page.context["form"]["form"].value())
    assert posted["form"] in page.content.decode()
    for _ in range(2):
        assert client.post(address, posted).status_code == 302
    assert EmergencyIdentity.objects.count() == 20
    assert client.post(address, posted | {"form": str(uuid4()), "count": "1"}).status_code == 302
    assert EmergencyIdentity.objects.count() == 21


def test_a_mistake_leaves_the_list_and_comes_back(client):
    by = at_work("physician")
    with acting(by):
        made, other = admitted(by, count=2)
    client.force_login(user_of(by))
    listed, address = (
        reverse("identity:emergencies"),
        reverse("identity:emergency_mistake", args=[made.id]),
    )
    sheet = reverse("identity:sheet", args=[made.identity.patient_id])
    assert address in client.get(listed).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Saisie en double"}).status_code == 302
    client.get(address)
    page = client.get(listed).content.decode()
    assert made.name not in page
    assert other.name in page
    page = client.get(listed, {"erreurs": "1"}).content.decode()
    assert made.name in page
    assert "Saisie en double" in page
    assert "créée par erreur" in client.get(sheet).content.decode()
    moved(made.identity.patient_id, other.identity.patient_id)
    assert not fresh(made).is_open
    assert "Remettre dans la liste" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert fresh(made).is_open
    assert made.name in client.get(listed).content.decode()


def test_the_unit_and_the_place_alone_say_that_it_was_a_mistake(client):
    by, officer, stranger = (
        at_work("physician"),
        actor_in("identity_officer"),
        actor_in("physician"),
    )
    with acting(by):
        [made] = admitted(by)
    grant(made.identity.patient_id, stranger)
    with acting(stranger), pytest.raises(AccessRefusedError):
        commands.withdraw_emergency(emergency=made, reason=WHY, by=stranger)
    client.force_login(user_of(officer))
    address = reverse("identity:emergency_mistake", args=[made.id])
    assert client.post(address, {"reason": "Saisie en double"}).status_code == 302
    assert fresh(made).withdrawn_at
    assert (
        made.name in client.get(reverse("identity:emergencies"), {"erreurs": "1"}).content.decode()
    )
    assert client.post(address).status_code == 302
    assert fresh(made).is_open


def test_who_is_said_to_be_somebody_is_no_mistake(said):
    with acting(said.by), pytest.raises(StaleSaveError):
        commands.withdraw_emergency(emergency=said.made, reason=WHY, by=said.by)
