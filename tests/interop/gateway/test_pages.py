"""The screens of the exploitation: who opens them, what they show, replay."""

import pytest
from django.urls import reverse

from enrs.core.audit.models import AuditLine
from enrs.interop.gateway.models import Inbox, Partner
from tests.factories import actor, user_of_role
from tests.interop.gateway import messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(signed_in):
    return signed_in(user_of_role("operator"))


def test_only_the_exploitation_sees_messages(client, signed_in, operator):
    url = reverse("gateway:inbox")
    assert client.get(url).status_code in (302, 404)
    assert signed_in(user_of_role("physician")).get(url).status_code == 404
    assert operator.get(url).status_code == 200


def test_direct_sql_shows_the_inbox_to_operators_alone(receive, as_actor):
    receive(messages.adt())
    for role, seen in (("physician", 0), ("operator", 1)):
        with as_actor(actor(user_of_role(role))):
            assert Inbox.objects.count() == seen


def test_the_list_filters_and_masks_the_patient(receive, operator):
    receive(messages.adt(ipp="IPP000123"))
    receive(messages.adt(birth="19851399", control_id="2"))
    page = operator.get(reverse("gateway:inbox")).text
    assert "•••123" in page
    assert "IPP000123" not in page
    refused = operator.get(reverse("gateway:inbox"), {"etat": "refused"}).text
    assert "PID-7" in refused
    assert "•••123" not in refused


def test_a_message_says_its_codes_in_words(receive, operator):
    receive(messages.adt())
    assert "Admission" in operator.get(reverse("gateway:inbox")).text
    page = operator.get(reverse("gateway:message", args=[Inbox.objects.get().id])).text
    assert "ADT A01 · Admission" in page
    assert "AA (accepté)" in page


def test_a_filter_that_leaves_nothing_says_so(receive, operator):
    receive(messages.adt())
    page = operator.get(reverse("gateway:inbox"), {"etat": "parked"}).text
    assert "Aucun message ne correspond" in page


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_costs_the_same_for_one_and_for_fifty(
    receive, operator, count, django_assert_max_num_queries
):
    for n in range(count):
        receive(messages.adt(control_id=str(n)))
    with django_assert_max_num_queries(14):
        page = operator.get(reverse("gateway:inbox")).text
    assert page.count("ADT A01") == count


def test_the_second_page_begins_where_the_first_ends(receive, operator):
    for n in range(60):
        receive(messages.adt(control_id=str(n)))
    last = Inbox.objects.order_by("-id")[49].id
    page = operator.get(reverse("gateway:inbox"), {"avant": str(last)}).text
    assert page.count("ADT A01") == 10


def test_a_message_shows_its_text_and_its_error_and_leaves_a_line(receive, operator):
    receive(messages.adt(birth="19851399"))
    one = Inbox.objects.get()
    page = operator.get(reverse("gateway:message", args=[one.id])).text
    assert "<strong>PID</strong>" in page
    assert "PID-7" in page
    assert AuditLine.objects.filter(action="gateway.message.read", object_id=str(one.id)).exists()


def test_hostile_text_is_shown_as_text(receive, operator):
    receive(messages.adt(name="<script>alert(1)</script>"))
    page = operator.get(reverse("gateway:message", args=[Inbox.objects.get().id])).text
    assert "<script>alert(1)" not in page


def test_replay_applies_again_and_is_audited(receive, operator, work):
    receive(messages.adt())
    Inbox.objects.update(state="parked", error_text="Mis de côté.", attempts=3)
    one = Inbox.objects.get()
    operator.post(reverse("gateway:replay", args=[one.id]))
    one.refresh_from_db()
    assert (one.state, one.attempts, one.error_text) == ("received", 0, "")
    assert AuditLine.objects.filter(action="gateway.message.replayed").count() == 1
    work()
    one.refresh_from_db()
    assert one.state == "applied"


def test_a_message_still_refused_is_not_replayed(receive, operator):
    receive(messages.adt(birth="19851399"))
    one = Inbox.objects.get()
    page = operator.post(reverse("gateway:replay", args=[one.id]), follow=True).text
    assert "toujours refusé" in page
    one.refresh_from_db()
    assert one.state == "refused"


def test_a_waiting_message_is_put_aside_with_a_reason(receive, operator):
    receive(messages.adt())
    one = Inbox.objects.get()
    operator.post(reverse("gateway:park", args=[one.id]), {"reason": "Erreur de saisie"})
    one.refresh_from_db()
    assert (one.state, one.error_text) == ("parked", "Mis de côté : Erreur de saisie")


def test_an_unknown_message_is_not_found(operator):
    unknown = "01970000-0000-7000-8000-000000000000"
    assert operator.get(reverse("gateway:message", args=[unknown])).status_code == 404
    other = "00000000-0000-4000-8000-000000000000"
    assert operator.get(reverse("gateway:message", args=[other])).status_code == 404


def test_a_partner_is_edited_and_a_stale_save_refused(receive, operator):
    receive(messages.adt())
    partner = Partner.objects.get()
    assert partner.name in operator.get(reverse("gateway:partners")).text
    url = reverse("gateway:partner", args=[partner.id])
    form = {
        "name": "Hôpital d'essai", "finess": messages.FINESS, "zone": "Europe/Paris",
        "trusted_identity_system": "", "environment": "test", "version": "1",
    }  # fmt: skip
    assert operator.post(url, form).status_code == 302
    partner.refresh_from_db()
    assert (partner.name, partner.is_active, partner.version) == ("Hôpital d'essai", False, 2)
    assert "entre-temps" in operator.post(url, form).text
    assert "inconnu" in operator.post(url, form | {"zone": "Mars/Olympus", "version": "2"}).text
