"""The pages: search, exact search, new patient, the identity unit's list, for each kind of actor."""

import re

import pytest
from django.urls import reverse

from enrs.core.audit.models import AuditLine
from enrs.referentials.identity import commands, queries
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    actor_in,
    fictional_ins,
    grant,
    receive,
    user_of,
)

pytestmark = pytest.mark.django_db


def signed_in(client, role):
    actor = actor_in(role)
    client.force_login(user_of(actor))
    return actor


def discordant():
    first = receive()
    second = receive("A9", CLINIC, birth_date="1948-12-03")
    return first, second, WorkItem.objects.get()


@pytest.mark.parametrize("name", ["search", "exact", "create", "work_list"])
def test_nobody_enters_without_signing_in(client, name):
    answer = client.get(reverse(f"identity:{name}"))
    assert answer.status_code == 302


@pytest.mark.parametrize("name", ["create", "work_list"])
def test_a_page_of_another_role_is_not_there(client, name):
    signed_in(client, "nurse")
    assert client.get(reverse(f"identity:{name}")).status_code == 404


def test_the_search_shows_who_is_in_the_circle_only(client):
    nurse = signed_in(client, "nurse")
    inside = receive()
    receive("101", birth_name="NDIAYE-DIOP", ins=fictional_ins(2))
    grant(inside.patient_id, nurse)
    page = client.get(reverse("identity:search"), {"q": "ndiaye"})
    assert page.status_code == 200
    assert "NDIAYE" in page.text
    assert "DIOP" not in page.text
    part = client.get(reverse("identity:search"), {"q": "ndiaye"}, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "qualifiée" in part.text


@pytest.mark.parametrize("count", [1, 30])
def test_the_cost_of_a_search_does_not_grow(client, count, django_assert_max_num_queries):
    nurse = signed_in(client, "nurse")
    for number in range(count):
        identity = receive(str(number), ins=fictional_ins(number + 100))
        grant(identity.patient_id, nurse)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("identity:search"), {"q": "ndiaye"})
    assert ("Afficher la suite" in page.text) is (count > 25)


def test_an_exact_search_outside_the_circle_explains_itself(client):
    signed_in(client, "nurse")
    receive()
    page = client.post(reverse("identity:exact"), {"ins": AWA.ins}, headers={"HX-Request": "true"})
    assert "vous n’êtes pas dans son cercle" in page.text
    assert "L1110-4" in page.text
    assert "Demander l’accès" in page.text
    assert "NDIAYE" not in page.text


def test_a_wrong_number_is_explained(client):
    signed_in(client, "nurse")
    page = client.post(reverse("identity:exact"), {"ins": "123"})
    assert page.status_code == 422
    assert "vérifiez les 15 chiffres" in page.text


def test_a_secretary_creates_a_patient(client):
    signed_in(client, "secretary")
    form = {
        "birth_name": "N'Diaye", "first_given_name": "Awa", "birth_date": "1948-03-12", "sex": "F",
        "is_checked": "on",
    }  # fmt: skip
    assert client.post(reverse("identity:create"), form).status_code == 302
    row = RegionalIdentity.objects.get()
    assert (row.name_key, row.status) == ("NDIAYE", "validated")
    again = client.post(reverse("identity:create"), form)
    assert "peut-être déjà connue" in again.text
    assert f"/dossier/{row.patient_id}/" in again.text
    shown_for = re.search(r'name="confirmed_for" value="(\w+)"', again.text).group(1)
    confirmed = {"is_confirmed": "on", "confirmed_for": shown_for}
    other = client.post(reverse("identity:create"), form | confirmed | {"birth_name": "N'Diayé"})
    assert "peut-être déjà connue" in other.text
    client.post(reverse("identity:create"), form | confirmed)
    assert WorkItem.objects.get().kind == "possible_duplicate"


