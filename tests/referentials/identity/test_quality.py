"""The night's counts of each source, its page, its files, and its list of duplicates to mend."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.identity import commands
from enrs.referentials.identity.models import IdentitySource, MendLine, SourceDay, WorkItem
from tests.factories import organisation
from tests.referentials.identity.factories import (
    CLINIC,
    HOSPITAL,
    actor_in,
    fictional_ins,
    receive,
    user_of,
)
from tests.referentials.identity.test_desk import team

pytestmark = pytest.mark.django_db
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def night(day=None):
    with acting(SYSTEM):
        commands.count_quality(day)
        return commands.list_to_mend()


def region():
    receive("1"), receive("2")
    receive("3", birth_place_code="", phone="", **PLAIN)
    receive("A9", CLINIC, birth_date="1948-12-03")
    receive("A7", CLINIC, ins=fictional_ins(7), birth_date="1950")


@pytest.mark.usefixtures("by_ins_only")
def test_each_source_is_counted_once_a_day():
    region()
    night(), night()
    hospital, clinic = SourceDay.objects.get(system=HOSPITAL), SourceDay.objects.get(system=CLINIC)
    assert (hospital.identities, hospital.qualified, hospital.duplicates) == (3, 2, 1)
    assert (hospital.missing["birth_place_code"], hospital.missing["ins"]) == (1, 1)
    assert (clinic.doubtful, clinic.items_open, clinic.missing["birth_date"]) == (1, 2, 1)


def test_a_source_is_called_as_the_directory_calls_its_number():
    organisation("Centre hospitalier de Brie", finess_eg="990000012")
    receive("1", "urn:finess:990000012")
    receive("2", CLINIC)
    night()
    names = dict(IdentitySource.objects.values_list("system", "name"))
    assert names == {"urn:finess:990000012": "Centre hospitalier de Brie", CLINIC: "CH de Brie"}


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_of_sources_costs_the_same(client, count, django_assert_max_num_queries):
    for rank in range(count):
        receive(str(rank), f"urn:essai:{rank}", ins=fictional_ins(rank + 50))
    night()
    client.force_login(user_of(actor_in("identity_officer")))
    with django_assert_max_num_queries(14):
        page = client.get(reverse("identity:sources"))
    assert page.text.count("100") >= count


def test_a_source_s_page_has_its_curves_and_its_file(client):
    region()
    night(date.today() - timedelta(days=1))  # noqa: DTZ011  any day before
    night()
    source = IdentitySource.objects.get(system=HOSPITAL)
    client.force_login(user_of(actor_in("identity_officer")))
    page = client.get(reverse("identity:source", args=[source.id])).text
    assert "Part des identités qualifiées" in page
    assert "66,7" in page
    lines = client.get(reverse("identity:quality_csv", args=[source.id])).text.splitlines()
    assert lines[0].startswith("\ufeffjour;identites;qualifiees")
    assert len(lines) == 3


def test_a_team_sees_its_source_and_no_other(client, as_actor):
    region()
    night()
    me = actor_in("identity_officer")
    client.force_login(user_of(team(as_actor, me, CLINIC)))
    sources = {one.system: one for one in IdentitySource.objects.all()}
    assert client.get(reverse("identity:sources")).text.count("<tr>") == 2
    for name in ("source", "quality_csv", "mending", "mending_csv"):
        assert client.get(reverse(f"identity:{name}", args=[sources[CLINIC].id])).status_code == 200
        assert (
            client.get(reverse(f"identity:{name}", args=[sources[HOSPITAL].id])).status_code == 404
        )
    client.force_login(user_of(actor_in("nurse")))
    assert client.get(reverse("identity:source", args=[sources[CLINIC].id])).status_code == 404


def test_a_contact_is_added_and_ended(client):
    region()
    night()
    source = IdentitySource.objects.get(system=CLINIC)
    client.force_login(user_of(actor_in("identity_officer")))
    address = reverse("identity:contact_new", args=[source.id])
    refused = client.post(address, {"name": "Rose Diallo", "login": "personne"})
    assert refused.status_code == 422
    assert "Aucun professionnel" in refused.text
    client.post(address, {"name": "Rose Diallo", "duty": "Référente", "phone": "0160000000"})
    assert "Rose Diallo" in client.get(reverse("identity:source", args=[source.id])).text
    end = reverse("identity:contact_end", args=[source.contacts.get().id])
    client.post(end, {"source": str(source.id)})
    ended = source.contacts.get().until
    assert client.post(end).status_code == 302
    assert source.contacts.get().until == ended is not None
    assert "Rose Diallo" not in client.get(reverse("identity:source", args=[source.id])).text


# --- duplicates to mend --------------------------------------------------------------------------


@pytest.mark.usefixtures("by_ins_only")
def test_a_line_follows_its_two_numbers_over_time():
    receive("1"), receive("2")
    other = PLAIN | {"birth_name": "ROUX", "first_given_name": "LUC", "given_names": "", "sex": "M"}
    receive("3", **other), receive("4", **other)
    assert night() == 2
    assert night() == 0
    states = {(one.first_value, one.second_value): one.state for one in MendLine.objects.all()}
    assert states == {("1", "2"): "sure", ("3", "4"): "doubt"}
    commands.merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    WorkItem.objects.filter(closed_at=None).update(closed_at="2026-01-01T00:00:00Z")
    assert night() == 2
    assert set(MendLine.objects.values_list("state", flat=True)) == {"mended", "dropped"}


def test_the_list_and_its_file_hold_the_source_s_own_numbers_alone(client, as_actor):
    receive("1"), receive("2"), receive("A9", CLINIC)
    night()
    client.force_login(user_of(team(as_actor, actor_in("identity_officer"), HOSPITAL)))
    source = IdentitySource.objects.get(system=HOSPITAL)
    page = client.get(reverse("identity:mending", args=[source.id])).text
    assert "à fusionner" in page
    assert "NDIAYE" not in page
    content = client.get(reverse("identity:mending_csv", args=[source.id])).text
    assert "1;2;Même personne : à fusionner" in content
    assert "NDIAYE" not in content
    assert "A9" not in content
    empty = client.get(reverse("identity:mending", args=[source.id]), {"etat": "mended"})
    assert "Aucun doublon" in empty.text
