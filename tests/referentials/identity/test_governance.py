"""The governance of identity: charter, audits, action plans, adverse events; who reads what, and what is undone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from enrs.core.access.commands import AccessRefusedError
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.notifications.registry import KINDS
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands
from enrs.referentials.identity.models import (
    CharterSigning,
    GovernanceAct,
    IdentityCharter,
    IdentityContact,
    IdentityIncident,
    IdentitySource,
    SourceAction,
    SourceAudit,
    SourceDay,
    WorkItem,
)
from enrs.referentials.identity.queries import governance as queries_governance
from enrs.referentials.identity.queries import incidents as queries_incidents
from tests.factories import GrantFactory
from tests.referentials.identity.factories import CLINIC, HOSPITAL, actor_in, receive, user_of

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()
TOLD = {
    "kind": "misfiled", "gravity": "major", "happened": "Compte rendu de M. DURAND classé chez un autre.",
    "discovered_on": TODAY, "person_told": "later",
}  # fmt: skip


def officer(name="Camille Roche"):
    return actor_in("identity_officer", name)


def source(system=CLINIC, name="Clinique du Parc"):
    return IdentitySource.objects.get_or_create(system=system, defaults={"name": name})[0]


def contact(of, name="Paul Imbert", user_id=None):
    return IdentityContact.objects.create(
        source=of, name=name, user_id=user_id, added_at=datetime.now(UTC)
    )


def team(of):
    """Somebody of a source's team, with an account."""
    one = actor_in("secretary", "Rose Diallo")
    contact(of, one.name, one.user_id)
    return one


def published(as_actor, by, version="2026-1"):
    with as_actor(by):
        return commands.publish_charter(version=version, text="Chacun vérifie.", by=by)


# --- the charter ---------------------------------------------------------------------------------


def test_who_has_not_signed_the_charter_shows_and_a_mistake_is_cancelled(as_actor, client):
    me, parc, brie = officer(), source(), source(HOSPITAL, "CH de Brie")
    charter = published(as_actor, me)
    values = {
        "source_id": parc.id, "charter_id": charter.id, "signed_on": TODAY, "signed_by": "La directrice",
    }  # fmt: skip
    with as_actor(me):
        signing = commands.sign_charter(**values, by=me)
        with pytest.raises(commands.AlreadyThereError):
            commands.sign_charter(**values, by=me)
        rows = queries_governance.signatories(charter)
    assert rows == [(brie, None), (parc, signing)]
    client.force_login(user_of(me))
    page = client.get(reverse("identity:charter")).text
    assert page.index("CH de Brie") < page.index("Clinique du Parc")
    assert "1 source sur 2" in page.replace("\u00a0", " ")
    client.post(reverse("identity:signing_cancel", args=[signing.id]), {"reason": "Autre source"})
    signing.refresh_from_db()
    assert (signing.cancelled_by, signing.cancel_reason) == ("Camille Roche", "Autre source")
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.cancel_signing(signing_id=signing.id, reason="Encore", by=me)
    with as_actor(me):
        assert commands.sign_charter(**values, by=me).id != signing.id


def test_a_version_is_published_once_and_the_newest_is_in_force(as_actor, client):
    me, parc = officer(), source()
    published(as_actor, me)
    client.force_login(user_of(me))
    again = client.post(
        reverse("identity:charter_new"), {"version": "2026-1", "text": "Autre texte"}
    )
    assert again.status_code == 422
    assert "déjà publiée" in again.text
    client.post(reverse("identity:charter_new"), {"version": "2026-2", "text": "Chacun relit."})
    assert queries_governance.charter().version == "2026-2"
    old = IdentityCharter.objects.get(version="2026-1")
    assert "Remplacée" in client.get(reverse("identity:charter"), {"version": old.id}).text
    assert "n’a pas signé" in client.get(reverse("identity:follow_up", args=[parc.id])).text


def test_the_page_records_a_signature(client, as_actor):
    me, parc = officer(), source()
    charter = published(as_actor, me)
    client.force_login(user_of(me))
    address = reverse("identity:charter_sign", args=[parc.id])
    given = {"charter_id": str(charter.id), "signed_on": TODAY.isoformat(), "signed_by": "Le DIM"}
    late = given | {"signed_on": (TODAY + timedelta(days=2)).isoformat()}
    assert client.post(address, late).status_code == 422
    client.post(address, given)
    assert CharterSigning.objects.get().signed_by == "Le DIM"


# --- audits --------------------------------------------------------------------------------------


