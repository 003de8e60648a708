"""The identity unit's desk: sharing the work, deciding, two people, undoing, asking the source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import Position
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, evidence, queries
from enrs.referentials.identity.models import (
    IdentityProposal,
    IdentityQuestion,
    IdentitySource,
    ItemAct,
    RegionalIdentity,
    SourceDay,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.queries import desk as queries_desk
from enrs.referentials.identity.queries.desk import Place, Wanted
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    HOSPITAL,
    actor_in,
    receive,
    user_of,
)

PLAIN = {
    "ins": "",
    "ins_oid": "",
    "status": "provisional",
    "phone": "0600000001",
    "postal_code": "77000",
}
pytestmark = pytest.mark.django_db


def officer(name="Camille Roche"):
    return actor_in("identity_officer", name)


def discordant():
    first = receive()
    second = receive("A9", CLINIC, birth_date="1948-12-03")
    return first, second, WorkItem.objects.get()


def items(count, **values):
    now = datetime.now(UTC)
    return WorkItem.objects.bulk_create(
        WorkItem(
            id=uuid7(), kind=values.get("kind", "possible_duplicate"), identity_ids=[], patient_ids=[],
            severity=values.get("severity", rank % 4), key=f"k{uuid7()}", opened_at=now - timedelta(hours=rank),
            systems=values.get("systems", [HOSPITAL]), assignee_id=values.get("assignee_id"),
        )
        for rank in range(count)
    )  # fmt: skip


def decide(as_actor, item, by, outcome="linked", reason="Pièce vue"):
    with as_actor(by):
        people = queries.identities_of_items([item.id])[item.id]
        return commands.decide_item(
            item_id=item.id, outcome=outcome, reason=reason, by=by, identities=people
        )


# --- the list ------------------------------------------------------------------------------------


def test_an_item_knows_the_sources_of_its_identities():
    _, _, item = discordant()
    assert item.systems == sorted([HOSPITAL, CLINIC])


def test_the_list_gives_the_gravest_first_then_the_oldest_page_by_page():
    items(11)
    seen, after = [], None
    while page := queries_desk.open_items(Wanted(), after=after, limit=3):
        seen += page
        after = Place(page[-1].severity, page[-1].opened_at, page[-1].id)
    assert len(seen) == 11
    assert seen == sorted(seen, key=lambda one: (one.severity, one.opened_at, one.id))


def test_the_list_is_narrowed_by_kind_severity_source_person_and_age():
    me = uuid7()
    items(2, severity=1, assignee_id=me)
    items(3, severity=2, systems=[CLINIC], kind="ins_refused")
    WorkItem.objects.filter(kind="ins_refused").update(
        opened_at=datetime.now(UTC) - timedelta(days=8)
    )

    def count(**asked):
        return len(queries_desk.open_items(Wanted(**asked)))

    assert (count(kind="ins_refused"), count(severity=1), count(system=CLINIC)) == (3, 2, 3)
    assert (count(whose=str(me)), count(whose="free"), count(days=7)) == (2, 3, 3)
    assert count(system=CLINIC, severity=1) == 0
    assert (queries_desk.open_count(), queries_desk.open_count("ins_refused")) == (5, 3)


@pytest.mark.parametrize("open_count", [0, queries_desk.DENSE])
def test_a_source_s_list_is_the_same_whichever_way_it_is_found(open_count):
    items(11), items(3, systems=[CLINIC])
    SourceDay.objects.create(system=HOSPITAL, day="2026-01-01", items_open=open_count)
    seen, after = [], None
    while page := queries_desk.open_items(Wanted(system=HOSPITAL), after=after, limit=3):
        seen += page
        after = Place(page[-1].severity, page[-1].opened_at, page[-1].id)
    assert len(seen) == 11
    assert seen == sorted(seen, key=lambda one: (one.severity, one.opened_at, one.id))


@pytest.mark.parametrize("count", [1, 30])
def test_the_cost_of_the_list_does_not_grow(client, count, django_assert_max_num_queries):
    items(count)
    client.force_login(user_of(officer()))
    with django_assert_max_num_queries(24):
        page = client.get(reverse("identity:work_list"), {"age": "", "gravite": "", "rang": "x"})
    assert ("Afficher la suite" in page.text) is (count > 25)


# --- sharing -------------------------------------------------------------------------------------


def test_one_takes_gives_and_gives_back_several_at_once(as_actor):
    me, colleague = officer(), officer("Nadia Vidal")
    keys = [one.id for one in items(3)]
    with as_actor(me):
        assert commands.assign_items(item_ids=keys, to=me.user_id, by=me) == 3
    with as_actor(colleague):
        assert commands.assign_items(item_ids=keys, to=colleague.user_id, by=colleague) == 0
        assert commands.assign_items(item_ids=keys, to=None, by=colleague) == 0
    with as_actor(me):
        assert commands.assign_items(item_ids=keys[:1], to=colleague.user_id, by=me) == 1
        assert commands.assign_items(item_ids=keys, to=None, by=me) == 2
    assert WorkItem.objects.filter(assignee_id=colleague.user_id).count() == 1
    assert set(ItemAct.objects.values_list("kind", flat=True)) == {"taken", "given", "given_back"}


def test_work_is_given_to_nobody_else_than_the_unit(as_actor):
    me, nurse = officer(), actor_in("nurse")
    key = items(1)[0].id
    for by, to in ((me, nurse.user_id), (nurse, nurse.user_id)):
        with as_actor(by), pytest.raises(AccessRefusedError):
            commands.assign_items(item_ids=[key], to=to, by=by)


def test_the_page_shares_the_ticked_lines(client):
    me = officer()
    client.force_login(user_of(me))
    one = items(1)[0]
    answer = client.post(
        reverse("identity:work_share"), {"items": [str(one.id)], "act": "take", "back": "qui=moi"}
    )
    assert answer.url.endswith("?qui=moi")
    one.refresh_from_db()
    assert one.assignee_id == me.user_id
    assert "Cochez" in client.post(reverse("identity:work_share"), follow=True).text


# --- deciding and undoing ------------------------------------------------------------------------


def state():
    """What a decision changes: where each identity leads, its attribute, what its patient shows."""
    people = SourceIdentity.objects.order_by("id").values_list("id", "patient_id", "attribute")
    shown = RegionalIdentity.objects.order_by("pk")
    return list(people), list(
        shown.values_list("pk", "birth_date", "ins", "attribute", "replaced_by")
    )


@pytest.mark.parametrize("outcome", ["linked", "kept_apart", "namesake"])
def test_undoing_a_decision_gives_back_the_state_before(as_actor, outcome):
    _, _, item = discordant()
    me, before = officer(), state()
    assert decide(as_actor, item, me, outcome) == "decided"
    with as_actor(me):
        commands.undo_decision(item_id=item.id, reason="Erreur de ligne", by=me)
    assert state() == before
    item.refresh_from_db()
    assert (item.closed_at, item.outcome, item.closed_by) == (None, "", "")
    acts = list(ItemAct.objects.order_by("at", "id").values_list("kind", "outcome"))
    assert acts == [("decided", outcome), ("undone", outcome)]
    assert AuditLine.objects.filter(action="identity.work.undone", actor_id=me.user_id).exists()


def test_what_is_open_or_levelled_by_a_rule_is_not_undone(as_actor):
    _, _, item = discordant()
    me = officer()
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.undo_decision(item_id=item.id, reason="Pour voir", by=me)
    WorkItem.objects.update(closed_at=datetime.now(UTC), outcome="by_rule")
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.undo_decision(item_id=item.id, reason="Pour voir", by=me)


def test_the_decision_is_undone_from_the_recent_ones(client, as_actor):
    _, _, item = discordant()
    me = officer()
    decide(as_actor, item, me)
    client.force_login(user_of(me))
    page = client.get(reverse("identity:decisions")).text
    assert "Même personne" in page
    assert "Pièce vue" in page
    assert (
        "Défaire cette décision" in client.get(reverse("identity:work_item", args=[item.id])).text
    )
    client.post(reverse("identity:work_undo", args=[item.id]), {"reason": "Erreur de ligne"})
    item.refresh_from_db()
    assert item.closed_at is None
    assert "Défaite" in client.get(reverse("identity:decisions"), {"qui": "moi"}).text


# --- four eyes -----------------------------------------------------------------------------------


@pytest.fixture
def two_people(settings):
    settings.REGION = replace(settings.REGION, identity_four_eyes=True)


def settle(as_actor, item, by, *, is_confirmed=True):
    with as_actor(by):
        people = queries.identities_of_items([item.id])[item.id]
        commands.settle_proposal(
            item_id=item.id,
            is_confirmed=is_confirmed,
            reason="Vérifié aussi",
            by=by,
            identities=people,
        )


def test_a_qualified_identity_wants_two_people(as_actor, two_people):
    first, second, item = discordant()
    me, other = officer(), officer("Nadia Vidal")
    assert decide(as_actor, item, me) == "proposed"
    item.refresh_from_db()
    assert item.closed_at is None
    with pytest.raises(StaleSaveError):
        decide(as_actor, item, other)
    with pytest.raises(AccessRefusedError):
        settle(as_actor, item, me)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert item.outcome == "linked"
    assert SourceIdentity.objects.get(pk=second.pk).patient_id == first.patient_id
    proposal = IdentityProposal.objects.get()
    assert (proposal.proposed_by_id, proposal.settled_by_id) == (me.user_id, other.user_id)


def test_a_refused_proposal_leaves_the_item_to_decide(as_actor, two_people):
    _, _, item = discordant()
    me, other = officer(), officer("Nadia Vidal")
    decide(as_actor, item, me)
    settle(as_actor, item, other, is_confirmed=False)
    item.refresh_from_db()
    assert item.closed_at is None
    assert decide(as_actor, item, other, "namesake") == "proposed"


def test_the_database_refuses_the_same_person_twice(two_people, as_actor):
    _, _, item = discordant()
    me = officer()
    decide(as_actor, item, me)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityProposal.objects.update(settled_by_id=me.user_id, settled_at=datetime.now(UTC))


def test_the_page_proposes_then_another_confirms(client, two_people):
    _, _, item = discordant()
    address = reverse("identity:work_item", args=[item.id])
    client.force_login(user_of(officer()))
    assert "Proposer une décision" in client.get(address).text
    client.post(address, {"outcome": "linked", "reason": "Acte vu"})
    assert "un collègue doit confirmer" in client.get(address).text
    proposal = str(IdentityProposal.objects.get().id)
    own = client.post(
        reverse("identity:work_settle", args=[item.id]),
        {"settle-reason": "Moi aussi", "act": "confirm", "proposal": proposal}, follow=True,
    )  # fmt: skip
    assert "votre proposition" in own.text
    client.force_login(user_of(officer("Nadia Vidal")))
    client.post(
        reverse("identity:work_settle", args=[item.id]),
        {"settle-reason": "Acte revu", "act": "confirm", "proposal": proposal},
    )
    item.refresh_from_db()
    assert item.outcome == "linked"
    assert "Acte vu" in item.closed_reason
    assert "Acte revu" in item.closed_reason


def test_identities_that_are_not_qualified_are_decided_alone(as_actor, two_people):
    receive(ins="285077599988819")
    item = WorkItem.objects.get()
    assert decide(as_actor, item, officer(), "kept_apart") == "decided"


# --- asking the source ---------------------------------------------------------------------------


def team(as_actor, by, system=CLINIC, name="Paul Imbert"):
    """A referent of a source: a secretary with an account."""
    commands.know_sources({system: "Clinique du Parc"})
    referent = actor_in("secretary", name)
    with as_actor(by):
        commands.add_contact(
            source_id=IdentitySource.objects.get(system=system).id, name=name, by=by,
            login=user_of(referent).login,
        )  # fmt: skip
    return referent


def test_a_source_answers_about_its_own_identities_alone(as_actor, client):
    _, _, item = discordant()
    me = officer()
    referent, stranger = team(as_actor, me), team(as_actor, me, HOSPITAL, "Rose Diallo")
    with as_actor(me):
        asked = commands.ask_source(item_id=item.id, system=CLINIC, text="Quelle date ?", by=me)
        again = commands.ask_source(item_id=item.id, system=CLINIC, text="Encore ?", by=me)
    assert asked.id == again.id
    for wrong in (stranger, actor_in("nurse")):
        with as_actor(wrong), pytest.raises((AccessRefusedError, IdentityQuestion.DoesNotExist)):
            commands.answer_question(question_id=asked.id, answer="same", text="", by=wrong)
    address = reverse("identity:question", args=[asked.id])
    client.force_login(user_of(stranger))
    assert client.get(address).status_code == 404
    client.force_login(user_of(actor_in("nurse")))
    assert client.get(reverse("identity:questions")).status_code == 404
    client.force_login(user_of(referent))
    assert "Quelle date" in client.get(reverse("identity:questions")).text
    page = client.get(address).text.replace("\u00a0", " ")
    assert "3 décembre 1948" in page
    assert "12 mars 1948" not in page
    assert "la date de naissance" in page
    client.post(address, {"answer": "corrected", "text": "Saisie inversée"})
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("corrected", "Paul Imbert")
    client.force_login(user_of(me))
    assert "Saisie inversée" in client.get(reverse("identity:work_item", args=[item.id])).text


def test_who_left_the_place_of_a_source_answers_for_it_no_more(as_actor, client):
    _, _, item = discordant()
    me, place = officer(), uuid7()
    referent = team(as_actor, me)
    with as_actor(me):
        asked = commands.ask_source(item_id=item.id, system=CLINIC, text="Quelle date ?", by=me)
    address = reverse("identity:question", args=[asked.id])
    client.force_login(user_of(referent))
    assert client.get(address).status_code == 200
    IdentitySource.objects.filter(system=CLINIC).update(organisation_id=place)
    assert client.get(address).status_code == 200
    Position.objects.create(
        user=user_of(referent), label="x", role="secretary", organisation_id=place,
        valid_until=datetime.now(UTC) - timedelta(hours=1),
    )  # fmt: skip
    assert client.get(address).status_code == 404
    with as_actor(referent), pytest.raises(IdentityQuestion.DoesNotExist):
        commands.answer_question(question_id=asked.id, answer="same", text="", by=referent)


def test_the_unit_answers_on_behalf_of_a_source_once(as_actor):
    _, _, item = discordant()
    me = officer()
    with as_actor(me):
        asked = commands.ask_source(item_id=item.id, system=CLINIC, text="Quelle date ?", by=me)
        commands.answer_question(
            question_id=asked.id, answer="unknown", text="Par téléphone", by=me
        )
        with pytest.raises(StaleSaveError):
            commands.answer_question(question_id=asked.id, answer="same", text="", by=me)
        with pytest.raises(WorkItem.DoesNotExist):
            commands.ask_source(item_id=item.id, system="urn:oid:1.2.3", text="Et vous ?", by=me)


def test_a_question_without_an_answer_is_told_again_after_a_week(as_actor):
    _, _, item = discordant()
    me = officer()
    with as_actor(me):
        asked = commands.ask_source(item_id=item.id, system=CLINIC, text="Quelle date ?", by=me)
    with acting(SYSTEM):
        commands.remind_of_questions()
        asked.refresh_from_db()
        assert asked.reminded_count == 0
        IdentityQuestion.objects.update(remind_at=datetime.now(UTC))
        commands.remind_of_questions()
    asked.refresh_from_db()
    assert asked.reminded_count == 1
    assert asked.remind_at > datetime.now(UTC)


def test_an_ended_contact_answers_no_more(as_actor):
    _, _, item = discordant()
    me = officer()
    referent = team(as_actor, me)
    with as_actor(me):
        asked = commands.ask_source(item_id=item.id, system=CLINIC, text="Quelle date ?", by=me)
        source = IdentitySource.objects.get(system=CLINIC)
        commands.end_contact(contact_id=source.contacts.get().id, by=me)
    with as_actor(referent), pytest.raises((AccessRefusedError, IdentityQuestion.DoesNotExist)):
        commands.answer_question(question_id=asked.id, answer="same", text="", by=referent)


# --- a patient's identities ----------------------------------------------------------------------


def linked():
    first = receive()
    second = receive("A9", CLINIC)
    assert second.patient_id == first.patient_id
    return first, second


def test_an_identity_wrongly_linked_is_parted_and_put_back(as_actor):
    first, second = linked()
    me, before = officer(), state()
    with as_actor(me):
        apart = commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason="Autre personne", by=me
        )
    assert apart.patient_id != first.patient_id
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason="Encore une fois", by=me
        )
    with as_actor(me):
        commands.rejoin_identity(identity_id=second.id, reason="Erreur de lecture", by=me)
    assert SourceIdentity.objects.get(pk=second.pk).patient_id == first.patient_id
    assert state()[0] == before[0]
    assert not WorkItem.objects.filter(closed_at=None).exists()


def merged_by_its_source():
    first, second = (
        receive("1"),
        receive("2", first_given_name="ZOE", ins="", ins_oid="", status="provisional"),
    )
    commands.merge_local(system=first.system, kept="1", absorbed="2", sender="CH de Brie")
    return first, SourceIdentity.objects.get(pk=second.pk)


def test_putting_back_restores_the_merge_that_the_source_made(as_actor):
    first, second = merged_by_its_source()
    me = officer()
    with as_actor(me):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason="Autre personne", by=me
        )
    apart = SourceIdentity.objects.get(pk=second.pk)
    assert (apart.absorbed_into_id, apart.absorbed_told_into) == (None, None)
    with as_actor(me):
        commands.rejoin_identity(identity_id=second.id, reason="Erreur de lecture", by=me)
    back = SourceIdentity.objects.get(pk=second.pk)
    assert (back.patient_id, back.absorbed_into_id) == (first.patient_id, first.id)
    assert back.absorbed_told_at == second.absorbed_told_at


def test_what_the_source_said_since_is_not_put_back_over(as_actor):
    first, second = merged_by_its_source()
    me = officer()
    with as_actor(me):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason="Autre personne", by=me
        )
    commands.unmerge_local(system=first.system, absorbed="2", sender="CH de Brie")
    with as_actor(me):
        commands.rejoin_identity(identity_id=second.id, reason="Erreur de lecture", by=me)
    assert SourceIdentity.objects.get(pk=second.pk).absorbed_into_id is None


def test_the_only_identity_of_a_patient_is_not_parted(as_actor):
    only, me = receive(), officer()
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.part_identity(
            identity_id=only.id, patient_id=only.patient_id, reason="Autre personne", by=me
        )


def test_the_unit_finds_a_patient_by_number_and_parts_from_their_page(client):
    first, second = linked()
    client.force_login(user_of(officer()))
    answer = client.post(reverse("identity:unit_find"), {"q": AWA.ins})
    assert answer.url == reverse("identity:unit_patient", args=[first.patient_id])
    page = client.get(answer.url).text
    assert "INS qualifiée et traits stricts concordants" in page
    assert page.count("Séparer cette identité") == 2
    args = [first.patient_id, second.id]
    client.post(reverse("identity:unit_part", args=args), {"reason": "Autre personne"})
    now = SourceIdentity.objects.get(pk=second.pk).patient_id
    assert now != first.patient_id
    assert (
        "Remettre à l’ancien dossier"
        in client.get(reverse("identity:unit_patient", args=[now])).text
    )
    client.post(reverse("identity:unit_rejoin", args=[second.id]), {"reason": "Erreur de lecture"})
    assert SourceIdentity.objects.get(pk=second.pk).patient_id == first.patient_id
    assert "Personne n’a ce numéro" in client.post(reverse("identity:unit_find"), {"q": "zz9"}).text


@pytest.mark.parametrize("role", ["nurse", "physician", "operator"])
def test_nobody_else_sees_the_unit_s_pages(client, role):
    one = receive()
    client.force_login(user_of(actor_in(role)))
    pages = [
        reverse("identity:unit_patient", args=[one.patient_id]), reverse("identity:decisions"),
        reverse("identity:unit_find"), reverse("identity:sources"),
    ]  # fmt: skip
    assert {client.get(page).status_code for page in pages} == {404}


# --- evidence ------------------------------------------------------------------------------------


def test_the_bars_of_the_evidence_begin_where_the_last_one_ended():
    drawn = evidence.bars(
        [("Départ", "", -20.0), ("Nom", "identique", 15.0), ("Ensemble", "", -5.0)]
    )
    assert [(one.left, one.width) for one in drawn] == [(0.0, 100.0), (0.0, 75.0), (75.0, 25.0)]
    assert [one.words for one in drawn] == ["−20,0", "+15,0", "−5,0"]


def test_the_item_s_page_draws_its_evidence_and_its_table(client):
    receive("1", **PLAIN), receive("A9", CLINIC, **PLAIN | {"sex": "M"})
    item = WorkItem.objects.get(kind="possible_duplicate")
    client.force_login(user_of(officer()))
    page = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "Deux personnes prises au hasard" in page
    assert "poids de la ressemblance" in page
    assert page.count("<rect") >= 4
    assert "Ce qui empêche le lien" in page
    assert "sexe différent" in page


def test_what_bars_the_link_of_one_ins_is_its_discordant_traits(client):
    _, _, item = discordant()
    client.force_login(user_of(officer()))
    page = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "traits stricts qui diffèrent : date de naissance" in page.replace("\u00a0", " ")
