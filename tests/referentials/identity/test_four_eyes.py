"""Where the region wants two people on qualified identities: none of the desk's acts is done by one alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, queries, rules
from enrs.referentials.identity.commands.quarantine import quarantine
from enrs.referentials.identity.models import (
    IdentityProposal,
    IdentityQuarantine,
    ItemAct,
    SourceIdentity,
    WorkItem,
)
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    actor_in,
    fictional_ins,
    receive,
    user_of,
)
from tests.referentials.identity.test_overlays import JEANNE

pytestmark = pytest.mark.django_db
WHY = "Pièce vue au guichet"


@pytest.fixture(autouse=True)
def two_people(settings):
    settings.REGION = replace(settings.REGION, identity_four_eyes=True)


@pytest.fixture
def me():
    return actor_in("identity_officer")


@pytest.fixture
def other():
    return actor_in("identity_officer", "Nadia Vidal")


def settle(as_actor, item, by, *, is_confirmed=True):
    with as_actor(by):
        people = queries.identities_of_items([item.id]).get(item.id, [])
        commands.settle_proposal(
            item_id=item.id, is_confirmed=is_confirmed, reason="Vérifié aussi", by=by, identities=people
        )  # fmt: skip


def proposed(item):
    """What the page of an item names of its proposal."""
    return str(IdentityProposal.objects.get(item=item, settled_at=None).id)


def now(identity):
    return SourceIdentity.objects.get(pk=identity.pk)


# --- quarantine ----------------------------------------------------------------------------------


def kept(traits=JEANNE, told_at=None):
    known = receive()
    settled = rules.settle(traits, mode=django_settings.MODE)
    return known, quarantine(known, settled, told_at or datetime.now(UTC), "CH de Brie")


@pytest.mark.parametrize(
    ("command", "name", "outcome"),
    [("apply_quarantined", "LEFEBVRE", "corrected"), ("refuse_quarantined", "NDIAYE", "refused")],
)
def test_traits_in_quarantine_are_judged_by_two(as_actor, command, name, outcome):
    me, other = actor_in("identity_officer"), actor_in("identity_officer", "Nadia Vidal")
    known, _ = kept()
    item = WorkItem.objects.get()
    with as_actor(me):
        assert getattr(commands, command)(item_id=item.id, reason=WHY, by=me) == "proposed"
    assert now(known).birth_name == "NDIAYE"
    assert IdentityQuarantine.objects.get().state == "waiting"
    with pytest.raises(AccessRefusedError):
        settle(as_actor, item, me)
    with as_actor(other), pytest.raises(StaleSaveError):
        commands.apply_quarantined(item_id=item.id, reason=WHY, by=other)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert (now(known).birth_name, item.outcome) == (name, outcome)
    assert "proposé par Camille Roche" in item.closed_reason


def test_a_newer_message_takes_the_proposal_back(as_actor, me, other):
    known, _ = kept()
    item = WorkItem.objects.get()
    with as_actor(me):
        commands.apply_quarantined(item_id=item.id, reason=WHY, by=me)
    kept(replace(JEANNE, city="Provins"), datetime.now(UTC) + timedelta(minutes=1))
    assert not IdentityProposal.objects.filter(settled_at=None).exists()
    assert ItemAct.objects.filter(kind="refused", by__startswith="Un message").exists()
    with pytest.raises(IdentityProposal.DoesNotExist):
        settle(as_actor, item, other)
    assert now(known).birth_name == "NDIAYE"


def test_the_page_of_a_quarantine_proposes(client, me, other):
    known, _ = kept()
    item = WorkItem.objects.get()
    page = reverse("identity:work_item", args=[item.id])
    client.force_login(user_of(me))
    assert "un collègue devra confirmer" in client.get(page).text
    given = {"act": "apply", "reason": WHY, "seen": IdentityQuarantine.objects.get().digest}
    answer = client.post(reverse("identity:work_quarantine", args=[item.id]), given, follow=True)
    assert "attend un collègue" in answer.text
    assert "1 proposition" in client.get(reverse("identity:work_list")).text.replace("\u00a0", " ")
    client.force_login(user_of(other))
    assert "corriger ses traits" in client.get(reverse("identity:proposals")).text
    assert "Qui est-ce" not in client.get(page).text
    given = {"act": "confirm", "settle-reason": WHY, "proposal": proposed(item)}
    client.post(reverse("identity:work_settle", args=[item.id]), given)
    assert now(known).birth_name == "LEFEBVRE"
    assert "Rien à confirmer" in client.get(reverse("identity:proposals")).text


def test_one_takes_back_one_s_own_proposal_and_nobody_else_s(client, as_actor, me, other):
    kept()
    item = WorkItem.objects.get()
    with as_actor(me):
        commands.apply_quarantined(item_id=item.id, reason=WHY, by=me)
    with as_actor(other), pytest.raises(AccessRefusedError):
        commands.withdraw_proposal(item_id=item.id, reason=WHY, by=other)
    client.force_login(user_of(me))
    page = reverse("identity:work_item", args=[item.id])
    assert "Retirer ma proposition" in client.get(page).text
    given = {"reason": "Mal lu la pièce", "proposal": proposed(item)}
    client.post(reverse("identity:work_withdraw", args=[item.id]), given)
    shown = client.get(page).text
    assert "a retiré sa proposition" in shown
    assert "Qui est-ce" in shown
    assert not IdentityProposal.objects.filter(is_confirmed=True).exists()
    with as_actor(other):
        assert commands.refuse_quarantined(item_id=item.id, reason=WHY, by=other) == "proposed"


# --- parting and rejoining -----------------------------------------------------------------------


def linked():
    return receive(), receive("A9", CLINIC)


def part(as_actor, identity, patient_id, by):
    with as_actor(by):
        return commands.part_identity(
            identity_id=identity.id, patient_id=patient_id, reason=WHY, by=by
        )


def test_an_identity_is_parted_and_put_back_by_two(as_actor, me, other):
    first, second = linked()
    assert part(as_actor, second, first.patient_id, me) is None
    assert now(second).patient_id == first.patient_id
    item = WorkItem.objects.get(kind="parting")
    with pytest.raises(StaleSaveError):
        part(as_actor, second, first.patient_id, other)
    with pytest.raises(AccessRefusedError):
        settle(as_actor, item, me)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert item.outcome == "parted"
    assert now(second).patient_id != first.patient_id
    with as_actor(me):
        assert commands.rejoin_identity(identity_id=second.id, reason=WHY, by=me) is None
    assert now(second).patient_id != first.patient_id
    settle(as_actor, WorkItem.objects.get(kind="rejoining"), other)
    assert now(second).patient_id == first.patient_id


def test_a_refused_parting_leaves_the_list_and_everything_as_it_was(as_actor, me, other):
    first, second = linked()
    part(as_actor, second, first.patient_id, me)
    item = WorkItem.objects.get(kind="parting")
    settle(as_actor, item, other, is_confirmed=False)
    item.refresh_from_db()
    assert (item.outcome, now(second).patient_id) == ("withdrawn", first.patient_id)
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.undo_decision(item_id=item.id, reason=WHY, by=me)
    assert part(as_actor, second, first.patient_id, me) is None


def test_a_parting_by_two_is_undone_by_two(as_actor, me, other):
    first, second = linked()
    part(as_actor, second, first.patient_id, me)
    item = WorkItem.objects.get(kind="parting")
    settle(as_actor, item, other)
    with as_actor(other):
        assert commands.undo_decision(item_id=item.id, reason=WHY, by=other) == "proposed"
    assert now(second).patient_id != first.patient_id
    settle(as_actor, item, me)
    item.refresh_from_db()
    assert (item.outcome, now(second).patient_id) == ("withdrawn", first.patient_id)


def test_the_patient_s_page_says_what_is_proposed(client, me, other):
    first, second = linked()
    page = reverse("identity:unit_patient", args=[first.patient_id])
    client.force_login(user_of(me))
    answer = client.post(
        reverse("identity:unit_part", args=[first.patient_id, second.id]), {"reason": WHY}, follow=True
    )  # fmt: skip
    assert "attend un collègue" in answer.text
    assert "un collègue doit la confirmer" in client.get(page).text
    again = client.post(
        reverse("identity:unit_part", args=[first.patient_id, second.id]), {"reason": WHY}, follow=True
    )  # fmt: skip
    assert "déjà proposée" in again.text
    client.force_login(user_of(other))
    item = WorkItem.objects.get(kind="parting")
    shown = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "Séparer l’identité de ce dossier" in shown
    assert "Même personne</b>" not in shown


def test_identities_that_are_not_qualified_are_parted_by_one(as_actor, me):
    first = receive(status="validated", ins="", ins_oid="")
    second = receive("A9", CLINIC, status="validated", ins="", ins_oid="")
    SourceIdentity.objects.filter(pk=second.pk).update(patient_id=first.patient_id)
    apart = part(as_actor, second, first.patient_id, me)
    assert apart is not None
    assert not IdentityProposal.objects.exists()


# --- undoing -------------------------------------------------------------------------------------


def decided(as_actor, me, other):
    receive(), receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    with as_actor(me):
        # Naming nobody does not make one person enough.
        assert (
            commands.decide_item(item_id=item.id, outcome="linked", reason=WHY, by=me) == "proposed"
        )
    settle(as_actor, item, other)
    return item


def test_a_decision_is_undone_by_two(as_actor, me, other):
    item = decided(as_actor, me, other)
    with as_actor(me):
        assert commands.undo_decision(item_id=item.id, reason=WHY, by=me) == "proposed"
    item.refresh_from_db()
    assert item.outcome == "linked"
    with pytest.raises(AccessRefusedError):
        settle(as_actor, item, me)
    settle(as_actor, item, other, is_confirmed=False)
    item.refresh_from_db()
    assert item.outcome == "linked"
    with as_actor(me):
        commands.undo_decision(item_id=item.id, reason=WHY, by=me)
    settle(as_actor, item, other)
    item.refresh_from_db()
    assert (item.closed_at, item.outcome) == (None, "")
    assert ItemAct.objects.filter(kind="undone", outcome="linked").count() == 1


def test_what_two_decided_one_does_not_undo_though_nobody_is_qualified_any_more(as_actor, me, other):  # fmt: skip
    item = decided(as_actor, me, other)
    SourceIdentity.objects.update(status="validated")
    with as_actor(me):
        assert commands.undo_decision(item_id=item.id, reason=WHY, by=me) == "proposed"


def test_the_page_of_a_closed_item_shows_that_its_undoing_is_proposed(client, as_actor, me, other):
    item = decided(as_actor, me, other)
    client.force_login(user_of(me))
    page = reverse("identity:work_item", args=[item.id])
    client.post(reverse("identity:work_undo", args=[item.id]), {"reason": WHY})
    shown = client.get(page).text
    assert "Défaire la décision" in shown
    assert "Défaire cette décision" not in shown
    client.force_login(user_of(other))
    assert "Confirmer" in client.get(page).text


def test_a_correction_by_two_is_undone_by_two(as_actor, me, other):
    known, _ = kept()
    item = WorkItem.objects.get()
    with as_actor(me):
        commands.apply_quarantined(item_id=item.id, reason=WHY, by=me)
    settle(as_actor, item, other)
    with as_actor(me):
        assert commands.undo_decision(item_id=item.id, reason=WHY, by=me) == "proposed"
    assert now(known).birth_name == "LEFEBVRE"
    settle(as_actor, item, other)
    assert now(known).birth_name == AWA.birth_name


# --- everybody counts ----------------------------------------------------------------------------


def beside_qualified():
    """Two provisional identities that look alike, each in a patient whom a qualified one is of too."""
    plain = {"ins": "", "ins_oid": "", "status": "provisional"}
    first, second = receive("1", **plain), receive("2", CLINIC, birth_date="1948-12-03", **plain)
    for rank, one in enumerate((first, second), 1):
        other = receive(f"Q{rank}", **JEANNE_AND_INES[rank - 1])
        SourceIdentity.objects.filter(pk=other.pk).update(patient_id=one.patient_id)
    return WorkItem.objects.create(
        kind="possible_duplicate", identity_ids=[first.id, second.id], key=f"k{first.id}",
        patient_ids=[first.patient_id, second.patient_id], opened_at=datetime.now(UTC),
    )  # fmt: skip


JEANNE_AND_INES = (
    {"birth_name": "LEFEBVRE", "birth_date": "1961-07-30", "ins": JEANNE.ins},
    {"birth_name": "CARON", "birth_date": "1975-01-09", "ins": fictional_ins(8, "27501")},
)


@pytest.mark.parametrize("outcome", ["linked", "kept_apart"])
def test_who_is_qualified_beside_the_identities_of_an_item_counts(as_actor, client, me, outcome):
    item = beside_qualified()
    client.force_login(user_of(me))
    shown = client.get(reverse("identity:work_item", args=[item.id])).text
    assert "un collègue devra confirmer" in shown
    with as_actor(me):
        people = queries.identities_of_items([item.id])[item.id]
        assert [one.status for one in people] == ["provisional", "provisional"]
        answer = commands.decide_item(
            item_id=item.id, outcome=outcome, reason=WHY, by=me, identities=people
        )
    assert answer == "proposed"


def test_a_decision_of_one_is_undone_by_two_once_a_patient_of_it_is_qualified(as_actor, me):
    item = beside_qualified()
    WorkItem.objects.filter(pk=item.pk).update(
        closed_at=datetime.now(UTC), closed_by="X", closed_reason=WHY, outcome="kept_apart"
    )
    with as_actor(me):
        assert commands.undo_decision(item_id=item.id, reason=WHY, by=me) == "proposed"