def test_who_nearly_is_the_same_is_shown_before_anybody_is_made_and_told_to_the_unit(client):
    known = receive(ins="", ins_oid="", status="validated")
    signed_in(client, "secretary")
    form = {
        "birth_name": AWA.birth_name, "first_given_name": AWA.first_given_name, "sex": "F",
        "birth_date": "1948-03-13", "birth_place_code": AWA.birth_place_code,
    }  # fmt: skip
    page = client.post(reverse("identity:create"), form)
    assert page.status_code == 200
    assert "hors de votre cercle" in page.text
    assert "Demander l’accès" in page.text
    assert "NDIAYE" not in page.text.replace('value="NDIAYE"', "")
    assert AuditLine.objects.filter(action="identity.create.probed").exists()
    assert RegionalIdentity.objects.count() == 1
    shown_for = re.search(r'name="confirmed_for" value="(\w+)"', page.text).group(1)
    client.post(
        reverse("identity:create"), form | {"is_confirmed": "on", "confirmed_for": shown_for}
    )
    item = WorkItem.objects.get()
    assert known.id in item.identity_ids
    assert item.weight is not None


def test_probing_by_the_creation_form_is_counted(client, monkeypatch):
    monkeypatch.setattr("enrs.referentials.identity.queries.EXACT_PER_MINUTE", 1)
    receive()
    signed_in(client, "secretary")
    form = {
        "birth_name": "Ndiaye",
        "first_given_name": "Awa",
        "birth_date": "1948-03-12",
        "sex": "F",
    }
    client.post(reverse("identity:create"), form)
    assert "Trop de vérifications" in client.post(reverse("identity:create"), form).text
    assert RegionalIdentity.objects.count() == 1


def test_an_identity_is_doubtful_and_a_homonym(client, as_actor):
    receive(), receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    officer = actor_in("identity_officer")
    with as_actor(officer):
        commands.decide_item(
            item_id=item.id, outcome="namesake", reason="Deux personnes", by=officer,
            identities=queries.identities_of_items([item.id])[item.id],
        )  # fmt: skip
        doubtful = SourceIdentity(id=item.identity_ids[1], attribute="doubtful")
        assert queries.attributes_of([doubtful])[doubtful.id] == ["doubtful", "homonym"]
    client.force_login(user_of(officer))
    page = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "Douteuse" in page
    assert "Homonyme" in page
    with as_actor(actor_in("nurse")):
        assert queries.attributes_of([doubtful])[doubtful.id] == ["doubtful"]


def test_the_unit_sees_the_list_and_both_identities(client):
    _, _, item = discordant()
    signed_in(client, "identity_officer")
    assert "Traits discordants" in client.get(reverse("identity:work_list")).text
    page = client.get(reverse("identity:work_item", args=[item.id]))
    assert "12 mars 1948" in page.text.replace("\u00a0", " ")
    assert "3 décembre 1948" in page.text.replace("\u00a0", " ")
    assert "diffère" in page.text


@pytest.mark.parametrize(
    ("outcome", "together"), [("linked", True), ("kept_apart", False), ("namesake", False)]
)
def test_the_unit_decides_under_row_security(client, outcome, together):
    first, second, item = discordant()
    signed_in(client, "identity_officer")
    address = reverse("identity:work_item", args=[item.id])
    assert client.post(address, {"outcome": outcome, "reason": ""}).status_code == 422
    assert client.post(address, {"outcome": outcome, "reason": "Acte vu"}).status_code == 302
    item.refresh_from_db()
    assert (item.outcome, item.closed_by) == (outcome, "Camille Roche")
    now = SourceIdentity.objects.get(pk=second.pk)
    assert (now.patient_id == first.patient_id) is together
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("identity_officer", {"Rechercher", "Cellule d’identité"}),
        ("nurse", {"Rechercher"}),
        ("operator", set()),
    ],
)
def test_the_rail_leads_where_the_role_may_go(client, role, labels):
    signed_in(client, role)
    services = client.get(reverse("directory:search")).context["services"]
    assert {one.label for one in services} & {"Rechercher", "Cellule d’identité"} == labels


def test_the_rail_marks_one_service(client):
    signed_in(client, "identity_officer")
    services = client.get(reverse("identity:work_list")).context["services"]
    assert [one.label for one in services if one.is_current] == ["Cellule d’identité"]


def test_an_identity_alone_is_neither_linked_nor_a_namesake(client):
    receive(ins="285077599988819")
    item = WorkItem.objects.get()
    signed_in(client, "identity_officer")
    page = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "Fermer cette ligne" in page
    assert "Rattacher" not in page


def test_the_list_says_when_a_filter_leaves_nothing(client):
    discordant()
    signed_in(client, "identity_officer")
    page = client.get(reverse("identity:work_list"), {"kind": "ins_refused"})
    assert "Rien n’attend pour ce choix" in page.text
