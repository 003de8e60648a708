"""The governance of identity seen from a source's team, and by who is of the unit in another position."""

from dataclasses import replace

import pytest
from django.urls import reverse

from enrs.core.accounts.models import Position
from enrs.referentials.identity import commands
from enrs.referentials.identity.models import (
    IdentityContact,
    IdentityIncident,
    IdentityQuestion,
    SourceAction,
    SourceAudit,
    WorkItem,
)
from enrs.referentials.identity.queries import governance as queries_governance
from enrs.referentials.identity.queries import incidents as queries_incidents
from enrs.referentials.identity.queries import quality as queries_quality
from tests.referentials.identity.factories import CLINIC, HOSPITAL, actor_in, receive, user_of
from tests.referentials.identity.test_governance import (
    TODAY,
    action,
    audited,
    contact,
    declared,
    officer,
    published,
    source,
    team,
)

pytestmark = pytest.mark.django_db


def test_a_team_sees_and_settles_the_actions_of_its_colleagues(as_actor, client):
    me, parc = officer(), source()
    referent = team(parc)
    colleague = contact(parc, "Paul Imbert")
    IdentityContact.objects.filter(pk=colleague.pk).update(duty="Chef de bureau")
    found = audited(as_actor, me, parc)
    made = action(as_actor, me, parc, colleague, audit_id=found.id)
    client.force_login(user_of(referent))
    pages = [
        reverse("identity:actions"), reverse("identity:follow_up", args=[parc.id]),
        reverse("identity:audit", args=[found.id]), reverse("identity:action", args=[made.id]),
    ]  # fmt: skip
    for page in pages:
        assert "Paul Imbert, Chef de bureau" in client.get(page).text
    client.post(reverse("identity:action_settle", args=[made.id]), {"proof": "Douze agents formés"})
    made.refresh_from_db()
    assert (made.state, made.settled_by) == ("done", "Rose Diallo")


def test_an_action_keeps_the_name_of_who_left_the_team(as_actor):
    me, parc = officer(), source()
    owner = contact(parc, "Paul Imbert")
    made = action(as_actor, me, parc, owner)
    with as_actor(me):
        commands.end_contact(contact_id=owner.id, by=me)
        again = commands.end_contact(contact_id=owner.id, by=me)
        assert queries_governance.action(made.id).owner_words == "Paul Imbert"
    owner.refresh_from_db()
    assert again.until == owner.until


@pytest.fixture
def two_posts():
    """Somebody of the unit who acts as a nurse."""
    nurse = actor_in("nurse", "Luc Petit")
    Position.objects.create(user=user_of(nurse), label="x", role="identity_officer")
    return nurse


def test_in_another_position_one_reads_one_s_own_events_alone(as_actor, two_posts):
    other = declared(as_actor, actor_in("nurse"))
    own = declared(as_actor, two_posts)
    with as_actor(two_posts):
        assert queries_incidents.incidents() == [own]
        assert list(queries_incidents.every_incident()) == [own]
        assert queries_incidents.incident(other.id) is None
        assert queries_incidents.incident(own.id) == own
    with as_actor(replace(two_posts, role="identity_officer")):
        assert len(queries_incidents.incidents()) == 2


def test_in_another_position_one_reads_one_s_own_source_alone(as_actor, two_posts):
    me, parc, brie = officer(), source(), source(HOSPITAL, "CH de Brie")
    charter = published(as_actor, me)
    contact(parc, two_posts.name, two_posts.user_id)
    kept = action(as_actor, me, parc, contact(parc))
    hidden = action(as_actor, me, brie, contact(brie))
    audit = audited(as_actor, me, brie)
    with as_actor(two_posts):
        assert queries_governance.signatories(charter) == [(parc, None)]
        assert queries_governance.actions() == [kept]
        assert queries_governance.action(hidden.id) is None
        assert queries_governance.audit(audit.id) is None
        assert queries_governance.actions_from(audit_id=audit.id) == []
        assert queries_governance.steps_of([audit.id]) == []
        assert queries_quality.source(brie.id) is None
        assert [one for one, _ in queries_quality.sources()] == [parc]
    with as_actor(replace(two_posts, role="identity_officer")):
        assert len(queries_governance.actions()) == 2


def test_in_another_position_one_reads_the_questions_of_one_s_own_source(client, as_actor, two_posts):  # fmt: skip
    receive(), receive("A9", CLINIC, birth_date="1948-12-03")
    item, me = WorkItem.objects.get(), officer()
    contact(source(), two_posts.name, two_posts.user_id)
    with as_actor(me):
        for system in (CLINIC, HOSPITAL):
            commands.ask_source(item_id=item.id, system=system, text="Quelle date ?", by=me)
    client.force_login(user_of(two_posts))
    seen = {
        one.system: client.get(reverse("identity:question", args=[one.id])).status_code
        for one in IdentityQuestion.objects.all()
    }
    assert seen == {CLINIC: 200, HOSPITAL: 404}


def test_an_event_is_not_qualified_over_a_colleague_s_word(client, as_actor):
    me, found = officer(), declared(as_actor, actor_in("nurse"))
    client.force_login(user_of(me))
    page = client.get(reverse("identity:incident", args=[found.id])).text
    with as_actor(me):
        step = str(queries_governance.steps_of([found.id])[0].id)
    assert f'name="step" value="{step}"' in page
    address = reverse("identity:incident_qualify", args=[found.id])
    given = {"qualify-kind": "overlay", "qualify-gravity": "minor", "step": step}
    client.post(address, given)
    late = client.post(address, given | {"qualify-kind": "other"}, follow=True)
    assert "Un collègue est passé" in late.text
    closing = {"close-causes": "Deux homonymes", "close-actions": "", "step": step}
    client.post(reverse("identity:incident_close", args=[found.id]), closing)
    found.refresh_from_db()
    assert (found.kind, found.state) == ("overlay", "qualified")


def test_what_is_sent_twice_is_written_once(as_actor):
    me, parc, nurse = officer(), source(), actor_in("nurse")
    owner = contact(parc)
    for _ in range(2):
        action(as_actor, me, parc, owner)
        declared(as_actor, nurse)
        with as_actor(me):
            commands.record_audit(
                source_id=parc.id, held_on=TODAY, auditors="C. Roche", conclusions="Rien à dire.", by=me
            )  # fmt: skip
            commands.add_contact(source_id=parc.id, name="Rose Diallo", by=me)
    assert (SourceAction.objects.count(), SourceAudit.objects.count()) == (1, 1)
    assert IdentityIncident.objects.count() == 1
    assert IdentityContact.objects.filter(name="Rose Diallo").count() == 1
    declared(as_actor, nurse, happened="Un autre compte rendu, chez un autre.")
    assert IdentityIncident.objects.count() == 2
