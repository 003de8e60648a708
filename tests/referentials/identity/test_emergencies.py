"""People admitted without a name: what stands for it, what never touches them, who they turn out to be."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, matching, queries, rules
from enrs.referentials.identity.commands.emergency import MOST, follow_moves
from enrs.referentials.identity.matching import gather
from enrs.referentials.identity.models import (
    EmergencyIdentity,
    IdentityFeature,
    IdentityPair,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.queries.emergencies import unknown_people
from enrs.referentials.identity.rules import MoveRefusedError, Traits, emergencies
from tests.referentials.identity.factories import CLINIC, actor_in, grant, receive, user_of
from tests.referentials.identity.test_acts import SALIF, at_work

pytestmark = pytest.mark.django_db
WHERE = "Trouvé inconscient gare de Melun, veste verte"
WHY = "Sa fille est venue avec sa carte d’identité"


def admitted(by, *, sex="M", age=40, count=1):
    return commands.create_emergency(sex=sex, age=age, circumstance=WHERE, by=by, count=count)


def fresh(emergency):
    return EmergencyIdentity.objects.select_related("identity").get(pk=emergency.pk)


def moved(source, target) -> None:
    """What the worker does of the event of a link."""
    with acting(SYSTEM):
        follow_moves(SimpleNamespace(payload={"from": str(source), "to": str(target)}))


# --- the name -------------------------------------------------------------------------------------


def test_names_are_never_the_same_and_neighbours_have_other_words():
    names = [emergencies.name_of(rank) for rank in range(5000)]
    assert len(set(names)) == 5000
    words = [name.split()[2] for name in names]
    assert all(
        len(set(words[at : at + MOST])) == len(words[at : at + MOST]) for at in range(0, 4980, 7)
    )
    assert all(emergencies.is_made_up(name) for name in names)
    assert len({word[0] for word in emergencies.WORDS}) == len(emergencies.WORDS)


@pytest.mark.parametrize("name", ["URGENCE", "DURAND", "XX", "LAVANDE", "XXURGENCE"])
def test_names_of_people_are_not_made_up(name):
    assert not emergencies.is_made_up(name)


# --- somebody without a trait ---------------------------------------------------------------------


def test_somebody_is_written_without_a_trait(as_actor):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        regional = RegionalIdentity.objects.get(pk=made.identity.patient_id)
    assert regional.birth_name == made.name == emergencies.name_of(made.rank)
    assert (regional.first_given_name, regional.birth_date, regional.sex) == (
        "HOMME ENVIRON 40 ANS",
        "",
        "M",
    )
    assert (regional.attribute, regional.shown_status, regional.ins) == (
        "emergency",
        "provisional",
        "",
    )
    assert made.circumstance == WHERE
    assert AuditLine.objects.filter(
        action="identity.emergency.created", patient_id=regional.pk
    ).exists()
    body = Resource.objects.get(type="Patient", id=regional.pk, is_current=True).body
    assert "FICT" in body
    assert "birthDate" not in body


def test_many_at_once_have_different_names(as_actor):
    by = at_work("physician")
    with as_actor(by):
        made = admitted(by, sex="U", age=None, count=MOST)
    assert len({one.name for one in made}) == len({one.identity.patient_id for one in made}) == MOST
    for count in (0, MOST + 1):
        with as_actor(by), pytest.raises(ValueError, match="count"):
            admitted(by, count=count)


def test_no_rule_and_no_match_touches_them(as_actor, settings):
    by = at_work("physician")
    with as_actor(by):
        one, two = admitted(by, count=2)
    same = dict.fromkeys(
        ("given_names", "birth_date", "ins", "ins_oid", "city", "birth_place_code"), ""
    )
    same |= {"birth_name": one.name, "first_given_name": "HOMME ENVIRON 40 ANS", "sex": "M"}
    told = receive("E1", CLINIC, status="provisional", **same)
    assert len({one.identity.patient_id, two.identity.patient_id, told.patient_id}) == 3
    assert not IdentityPair.objects.exists()
    assert IdentityFeature.objects.get(identity_id=one.identity_id).keys == []
    found = matching.match(
        Traits(birth_name=one.name, first_given_name="HOMME ENVIRON 40 ANS", sex="M")
    )
    assert one.identity.patient_id not in {each.patient_id for each in found}
    IdentityFeature.objects.all().delete()
    gather.fill_features()
    assert IdentityFeature.objects.get(identity_id=one.identity_id).keys == []


@pytest.mark.parametrize("name", sorted(rules.MOVES))
def test_no_ordinary_act_is_theirs(name):
    standing = rules.Standing(attribute=rules.EMERGENCY)
    with pytest.raises(MoveRefusedError) as refused:
        rules.decide(name, standing, rules.Facts(reason="Un motif", proof="CN", answer="one"))
    assert refused.value.code == "emergency"


def test_the_national_service_is_never_asked(as_actor):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        with pytest.raises(MoveRefusedError):
            commands.ask_ins(identity=made.identity, kind="traits", expected_version=1, by=by)


def test_their_name_is_never_the_one_shown_beside_a_known_one():
    now = timezone.now()
    made = rules.Candidate(emergencies.traits_of_nobody(1, sex="M", age=None), rules.EMERGENCY, now)
    known = rules.Candidate(SALIF, "", now - timedelta(days=900))
    doubtful = rules.Candidate(SALIF, rules.DOUBTFUL, now - timedelta(days=900))
    assert rules.best([made, known]).traits.birth_name == SALIF.birth_name
    assert rules.best([made, doubtful]).traits.birth_name == SALIF.birth_name


# --- named ----------------------------------------------------------------------------------------


def filled(emergency, by, traits=SALIF, **more):
    commands.fill_emergency(
        emergency=fresh(emergency), traits=traits, expected_version=emergency.identity.version, by=by, **more
    )  # fmt: skip


def test_named_they_follow_the_ordinary_way(as_actor):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        patient = made.identity.patient_id
        filled(made, by, replace(SALIF, ins="1", status="qualified"))
    now = fresh(made)
    assert (now.is_open, now.identity.patient_id) == (False, patient)
    assert (now.identity.birth_name, now.identity.attribute, now.identity.own_attribute) == (
        "OUEDRAOGO",
        "",
        "",
    )
    assert (now.identity.status, now.identity.ins) == ("provisional", "")
    assert RegionalIdentity.objects.get(pk=patient).birth_name == "OUEDRAOGO"
    assert IdentityFeature.objects.get(identity_id=now.identity_id).keys
    with as_actor(by):
        commands.validate_identity(
            identity=now.identity, proof="PA", expected_version=now.identity.version, by=by
        )
    assert fresh(made).identity.status == "validated"


@pytest.mark.parametrize("name", ["XX URGENCE LAVANDE 3", "xx-urgence lavande 3", ""])
def test_a_made_up_name_is_no_trait(as_actor, name):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        with pytest.raises(rules.IdentityRefusedError):
            filled(made, by, replace(SALIF, birth_name=name))
    assert fresh(made).is_open


def test_who_may_be_known_already_is_told_first(as_actor):
    by = at_work("physician")
    known = receive("C1", CLINIC, **{name: getattr(SALIF, name) for name in (
        "birth_name", "first_given_name", "given_names", "birth_date", "sex", "birth_place_code")},
        ins="", ins_oid="", status="provisional")  # fmt: skip
    with as_actor(by):
        [made] = admitted(by)
        with pytest.raises(commands.PossibleDuplicateError):
            filled(made, by)
        filled(made, by, is_confirmed=True)
    item = WorkItem.objects.filter(kind="possible_duplicate").first()
    assert item is not None
    assert set(item.identity_ids) == {made.identity_id, known.id}


def test_named_twice_is_told(as_actor):
    by = at_work("physician")
    with as_actor(by):
        [made] = admitted(by)
        filled(made, by)
        with pytest.raises(StaleSaveError):
            commands.fill_emergency(emergency=made, traits=SALIF, expected_version=2, by=by)


# --- recognised -----------------------------------------------------------------------------------


@pytest.fixture
def recognised(as_actor):
    """Somebody admitted, a note of theirs, and the known patient that a doctor says they are."""
    by = at_work("physician")
    known = receive("K1", CLINIC)
    grant(known.patient_id, by)
    with as_actor(by):
        [made] = admitted(by, sex="F")
        grant(made.identity.patient_id, by)
        commands.recognise_emergency(emergency=made, patient_id=known.patient_id, reason=WHY, by=by)
    return SimpleNamespace(by=by, made=made, known=known, alone=made.identity.patient_id)


def test_a_professional_says_who_it_is_and_the_unit_decides(client, recognised):
    item = WorkItem.objects.get(kind="emergency_known")
    assert item.identity_ids == [recognised.known.id, recognised.made.identity_id]
    assert item.severity == 0
    assert fresh(recognised.made).claim == WHY
    officer = actor_in("identity_officer")
    client.force_login(user_of(officer))
    page = client.get(reverse("identity:work_item", args=[item.id])).content.decode()
    assert WHY in page
    assert WHERE in page
    client.post(reverse("identity:work_item", args=[item.id]), {"outcome": "linked", "reason": WHY})
    now = SourceIdentity.objects.get(pk=recognised.made.identity_id)
    assert now.patient_id == recognised.known.patient_id
    regional = RegionalIdentity.objects.get(pk=now.patient_id)
    assert (regional.birth_name, regional.attribute) == ("NDIAYE", "")
    assert RegionalIdentity.objects.get(pk=recognised.alone).replaced_by_id == now.patient_id
    moved(recognised.alone, now.patient_id)
    assert not fresh(recognised.made).is_open
    with acting(officer):
        commands.undo_decision(item_id=item.id, reason="Ce n’était pas elle", by=officer)
    assert SourceIdentity.objects.get(pk=recognised.made.identity_id).patient_id == recognised.alone
    moved(recognised.known.patient_id, recognised.alone)
    again = fresh(recognised.made)
    assert (again.is_open, again.ended_at) == (True, None)
    back = RegionalIdentity.objects.get(pk=recognised.alone)
    assert (back.attribute, back.birth_name, back.replaced_by_id) == ("emergency", again.name, None)


def test_the_known_patient_stays_even_when_newer_and_bare(as_actor):
    """Who is recognised keeps their record, were it written after the emergency and by one number alone."""
    by, officer = at_work("physician"), actor_in("identity_officer")
    with as_actor(by):
        [made] = admitted(by)
    known = receive("K9", CLINIC, ins="", ins_oid="", status="provisional")
    grant(known.patient_id, by)
    with as_actor(by):
        commands.recognise_emergency(emergency=made, patient_id=known.patient_id, reason=WHY, by=by)
    item = WorkItem.objects.get(kind="emergency_known")
    with as_actor(officer):
        identities = queries.identities_of_items([item.id])[item.id]
        commands.decide_item(
            item_id=item.id, outcome="linked", reason=WHY, by=officer, identities=identities
        )
    assert SourceIdentity.objects.get(pk=made.identity_id).patient_id == known.patient_id
    assert RegionalIdentity.objects.get(pk=known.patient_id).birth_name == "NDIAYE"


def test_nobody_says_it_of_a_record_that_they_may_not_see(as_actor):
    by = at_work("physician")
    known = receive("K1", CLINIC)
    with as_actor(by):
        [made] = admitted(by)
        with pytest.raises(AccessRefusedError):
            commands.recognise_emergency(
                emergency=made, patient_id=known.patient_id, reason=WHY, by=by
            )
        with pytest.raises(ValueError, match="patient"):
            commands.recognise_emergency(
                emergency=made, patient_id=made.identity.patient_id, reason=WHY, by=by
            )
    assert not WorkItem.objects.exists()
    assert fresh(made).claim == ""


# --- pages ----------------------------------------------------------------------------------------


def test_a_doctor_writes_sees_and_names_somebody(client):
    by = at_work("physician")
    client.force_login(user_of(by))
    assert (
        reverse("identity:emergency_new") in client.get(reverse("identity:search")).content.decode()
    )
    posted = {"sex": "F", "age": "30", "circumstance": WHERE, "count": "1"}
    assert (
        client.post(reverse("identity:emergency_new"), posted | {"circumstance": ""}).status_code
        == 422
    )
    assert (
        client.post(reverse("identity:emergency_new"), posted | {"count": "21"}).status_code == 422
    )
    assert client.post(reverse("identity:emergency_new"), posted).status_code == 302
    made = EmergencyIdentity.objects.select_related("identity").get()
    sheet = reverse("identity:sheet", args=[made.identity.patient_id])
    text = client.get(sheet).content.decode()
    for words in ("Identité d’urgence", WHERE, "Remplir les traits", made.name):
        assert words in text
    assert "valider" not in text
    text = client.get(reverse("identity:search"), {"q": "XX URGENCE"}).content.decode()
    assert made.name in text
    assert "date de naissance inconnue" in text
    fill = reverse("identity:emergency_fill", args=[made.identity.patient_id])
    assert client.get(fill).status_code == 200
    traits = {"birth_name": "OUEDRAOGO", "first_given_name": "SALIMATA", "birth_date": "1996-05-02", "sex": "F",
              "version": "1"}  # fmt: skip
    assert (
        "pas le nom d’urgence"
        in client.post(fill, traits | {"birth_name": made.name}).content.decode()
    )
    assert client.post(fill, traits).status_code == 302
    assert client.get(fill).status_code == 404
    assert "Identité d’urgence" not in client.get(sheet).content.decode()


def test_a_doctor_recognises_somebody_from_the_page(client):
    by = at_work("physician")
    known = receive("K1", CLINIC)
    grant(known.patient_id, by)
    with acting(by):
        [made] = admitted(by)
    client.force_login(user_of(by))
    address = reverse("identity:emergency_known", args=[made.identity.patient_id])
    assert str(known.patient_id) in client.get(address, {"q": "NDIAYE"}).content.decode()
    assert client.post(address, {"patient": str(known.patient_id), "reason": ""}).status_code == 422
    assert (
        client.post(address, {"patient": str(known.patient_id), "reason": WHY}).status_code == 302
    )
    assert WorkItem.objects.filter(kind="emergency_known").count() == 1


def test_the_unit_lists_them_with_their_age_and_says_who_they_are(client):
    by = at_work("physician")
    with acting(by):
        first, second = admitted(by, count=2)
    EmergencyIdentity.objects.filter(pk=first.pk).update(
        made_at=timezone.now() - timedelta(days=12)
    )
    known = receive("K1", CLINIC)
    officer = actor_in("identity_officer")
    client.force_login(user_of(officer))
    page = client.get(reverse("identity:emergencies")).content.decode()
    assert page.index(first.name) < page.index(second.name)
    assert "12\u00a0jours" in page or "12 jours" in page
    address = reverse("identity:unit_known", args=[first.id])
    assert "NDIAYE" in client.post(address, {"q": "K1"}).content.decode()
    assert (
        client.post(address, {"patient": str(known.patient_id), "reason": WHY}).status_code == 302
    )
    page = client.get(reverse("identity:emergencies")).content.decode()
    assert "Reconnue" in page
    item = WorkItem.objects.get(kind="emergency_known")
    assert reverse("identity:work_item", args=[item.id]) in page


def test_another_place_sees_nothing_of_them(client):
    by = at_work("physician")
    with acting(by):
        [made] = admitted(by)
    stranger = actor_in("physician")
    client.force_login(user_of(stranger))
    assert made.name not in client.get(reverse("identity:emergencies")).content.decode()
    for name in ("emergency_fill", "emergency_known"):
        assert (
            client.get(reverse(f"identity:{name}", args=[made.identity.patient_id])).status_code
            == 404
        )
    assert client.get(reverse("identity:unit_known", args=[made.id])).status_code in (403, 404)


def test_the_list_turns_its_pages_and_asks_the_same_for_one_or_fifty(
    client, django_assert_max_num_queries
):
    by = at_work("physician")
    with acting(by):
        admitted(by, count=1)
        officer = actor_in("identity_officer")
        for _ in range(3):
            admitted(by, count=15)
    client.force_login(user_of(officer))
    with django_assert_max_num_queries(30):
        page = client.get(reverse("identity:emergencies")).content.decode()
    assert page.count("Dire qui c’est") == 25
    with acting(officer):
        first = unknown_people()[:25]
        last = first[-1].emergency
        rest = unknown_people(after=(last.made_at, last.id))
    assert len({one.emergency.id for one in [*first, *rest]}) == 46