def audited(as_actor, by, of):
    SourceDay.objects.create(
        system=of.system, day=TODAY - timedelta(days=3), identities=200, qualified=150, doubtful=2,
        missing={"birth_place_code": 20},
    )  # fmt: skip
    with as_actor(by):
        return commands.record_audit(
            source_id=of.id, held_on=TODAY - timedelta(days=1), auditors="Camille Roche",
            conclusions="Former l’accueil.", findings={"qualified": "Scanner absent", "x": "?"}, by=by,
        )  # fmt: skip


def test_an_audit_keeps_the_figures_of_its_day(as_actor, client):
    me, parc = officer(), source()
    found = audited(as_actor, me, parc)
    SourceDay.objects.create(system=parc.system, day=TODAY, identities=200, qualified=199)
    found.refresh_from_db()
    assert (found.figures["qualified"], found.figures["without_birth_place"]) == (75.0, 10.0)
    assert found.figures_day == TODAY - timedelta(days=3)
    assert found.findings == {"qualified": "Scanner absent"}
    client.force_login(user_of(me))
    page = client.get(reverse("identity:audit", args=[found.id])).text
    assert "Scanner absent" in page
    assert "75" in page
    client.post(reverse("identity:audit_cancel", args=[found.id]), {"reason": "Autre structure"})
    assert "Audit annulé" in client.get(reverse("identity:audit", args=[found.id])).text


def test_an_audit_of_a_source_never_counted_has_no_figures(as_actor, client):
    me, parc = officer(), source()
    client.force_login(user_of(me))
    address = reverse("identity:audit_new", args=[parc.id])
    assert client.post(address, {"held_on": TODAY.isoformat()}).status_code == 422
    given = {"held_on": TODAY.isoformat(), "auditors": "C. Roche", "conclusions": "Rien à dire.",
             "of_duplicates": "Deux accueils"}  # fmt: skip
    client.post(address, given)
    found = SourceAudit.objects.get()
    assert (found.figures, found.findings) == ({}, {"duplicates": "Deux accueils"})


# --- actions -------------------------------------------------------------------------------------


def action(as_actor, by, of, owner, *, due=10, **more):
    with as_actor(by):
        return commands.open_action(
            source_id=of.id, title="Former l’accueil", owner_id=owner.id,
            due_on=TODAY + timedelta(days=due), by=by, **more,
        )  # fmt: skip


def test_an_action_is_done_by_the_source_with_a_proof_and_taken_back_by_the_unit(as_actor, client):
    me, parc = officer(), source()
    referent = team(parc)
    found = audited(as_actor, me, parc)
    made = action(as_actor, me, parc, parc.contacts.get(), due=-1, audit_id=found.id)
    client.force_login(user_of(referent))
    assert "En retard" in client.get(reverse("identity:actions")).text
    page = client.get(reverse("identity:action", args=[made.id])).text
    assert "Abandonner" not in page
    address = reverse("identity:action_settle", args=[made.id])
    assert client.post(address, {"proof": ""}).status_code == 422
    assert client.post(address, {"proof": "On renonce", "act": "drop"}).status_code == 404
    client.post(address, {"proof": "Douze agents formés", "act": "done"})
    made.refresh_from_db()
    assert (made.state, made.proof, made.settled_by) == (
        "done",
        "Douze agents formés",
        "Rose Diallo",
    )
    client.force_login(user_of(me))
    client.post(reverse("identity:action_reopen", args=[made.id]), {"reason": "Feuille absente"})
    made.refresh_from_db()
    assert (made.state, made.proof) == ("open", "")
    history = client.get(reverse("identity:action", args=[made.id])).text
    assert "Douze agents formés" in history
    assert "Feuille absente" in history


def test_an_action_belongs_to_somebody_of_the_source(as_actor, client):
    me, parc, brie = officer(), source(), source(HOSPITAL, "CH de Brie")
    stranger = contact(brie)
    with pytest.raises(IdentityContact.DoesNotExist):
        action(as_actor, me, parc, stranger)
    client.force_login(user_of(me))
    page = client.get(reverse("identity:action_new", args=[parc.id])).text
    assert "Personne à qui la confier" in page


def test_the_most_overdue_actions_come_first_page_by_page(as_actor, client):
    me, parc = officer(), source()
    owner = contact(parc)
    for due in range(30):
        action(as_actor, me, parc, owner, due=due - 5)
    seen, after = [], None
    with as_actor(me):
        while page := queries_governance.actions(after=after, limit=7):
            seen += page
            after = (page[-1].due_on, page[-1].id)
    assert len(seen) == 30
    assert seen == sorted(seen, key=lambda one: (one.due_on, one.id))
    client.force_login(user_of(me))
    assert "Afficher la suite" in client.get(reverse("identity:actions")).text


