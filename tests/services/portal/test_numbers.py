"""From the local register to RPPS+: what is proposed, to whom, who decides, and what follows."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Denial, Grant
from enrs.core.accounts.models import User
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.notifications.models import Notice
from enrs.core.threads.models import Membership, Thread
from enrs.referentials.circles.models import Opposition
from enrs.services.portal import commands
from enrs.services.portal.models import LocalPerson, NumberMatch
from tests.factories import GrantFactory, PatientFactory, actor
from tests.services.portal import factories

pytestmark = pytest.mark.django_db
SOCIAL = {
    "profession_code": "", "function_code": "social_worker",
    "profession_label": "Assistant de service social",
}  # fmt: skip


@pytest.fixture(autouse=True)
def empty_counts():
    cache.clear()


@pytest.fixture
def place():
    return factories.hospital()


@pytest.fixture
def head(place):
    return factories.referent(place)


@pytest.fixture
def person(place, head):
    with acting(actor(head)):
        made, _ = commands.register_local(
            organisation_id=place.id, given="Nawel", family="Haddad-Légaré",
            function_code="social_worker", proof="CNI",
        )  # fmt: skip
    return made


def account(person, login="n.haddad"):
    """The account that the local person opened."""
    return User.objects.create_user(
        login, "x", name=str(person), kind="professional", grantee_id=person.id
    )


def national(place, **fields):
    given = {"family": "HADDAD LEGARE", "given": "NAWEL"} | SOCIAL | fields
    return factories.professional(place, **given)


def proposed():
    with acting(SYSTEM):
        return commands.propose_numbers()


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_load_proposes_the_number_of_who_has_the_same_name_place_and_part(person, place, head):
    user, found = account(person), national(place)
    assert proposed() == 1
    held = NumberMatch.objects.get()
    assert (held.person, held.practitioner_id, held.number) == (person, found.id, found.rpps)
    kinds = dict(Notice.objects.values_list("user_id", "kind"))
    assert kinds == {head.id: "portal.number.proposed", user.id: "portal.number.asked"}
    assert proposed() == 0
    assert Notice.objects.count() == 2
    person.refresh_from_db()
    assert person.merged_into is None


@pytest.mark.parametrize("other", ["given", "family", "part", "place", "ended", "unknown"])
def test_what_differs_is_not_proposed(person, place, other):
    elsewhere = factories.hospital("Clinique des Lilas")
    fields = {
        "given": {"given": "INES"}, "family": {"family": "HADDAD"}, "part": {"function_code": "coordinator"},
        "place": {}, "ended": {"is_active": False}, "unknown": {"function_code": ""},
    }[other]  # fmt: skip
    national(elsewhere if other == "place" else place, **fields)
    assert proposed() == 0


def test_a_whole_register_costs_as_many_queries_as_one_person(person, place, head):
    national(place)

    def asked():
        NumberMatch.objects.all().delete()
        with CaptureQueriesContext(_connection()) as counted:
            proposed()
        return len(counted)

    one = asked()
    with acting(actor(head)):
        for number in range(20):
            commands.register_local(
                organisation_id=place.id, given="Inès", family=f"Autre {number}",
                function_code="social_worker", proof="CNI",
            )  # fmt: skip
    assert asked() <= one


def _connection():
    from django.db import connection  # noqa: PLC0415

    return connection


def test_the_referent_verifies_and_everything_follows(person, place, head):
    user, found = account(person), national(place)
    grant = GrantFactory(grantee_id=person.id)
    other = PatientFactory()
    Denial.objects.create(
        patient=other, grantee_id=person.id, source_id=uuid7(),
        valid_from=timezone.now() - timedelta(minutes=5),
    )  # fmt: skip
    Opposition.objects.create(
        patient=other, grantee_id=person.id, grantee_display=str(person), informed_on=timezone.localdate(),
        means="oral", collected_by="Référente",
    )  # fmt: skip
    thread = Thread.objects.create(
        title="Retour à domicile", subject_kind="essai", subject_id=uuid7()
    )
    Membership.objects.create(thread=thread, grantee_id=person.id, display=str(person))
    proposed()
    held = NumberMatch.objects.get()
    browser = signed_in(head)
    listing = browser.get(reverse("portal:register", args=[place.id])).content.decode()
    assert "Numéros nationaux à vérifier" in listing
    url = reverse("portal:match", args=[place.id, held.id])
    assert url in listing
    assert found.rpps in browser.get(url).content.decode()
    assert browser.post(url, {"acte": "peut-être"}).status_code == 422
    assert browser.post(url, {"acte": "accepter"}).status_code == 302
    user.refresh_from_db()
    held.refresh_from_db()
    assert (user.grantee_id, held.answer, held.answered_by) == (found.id, "accepted", head.name)
    assert [one.role for one in user.positions.filter(valid_until=None)] == ["social_worker"]
    rows = Grant.objects.filter(patient_id=grant.patient_id, valid_until__gt=timezone.now())
    assert [one.grantee_id for one in rows] == [found.id]
    assert Denial.objects.filter(patient=other, grantee_id=found.id).exists()
    assert Opposition.objects.get().grantee_id == found.id
    assert Membership.objects.get().grantee_id == found.id
    assert AuditLine.objects.filter(action="portal.number.accepted").exists()
    assert browser.get(url).status_code == 404
    assert proposed() == 0


def test_what_was_refused_once_is_not_proposed_again_but_another_number_is(person, place, head):
    national(place)
    proposed()
    held = NumberMatch.objects.get()
    answer = signed_in(head).post(
        reverse("portal:match", args=[place.id, held.id]), {"acte": "refuser"}
    )
    assert answer.status_code == 302
    assert proposed() == 0
    second = national(place)
    assert proposed() == 1
    assert NumberMatch.objects.get(answer="").practitioner_id == second.id


def test_the_person_says_so_and_the_referent_still_decides(person, place, head):
    user = account(person)
    national(place)
    proposed()
    held = NumberMatch.objects.get()
    browser = signed_in(user)
    url = reverse("portal:own_number")
    assert "Est-ce vous" in browser.get(url).content.decode()
    browser.post(url, {"numero": str(held.id), "acte": "moi"})
    held.refresh_from_db()
    person.refresh_from_db()
    assert held.claimed_at is not None
    assert (held.answer, person.merged_into) == ("", None)
    page = signed_in(head).get(reverse("portal:register", args=[place.id])).content.decode()
    assert "C’est bien moi" in page


def test_the_person_refuses_by_themselves(person, place, head):
    user = account(person)
    national(place)
    proposed()
    held = NumberMatch.objects.get()
    browser = signed_in(user)
    browser.post(reverse("portal:own_number"), {"numero": str(held.id), "acte": "autre"})
    held.refresh_from_db()
    assert held.answer == "refused"
    assert "Rien à vérifier" in browser.get(reverse("portal:own_number")).content.decode()


def test_nobody_accepts_their_own_number_nor_answers_for_another(person, place, head):
    user, stranger = account(person), factories.worker(place)
    elsewhere = factories.referent(factories.hospital("Clinique des Lilas"))
    national(place)
    proposed()
    held = NumberMatch.objects.get()
    for by in (user, stranger, elsewhere):
        with acting(actor(by)), pytest.raises(AccessRefusedError):
            commands.accept_number(match=held)
    for by in (stranger, elsewhere):
        with acting(actor(by)), pytest.raises(AccessRefusedError):
            commands.refuse_number(match=held)
        with acting(actor(by)), pytest.raises(AccessRefusedError):
            commands.claim_number(match=held)
        url = reverse("portal:match", args=[place.id, held.id])
        assert signed_in(by).get(url).status_code == 404
        own = signed_in(by).post(reverse("portal:own_number"), {"numero": str(held.id), "acte": "moi"})  # fmt: skip
        assert own.status_code == 404
    assert LocalPerson.objects.get().merged_into is None


def test_an_answer_is_given_once(person, place, head):
    national(place)
    proposed()
    held = NumberMatch.objects.get()
    with acting(actor(head)):
        commands.refuse_number(match=held)
        with pytest.raises(commands.LocalError, match="déjà"):
            commands.accept_number(match=held)
