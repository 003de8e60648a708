"""The desk when something moved since: another act, other traits, another proposal, a form sent twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, rules
from enrs.referentials.identity.commands.decisions import decide
from enrs.referentials.identity.commands.quarantine import quarantine
from enrs.referentials.identity.models import (
    IdentityPair,
    IdentityProposal,
    IdentityQuarantine,
    ItemAct,
    SourceIdentity,
    WorkItem,
)
from tests.referentials.identity.factories import (
    CLINIC,
    actor_in,
    fictional_ins,
    receive,
    user_of,
)
from tests.referentials.identity.test_overlays import JEANNE

pytestmark = pytest.mark.django_db
WHY = "Pièce vue au guichet"


@pytest.fixture
def two_people(settings):
    settings.REGION = replace(settings.REGION, identity_four_eyes=True)


@pytest.fixture
def me():
    return actor_in("identity_officer")


@pytest.fixture
def other():
    return actor_in("identity_officer", "Nadia Vidal")


def settle(as_actor, item, by, **more):
    with as_actor(by):
        given = {"item_id": item.id, "is_confirmed": True, "reason": WHY, "by": by}
        commands.settle_proposal(**given | more)


def undo(as_actor, item, by):
    with as_actor(by):
        return commands.undo_decision(item_id=item.id, reason=WHY, by=by)


def where(identity):
    return SourceIdentity.objects.get(pk=identity.pk).patient_id


def third():
    return receive("C1", birth_name="CARON", birth_date="1975-01-09", ins=fictional_ins(8, "27501"))


def proposed_parting(as_actor, me):
    first, second = receive(), receive("A9", CLINIC)
    with as_actor(me):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason=WHY, by=me
        )
    return first, second, WorkItem.objects.get(kind="parting")


def parted(as_actor, me, other):
    first, second, item = proposed_parting(as_actor, me)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert item.outcome == "parted"
    return first, second, item


def rejoined(as_actor, me, other):
    first, second, _ = parted(as_actor, me, other)
    with as_actor(me):
        commands.rejoin_identity(identity_id=second.id, reason=WHY, by=me)
    item = WorkItem.objects.get(kind="rejoining")
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert (item.outcome, where(second)) == ("rejoined", first.patient_id)
    return first, second, item


# --- undoing one act and no other ----------------------------------------------------------------


def test_undoing_a_parting_leaves_what_was_decided_after_it(as_actor, two_people, me, other):
    first, second, item = parted(as_actor, me, other)
    someone = third()
    with as_actor(me):
        decide(second.id, someone.id, "different", me, "Autre page", item=uuid7())
    undo(as_actor, item, me)
    settle(as_actor, item, other)
    assert where(second) == first.patient_id
    kept = IdentityPair.objects.exclude(decision="").get()
    assert {kept.first_id, kept.second_id} == {second.id, someone.id}


def test_undoing_a_parting_by_two_restores_the_merge_that_the_source_made(
    as_actor, two_people, me, other
):
    first = receive("1")
    second = receive("2", first_given_name="ZOE", ins="", ins_oid="", status="provisional")
    commands.merge_local(system=first.system, kept="1", absorbed="2", sender="CH de Brie")
    with as_actor(me):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason=WHY, by=me
        )
    item = WorkItem.objects.get(kind="parting")
    settle(as_actor, item, other)
    assert SourceIdentity.objects.get(pk=second.pk).absorbed_into_id is None
    undo(as_actor, item, me)
    settle(as_actor, item, other)
    back = SourceIdentity.objects.get(pk=second.pk)
    assert (back.patient_id, back.absorbed_into_id) == (first.patient_id, first.id)


def test_a_parting_is_not_undone_once_the_identity_came_back(as_actor, two_people, me, other):
    first, second, _ = rejoined(as_actor, me, other)
    item = WorkItem.objects.get(kind="parting")
    with pytest.raises(StaleSaveError):
        undo(as_actor, item, me)
    assert where(second) == first.patient_id
    assert not IdentityProposal.objects.filter(settled_at=None).exists()


def test_a_return_is_undone_where_it_left_the_identity_alone(as_actor, two_people, me, other):
    first, second, item = rejoined(as_actor, me, other)
    undo(as_actor, item, me)
    someone = third()
    SourceIdentity.objects.filter(pk=second.pk).update(patient_id=someone.patient_id)
    with pytest.raises(StaleSaveError):
        settle(as_actor, item, other)
    SourceIdentity.objects.filter(pk=second.pk).update(patient_id=first.patient_id)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert item.outcome == "withdrawn"
    assert where(second) != first.patient_id


def test_another_return_than_the_one_proposed_is_not_confirmed(as_actor, two_people, me, other):
    first, second, _ = parted(as_actor, me, other)
    with as_actor(me):
        commands.rejoin_identity(identity_id=second.id, reason=WHY, by=me)
    item = WorkItem.objects.get(kind="rejoining")
    IdentityProposal.objects.filter(item=item).update(versions={})
    SourceIdentity.objects.filter(pk=second.pk).update(patient_id=third().patient_id)
    with pytest.raises(StaleSaveError):
        settle(as_actor, item, other)
    assert where(second) != first.patient_id


def test_a_return_sent_twice_moves_once(as_actor, client, me):
    first, second = receive(), receive("A9", CLINIC)
    with as_actor(me):
        commands.part_identity(
            identity_id=second.id, patient_id=first.patient_id, reason=WHY, by=me
        )
    apart = where(second)
    client.force_login(user_of(me))
    address = reverse("identity:unit_rejoin", args=[second.id])
    given = {"reason": WHY, "patient": str(apart)}
    assert "est revenue" in client.post(address, given, follow=True).text
    assert "Rien n’a été changé" in client.post(address, given, follow=True).text
    assert where(second) == first.patient_id


# --- what moved since it was proposed ------------------------------------------------------------


def proposed_link(as_actor, me):
    receive()
    second = receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    with as_actor(me):
        commands.decide_item(item_id=item.id, outcome="kept_apart", reason=WHY, by=me)
    return second, item


def test_what_changed_since_it_was_proposed_is_not_confirmed(client, as_actor, two_people, me, other):  # fmt: skip
    second, item = proposed_link(as_actor, me)
    proposal = IdentityProposal.objects.get()
    SourceIdentity.objects.filter(pk=second.pk).update(version=second.version + 1)
    client.force_login(user_of(other))
    given = {"act": "confirm", "settle-reason": WHY, "proposal": str(proposal.id)}
    answer = client.post(reverse("identity:work_settle", args=[item.id]), given, follow=True)
    assert "changé depuis la proposition" in answer.text
    item.refresh_from_db()
    proposal.refresh_from_db()
    assert (item.closed_at, proposal.is_confirmed, proposal.settled_by_id) == (None, False, None)
    assert proposal.settled_at
    assert "Proposer une décision" in client.get(reverse("identity:work_item", args=[item.id])).text


def test_a_parting_of_an_identity_that_changed_leaves_the_list(as_actor, two_people, me, other):
    first, second, item = proposed_parting(as_actor, me)
    SourceIdentity.objects.filter(pk=second.pk).update(version=second.version + 1)
    with as_actor(other), pytest.raises(commands.OutdatedProposalError):
        commands.settle_proposal(item_id=item.id, is_confirmed=True, reason=WHY, by=other)
    item.refresh_from_db()
    assert (item.outcome, where(second)) == ("withdrawn", first.patient_id)


def test_an_item_that_a_rule_closes_is_proposed_no_more(as_actor, two_people, me, other):
    _, item = proposed_link(as_actor, me)
    receive("A9", CLINIC, told_at=datetime.now(UTC) + timedelta(minutes=5))
    item.refresh_from_db()
    assert item.outcome == "by_rule"
    assert not IdentityProposal.objects.filter(settled_at=None).exists()
    assert ItemAct.objects.get(kind="refused").outcome == "kept_apart"
    with pytest.raises(IdentityProposal.DoesNotExist):
        settle(as_actor, item, other)


def test_another_proposal_than_the_one_read_is_not_settled(client, as_actor, two_people, me, other):
    _, item = proposed_link(as_actor, me)
    read = IdentityProposal.objects.get()
    with as_actor(me):
        commands.withdraw_proposal(item_id=item.id, reason=WHY, by=me)
        commands.decide_item(item_id=item.id, outcome="linked", reason=WHY, by=me)
    client.force_login(user_of(other))
    address = reverse("identity:work_settle", args=[item.id])
    for named in (str(read.id), ""):
        given = {"act": "confirm", "settle-reason": WHY, "proposal": named}
        assert "Un collègue est passé" in client.post(address, given, follow=True).text
    item.refresh_from_db()
    assert item.closed_at is None


# --- what one read is what one judges ------------------------------------------------------------


@pytest.mark.parametrize("act", ["apply", "refuse"])
def test_newer_traits_in_quarantine_are_read_before_they_are_judged(client, me, act):
    known = receive()
    told = datetime.now(UTC)

    def keep(traits, told_at):
        settled = rules.settle(traits, mode=django_settings.MODE)
        return quarantine(known, settled, told_at, "CH de Brie")

    seen = keep(JEANNE, told).digest
    row = keep(replace(JEANNE, birth_name="CARON"), told + timedelta(minutes=1))
    assert (
        keep(replace(JEANNE, birth_name="CARON"), told + timedelta(minutes=2)).digest == row.digest
    )
    client.force_login(user_of(me))
    address = reverse("identity:work_quarantine", args=[row.item_id])
    for old in (seen, ""):
        answer = client.post(address, {"act": act, "reason": WHY, "seen": old}, follow=True)
        assert "traits ont changé depuis" in answer.text
    assert IdentityQuarantine.objects.get().state == "waiting"
    assert row.digest in answer.text
    client.post(address, {"act": act, "reason": WHY, "seen": row.digest})
    assert IdentityQuarantine.objects.get().state != "waiting"


def test_identities_that_changed_are_read_before_they_are_decided(client, me):
    receive()
    second = receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    client.force_login(user_of(me))
    address = reverse("identity:work_item", args=[item.id])
    seen = client.get(address).context["seen"]
    assert f'name="seen" value="{seen}"' in client.get(address).text
    SourceIdentity.objects.filter(pk=second.pk).update(version=second.version + 1)
    given = {"outcome": "kept_apart", "reason": WHY, "seen": seen}
    assert "traits ont changé depuis" in client.post(address, given, follow=True).text
    item.refresh_from_db()
    assert item.closed_at is None
    client.post(address, given | {"seen": client.get(address).context["seen"]})
    item.refresh_from_db()
    assert item.outcome == "kept_apart"


def locked(queries):
    """The tables whose rows are locked, in order."""
    told = [one["sql"] for one in queries if "FOR UPDATE" in (one["sql"] or "")]
    names = ("identity_work_item", "identity_proposal", "identity_quarantine")
    return [name for sql in told for name in names if f'FROM "{name}"' in sql]


def test_who_decides_and_what_arrives_lock_the_item_first(as_actor, two_people, me, other):
    known, told = receive(), datetime.now(UTC)

    def keep(name, minutes):
        settled = rules.settle(replace(JEANNE, birth_name=name), mode=django_settings.MODE)
        return quarantine(known, settled, told + timedelta(minutes=minutes), "CH de Brie")

    item_id = keep("LEFEBVRE", 0).item_id
    acts = [
        lambda: commands.apply_quarantined(item_id=item_id, reason=WHY, by=me),
        lambda: commands.withdraw_proposal(item_id=item_id, reason=WHY, by=me),
        lambda: commands.refuse_quarantined(item_id=item_id, reason=WHY, by=me),
        lambda: commands.settle_proposal(item_id=item_id, is_confirmed=False, reason=WHY, by=other),
    ]
    for rank, act in enumerate(acts):
        with (
            as_actor(other if rank == len(acts) - 1 else me),
            CaptureQueriesContext(connection) as told_of,
        ):
            act()
        assert locked(told_of.captured_queries)[0] == "identity_work_item"
    with CaptureQueriesContext(connection) as told_of:
        keep("CARON", 1)
    assert locked(told_of.captured_queries)[:2] == ["identity_work_item", "identity_quarantine"]


def test_a_later_decision_than_the_one_read_is_not_undone(client, as_actor, me, other):
    receive(), receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    with as_actor(me):
        commands.decide_item(item_id=item.id, outcome="kept_apart", reason=WHY, by=me)
    item.refresh_from_db()
    client.force_login(user_of(me))
    page = client.get(reverse("identity:work_item", args=[item.id])).text
    address = reverse("identity:work_undo", args=[item.id])
    assert f"{address}?vu=" in page
    with as_actor(other):
        commands.undo_decision(item_id=item.id, reason=WHY, by=other)
        commands.decide_item(item_id=item.id, outcome="namesake", reason=WHY, by=other)
    read = item.closed_at.isoformat().replace("+", "%2B")
    answer = client.post(f"{address}?vu={read}", {"reason": WHY}, follow=True)
    assert "une autre décision a été prise" in answer.text
    item.refresh_from_db()
    assert item.outcome == "namesake"


def test_a_note_sent_twice_is_there_once(as_actor, me):
    receive(), receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    with as_actor(me):
        for _ in range(2):
            commands.note_item(item_id=item.id, text="Appelé ce matin", by=me)
    assert ItemAct.objects.filter(kind="noted").count() == 1