@pytest.mark.parametrize("count", [1, 50])
def test_the_cost_of_the_lists_does_not_grow(
    client, as_actor, django_assert_max_num_queries, count
):
    me, parc = officer(), source()
    owner = contact(parc)
    SourceAction.objects.bulk_create(
        SourceAction(source=parc, title="Former", owner=owner, due_on=TODAY, opened_at=datetime.now(UTC))
        for _ in range(count)
    )  # fmt: skip
    IdentityIncident.objects.bulk_create(
        IdentityIncident(**TOLD, declared_by_id=me.user_id, declared_at=datetime.now(UTC))
        for _ in range(count)
    )
    client.force_login(user_of(me))
    for name in ("identity:actions", "identity:incidents"):
        with django_assert_max_num_queries(22):
            assert client.get(reverse(name)).status_code == 200


# --- adverse events ------------------------------------------------------------------------------


def declared(as_actor, by, **more):
    with as_actor(by):
        return commands.declare_incident(**TOLD | more, by=by)


def test_a_professional_declares_from_the_patient_s_page_and_reads_their_own_alone(client):
    one = receive()
    doctor, other = actor_in("physician", "Inès Caron"), actor_in("nurse", "Luc Petit")
    GrantFactory(patient_id=one.patient_id, grantee_id=doctor.grantee_id)
    client.force_login(user_of(doctor))
    sheet = client.get(reverse("identity:sheet", args=[one.patient_id])).text
    address = reverse("identity:declare_of", args=[one.patient_id])
    assert address in sheet
    assert client.post(address, {"kind": "duplicate"}).status_code == 422
    given = TOLD | {"discovered_on": TODAY.isoformat(), "consequences": "Traitement retardé"}
    client.post(address, given)
    found = IdentityIncident.objects.get()
    assert (found.patient_id, found.declared_by, found.state) == (one.patient_id, "Inès Caron", "declared")  # fmt: skip
    page = reverse("identity:incident", args=[found.id])
    assert "Traitement retardé" in client.get(page).text
    assert "Document classé" in client.get(reverse("identity:incidents")).text
    client.force_login(user_of(other))
    assert client.get(page).status_code == 404
    assert "Aucun événement" in client.get(reverse("identity:incidents")).text
    assert client.post(address, given).status_code == 404


def test_from_the_search_page_nobody_s_record_is_named(client):
    client.force_login(user_of(actor_in("nurse")))
    assert reverse("identity:declare") in client.get(reverse("identity:search")).text
    client.post(reverse("identity:declare"), TOLD | {"discovered_on": TODAY.isoformat()})
    assert IdentityIncident.objects.get().patient_id is None


def test_the_unit_qualifies_links_closes_and_takes_back(client, as_actor):
    first = receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    item, parc, me = WorkItem.objects.get(), source(), officer()
    found = declared(as_actor, actor_in("nurse"), patient_id=None)
    client.force_login(user_of(me))
    page = reverse("identity:incident", args=[found.id])
    assert "Qualifier" in client.get(page).text
    closing = {"close-causes": "Deux homonymes", "close-actions": "Alerte posée"}
    early = client.post(reverse("identity:incident_close", args=[found.id]), closing, follow=True)
    assert "Un collègue est passé" in early.text
    address = reverse("identity:incident_qualify", args=[found.id])
    given = {"qualify-kind": "overlay", "qualify-gravity": "minor", "qualify-source_id": str(parc.id),
             "qualify-numbers": f"{first.value}, zz9"}  # fmt: skip
    assert "zz9" in client.post(address, given).text
    client.post(address, given | {"qualify-numbers": first.value})
    found.refresh_from_db()
    assert (found.state, found.kind, found.source_id) == ("qualified", "overlay", parc.id)
    assert found.identity_ids == [first.id]
    client.post(address, given | {"qualify-numbers": first.value, "qualify-item_id": str(item.id)})
    found.refresh_from_db()
    assert found.item_id == item.id
    assert page in client.get(reverse("identity:work_item", args=[item.id])).text
    client.post(reverse("identity:incident_close", args=[found.id]), closing)
    found.refresh_from_db()
    assert (found.state, found.causes, found.closed_by) == (
        "closed",
        "Deux homonymes",
        "Camille Roche",
    )
    with as_actor(me), pytest.raises(StaleSaveError):
        commands.qualify_incident(incident_id=found.id, kind="other", gravity="minor", by=me)
    client.post(reverse("identity:incident_reopen", args=[found.id]), {"reason": "Fait nouveau"})
    found.refresh_from_db()
    assert (found.state, found.causes) == ("qualified", "Deux homonymes")
    kinds = GovernanceAct.objects.filter(about_id=found.id).order_by("at", "id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "declared", "qualified", "qualified", "closed", "reopened",
    ]  # fmt: skip


