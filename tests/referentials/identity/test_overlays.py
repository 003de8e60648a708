"""Overlays: what turns one person into another, what does not, and what a person says of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.formats.ins import INS_NIA_OID, INS_NIR_OID, ins_key
from enrs.referentials.identity import commands, rules
from enrs.referentials.identity.commands.quarantine import overlay_of, quarantine
from enrs.referentials.identity.models import IdentityQuarantine, SourceIdentity, WorkItem
from enrs.referentials.identity.rules.overlays import distance, is_slip
from tests.referentials.identity.factories import AWA, actor_in, fictional_ins, receive, user_of

JEANNE = replace(
    AWA, birth_name="LEFEBVRE", first_given_name="JEANNE", given_names="JEANNE", used_name="",
    birth_date="1961-07-30", birth_place_code="77288", ins=fictional_ins(9, "26107"),
)  # fmt: skip
BODY = "248039934112345"[:13]


def ins(body):
    return body + ins_key(body)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"birth_name": "LEFEBVRE", "first_given_name": "JEANNE", "given_names": "JEANNE", "ins": ""},
         ("birth_name", "first_given_name")),
        ({"first_given_name": "FATOU", "given_names": "FATOU", "birth_date": "1961-07-30"},
         ("birth_date", "first_given_name")),
        ({"birth_name": "SARR", "sex": "M"}, ("birth_name", "sex")),
        ({"birth_date": "1990-11-25", "birth_place_code": "75056"}, ("birth_date", "birth_place_code")),
        ({"ins": fictional_ins(9, "26107")}, ("ins",)),
        ({"birth_name": "LEFEBVRE", "ins": fictional_ins(9, "26107")}, ("birth_name", "ins")),
    ],
)  # fmt: skip
def test_what_makes_another_person(changes, fields):
    assert rules.overlay(AWA, replace(AWA, **changes)) == fields


WOMAN, MAN = ins("2" + BODY[1:]), ins("1" + BODY[1:])
AMADOU = {"sex": "M", "first_given_name": "AMADOU", "given_names": "AMADOU"}
UNNAMED = {"first_given_name": "NEE", "given_names": "", "birth_name": "DIOP", "ins": ""}
SWAPPED = {"birth_name": "AWA", "first_given_name": "NDIAYE", "given_names": "NDIAYE"}
SAME = {
    "complementary traits": ({}, {"city": "Nemours", "phone": "0160000000"}),
    "one trait alone": ({}, {"birth_name": "LEFEBVRE"}),
    "the name of marriage was written as birth name": ({}, {"birth_name": "SARR", "used_name": "NDIAYE"}),
    "the name in use in the birth name's place": ({"used_name": "SARR"}, {"birth_name": "SARR"}),
    "a compound name, day and month swapped": ({}, {"birth_name": "NDIAYE SARR", "birth_date": "1948-12-03"}),
    "two slips": ({}, {"birth_name": "NDIAY", "first_given_name": "AVA", "given_names": "AVA"}),
    "letters swapped, one figure": ({}, {"birth_name": "NDAIYE", "birth_date": "1948-03-13"}),
    "fields swapped": ({}, SWAPPED),
    "another order of the given names": (
        {}, {"first_given_name": "MARIE", "given_names": "MARIE AWA", "birth_name": "DIOP"},
    ),
    "sex changed at the registry": ({"ins": WOMAN}, AMADOU | {"ins": MAN}),
    "sex changed at the registry, no INS": ({"ins": ""}, AMADOU | {"ins": ""}),
    "naming of a newborn, by the other parent's name": (UNNAMED, {}),
    "traits that become known": ({"birth_date": "1948", "sex": "U", "birth_place_code": ""}, {}),
    "a day by default": ({"birth_date": "1948-01-01", "birth_place_code": "99100"}, {}),
    "a temporary INS becomes a NIR": (
        {"ins": fictional_ins(3), "ins_oid": INS_NIA_OID}, {"ins_oid": INS_NIR_OID},
    ),
    "communes merged, and one change": (
        {"birth_place_code": "77001"}, {"birth_place_code": "77002", "birth_name": "DIOP"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SAME))
def test_what_life_and_the_registry_change_is_the_same_person(name):
    before, after = SAME[name]
    assert rules.overlay(replace(AWA, **before), replace(AWA, **after)) == ()


def test_a_fictive_identity_is_made_to_be_replaced():
    assert rules.overlay(AWA, JEANNE, attribute="fictive") == ()


def test_slips_are_counted():
    assert [distance("MARTIN", one) for one in ("MARTIN", "MATRIN", "MARTI", "MARTINE", "DURAND")][
        :4
    ] == [0, 1, 1, 1]
    assert is_slip("BERNARDIN", "BERNADIM")
    assert not is_slip("ROY", "RAI")


# --- quarantine ----------------------------------------------------------------------------------


def kept(traits=JEANNE, told_at=None):
    known = receive()
    settled = rules.settle(traits, mode=settings.MODE)
    return known, quarantine(known, settled, told_at or datetime.now(UTC), "CH de Brie")


@pytest.mark.django_db
def test_the_traits_wait_and_the_identity_does_not_change():
    known, row = kept()
    assert SourceIdentity.objects.get(pk=known.pk).traits == known.traits
    item = WorkItem.objects.get()
    assert (item.kind, item.severity, row.item_id) == ("overlay", 0, item.id)
    assert "LEFEBVRE" not in str(item.evidence)
    _, older = kept(replace(JEANNE, city="Provins"), datetime.now(UTC) - timedelta(days=1))
    assert older.traits["city"] == JEANNE.city
    assert IdentityQuarantine.objects.count() == WorkItem.objects.count() == 1


@pytest.mark.django_db
def test_the_same_person_is_corrected_and_it_can_be_undone(as_actor):
    known, row = kept()
    me = actor_in("identity_officer")
    with as_actor(me):
        commands.apply_quarantined(item_id=row.item_id, reason="Acte vu", by=me)
    now = SourceIdentity.objects.get(pk=known.pk)
    assert (now.birth_name, WorkItem.objects.get().outcome) == ("LEFEBVRE", "corrected")
    assert not overlay_of(known, rules.settle(JEANNE, mode=settings.MODE))
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.refuse_quarantined(item_id=row.item_id, reason="Trop tard", by=me)
    with as_actor(me):
        commands.undo_decision(item_id=row.item_id, reason="Erreur de ligne", by=me)
    assert SourceIdentity.objects.get(pk=known.pk).traits == known.traits
    assert IdentityQuarantine.objects.get().state == "waiting"
    assert WorkItem.objects.get().closed_at is None


@pytest.mark.django_db
def test_another_person_is_refused_and_told_again_stays_so(as_actor):
    known, row = kept()
    me = actor_in("identity_officer")
    with as_actor(me):
        commands.refuse_quarantined(item_id=row.item_id, reason="Numéro réutilisé", by=me)
    assert SourceIdentity.objects.get(pk=known.pk).birth_name == "NDIAYE"
    assert kept()[1].state == "refused"
    assert WorkItem.objects.filter(closed_at=None).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["nurse", "secretary"])
def test_nobody_else_settles_nor_reads_a_quarantine(as_actor, role):
    _, row = kept()
    wrong = actor_in(role)
    for command in (commands.apply_quarantined, commands.refuse_quarantined):
        with as_actor(wrong), pytest.raises(AccessRefusedError):
            command(item_id=row.item_id, reason="Pour voir", by=wrong)
    with as_actor(wrong):
        assert not IdentityQuarantine.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "name"), [("apply", "LEFEBVRE"), ("refuse", "NDIAYE")])
def test_the_page_shows_both_and_takes_the_answer(client, act, name):
    known, row = kept()
    client.force_login(user_of(actor_in("identity_officer")))
    page = client.get(reverse("identity:work_item", args=[row.item_id])).text
    assert "NDIAYE" in page
    assert "LEFEBVRE" in page
    assert "Qui est-ce" in page
    address = reverse("identity:work_quarantine", args=[row.item_id])
    client.post(address, {"act": act, "reason": ""})
    assert WorkItem.objects.get().closed_at is None
    client.post(address, {"act": act, "reason": "Acte vu au guichet", "seen": row.digest})
    assert SourceIdentity.objects.get(pk=known.pk).birth_name == name
    assert client.get(reverse("identity:work_item", args=[row.item_id])).status_code == 200