def test_an_event_opens_an_action_of_its_source(client, as_actor):
    me, parc = officer(), source()
    owner = contact(parc)
    found = declared(as_actor, actor_in("nurse"))
    with as_actor(me):
        commands.qualify_incident(
            incident_id=found.id, kind="duplicate", gravity="minor", source_id=parc.id, by=me
        )
    client.force_login(user_of(me))
    address = reverse("identity:action_new", args=[parc.id]) + f"?evenement={found.id}"
    client.post(
        address,
        {"title": "Revoir l’accueil", "owner_id": str(owner.id), "due_on": TODAY.isoformat()},
    )
    assert SourceAction.objects.get().incident_id == found.id
    assert "Revoir l’accueil" in client.get(reverse("identity:incident", args=[found.id])).text


def test_figures_and_file_tell_no_text(client, as_actor):
    me, parc = officer(), source()
    found = declared(as_actor, actor_in("nurse"))
    declared(as_actor, actor_in("nurse"), discovered_on=date(2020, 1, 1))
    with as_actor(me):
        commands.qualify_incident(
            incident_id=found.id, kind="misfiled", gravity="major", source_id=parc.id, by=me
        )
        counted = queries_incidents.counts(TODAY - timedelta(days=360))
    assert [(one.kind, one.source, one.count) for one in counted] == [
        ("misfiled", "Clinique du Parc", 1)
    ]
    client.force_login(user_of(me))
    page = client.get(reverse("identity:incident_figures")).text
    assert "Clinique du Parc" in page
    file = client.get(reverse("identity:incidents_csv"), {"etat": "qualified"}).text
    assert len(file.strip().splitlines()) == 2
    assert "Clinique du Parc" in file
    assert "DURAND" not in file + page


def test_what_is_told_of_an_event_names_nobody(as_actor):
    me, nurse = officer(), actor_in("nurse")
    found = declared(as_actor, nurse)
    one = Event.objects.get(kind="identity.incident.declared")
    event = OutboxEvent(one.id, 0, 0, one.at, one.kind, one.patient_id, one.topics, one.payload)
    assert event.payload == {"kind": "identity_incident", "ids": [str(found.id)]}
    for kind, user in (("declared", me.user_id), ("closed", nurse.user_id)):
        told = KINDS[f"identity.incident.{kind}"].tell(event)
        assert user in told.users
        assert "DURAND" not in str(told.details)


# --- who is let in -------------------------------------------------------------------------------


def test_a_team_reads_its_own_source_alone_and_no_event(as_actor, client):
    me, parc, brie = officer(), source(), source(HOSPITAL, "CH de Brie")
    published(as_actor, me)
    referent = team(parc)
    hers, other = audited(as_actor, me, parc), audited(as_actor, me, brie)
    action(as_actor, me, brie, contact(brie))
    event = declared(as_actor, actor_in("nurse"))
    client.force_login(user_of(referent))
    assert client.get(reverse("identity:audit", args=[hers.id])).status_code == 200
    assert client.get(reverse("identity:follow_up", args=[parc.id])).status_code == 200
    charter = client.get(reverse("identity:charter")).text
    assert "Chacun vérifie" in charter
    assert "CH de Brie" not in charter
    closed = [
        reverse("identity:audit", args=[other.id]), reverse("identity:follow_up", args=[brie.id]),
        reverse("identity:incident", args=[event.id]), reverse("identity:incident_figures"),
        reverse("identity:incidents_csv"), reverse("identity:audit_new", args=[parc.id]),
        reverse("identity:action_new", args=[parc.id]),
    ]  # fmt: skip
    assert {client.get(page).status_code for page in closed} == {404}
    assert "Former l’accueil" not in client.get(reverse("identity:actions")).text


@pytest.mark.parametrize("role", ["nurse", "operator"])
def test_who_answers_for_no_source_sees_nothing_of_the_governance(client, role):
    source()
    client.force_login(user_of(actor_in(role)))
    pages = [reverse("identity:charter"), reverse("identity:actions")]
    assert {client.get(page).status_code for page in pages} == {404}


def test_an_event_of_a_closed_record_is_refused(as_actor):
    one, nurse = receive(), actor_in("nurse")
    with pytest.raises(AccessRefusedError):
        declared(as_actor, nurse, patient_id=one.patient_id)
    assert not IdentityIncident.objects.exists()


def test_an_erased_record_takes_its_events_and_leaves_the_actions(as_actor):
    me, parc = officer(), source()
    made = action(as_actor, me, parc, contact(parc), incident_id=uuid7())
    assert SourceAction.objects.get() == made
