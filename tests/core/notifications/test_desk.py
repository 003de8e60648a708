"""The screens of the exploitation: sendings, accounts, keys, statement, numbers that said stop."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from enrs.core.ids import uuid7
from enrs.core.notifications.commands import create_key, leaving, send_sms
from enrs.core.notifications.commands.members import AskedSms, open_account, record_sms
from enrs.core.notifications.models import Sending, SmsAccount, SmsKey, SmsStop
from enrs.core.notifications.queries.sendings import PAGE, month_bounds
from tests.factories import PositionFactory, UserFactory

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
PAGES = ("sendings", "accounts", "account_new", "statement", "statement_csv", "stand_in", "stops")


@pytest.fixture
def operator(signed_in):
    return signed_in(UserFactory(operator=True, role="operator"))


def url(name, *args):
    return reverse(f"notifications:{name}", args=args)


def page(browser, name, *args, **query):
    return browser.get(url(name, *args), query).content.decode()


def member_sms(account, text="Rendez-vous à 9 h.", number=0):
    asked = AskedSms(f"06 12 34 {number // 100:02} {number % 100:02}", text)
    return record_sms(account_id=account.id, asked=asked)[0]


@pytest.mark.parametrize("role", ["nurse", "secretary", "patient", "auditor"])
def test_pages_are_the_exploitation_s_alone(role, account, signed_in, client):
    made, key = member_sms(account), create_key(account=account, label="Agenda")
    kept = SmsKey.objects.get()
    user = UserFactory(patient=True) if role == "patient" else UserFactory(role=role)
    addresses = [url(name) for name in PAGES]
    addresses += [url("sending", made.id), url("account", account.id)]
    posts = [url("resend", made.id), url("cancel", made.id), url("key_new", account.id), url("stops"),
             url("key_end", account.id, kept.id)]  # fmt: skip
    browser = signed_in(user)
    assert {browser.get(one).status_code for one in addresses} == {404}
    assert {browser.post(one).status_code for one in posts} == {404}
    assert {client.get(one).status_code for one in addresses} == {302}
    assert Sending.objects.get().state == "waiting"
    assert key


def test_list_is_paged_filtered_and_costs_the_same(
    account, operator, django_assert_max_num_queries
):
    assert "Aucun envoi" in page(operator, "sendings")
    for count in (1, PAGE):
        SmsAccount.objects.update(minute_quota=1000)
        for number in range(count):
            member_sms(account, number=number)
        with django_assert_max_num_queries(16):
            answer = operator.get(url("sendings"))
    rows = answer.context["rows"]
    assert len(rows) == PAGE
    rest = operator.get(url("sendings") + answer.context["next_url"]).context["rows"]
    assert len(rest) == 1
    assert "Aucun envoi ne correspond" in page(operator, "sendings", etat="failed")
    assert "Centre hospitalier" in page(
        operator, "sendings", etat="waiting", compte=str(account.id)
    )
    assert (
        operator.get(url("sendings"), {"avant": "x", "etat": "'", "compte": SCRIPT}).status_code
        == 200
    )


def test_list_masks_numbers_and_escapes_errors(account, operator):
    made = member_sms(account, number=78)
    Sending.objects.update(state="failed", error=SCRIPT, reference=SCRIPT)
    for said in (page(operator, "sendings"), page(operator, "sending", made.id)):
        assert "…78" in said
        assert "+336" not in said
        assert SCRIPT not in said
        assert "&lt;script&gt;" in said
    assert "9 h" not in page(operator, "sending", made.id)


def test_uncertain_is_resent_or_cancelled_by_a_person(account, operator):
    made = member_sms(account)
    Sending.objects.update(state="uncertain")
    assert "Renvoyer" in page(operator, "sending", made.id)
    assert "À décider" in page(operator, "sendings")
    operator.post(url("resend", made.id))
    assert Sending.objects.get().state == "waiting"
    again = operator.post(url("resend", made.id), follow=True).content.decode()
    assert "rechargez la page" in again
    operator.post(url("cancel", made.id), {"reason": SCRIPT})
    assert Sending.objects.get().state == "cancelled"
    said = page(operator, "sending", made.id)
    assert SCRIPT not in said
    assert "Annulé" in said
    assert operator.get(url("sending", uuid7())).status_code == 404


def test_stand_in_shows_and_says_that_nothing_left(operator):
    send_sms(kind="essai.normal", to="0612345678", key="a", values={"time": SCRIPT})
    leaving.send_due()
    said = page(operator, "stand_in")
    assert "quitté la machine" in said
    assert "&lt;script&gt;" in said
    assert SCRIPT not in said


def test_account_is_opened_for_an_organisation_once(operator):
    place = PositionFactory(role="nurse", organisation_name="Clinique des Essais")
    assert "Aucune structure" in page(operator, "account_new", q="inconnue")
    assert str(place.organisation_id) in page(operator, "account_new", q="des essais")
    given = {"organisation": str(place.organisation_id), "sender_name": "Clinique"}
    for wrong in ({"sender_name": "Clinique des Essais"}, {"sender_name": "1234"},
                  {"organisation": str(uuid7())}, {"organisation": ""}):  # fmt: skip
        assert operator.post(url("account_new"), given | wrong).status_code == 200
    assert not SmsAccount.objects.exists()
    made = operator.post(url("account_new"), given)
    assert made.status_code == 302
    assert operator.post(url("account_new"), given).status_code == 200
    assert SmsAccount.objects.get().organisation_name == "Clinique des Essais"


def test_account_is_edited_and_a_stale_save_refused(account, operator):
    given = {"sender_name": "CHNeuf", "month_quota": 10, "minute_quota": 5, "is_active": "on",
             "callback_url": "https://logiciel.example/accuse", "version": 1}  # fmt: skip
    for wrong in ({"callback_url": "http://logiciel.example/"}, {"callback_url": "javascript:alert(1)"},
                  {"month_quota": -1}, {"sender_name": SCRIPT[:11]}):  # fmt: skip
        assert operator.post(url("account", account.id), given | wrong).status_code == 200
    assert operator.post(url("account", account.id), given).status_code == 302
    stale = operator.post(url("account", account.id), given).content.decode()
    assert "rechargez la page" in stale
    assert SmsAccount.objects.get().sender_name == "CHNeuf"
    assert "Signature des accusés" in page(operator, "account", account.id)


def test_key_is_shown_once_and_revoked(account, operator):
    said = operator.post(
        url("key_new", account.id), {"logiciel": f"Agenda {SCRIPT}"}
    ).content.decode()
    key = re.search(r"enrs_[\w-]{40,}", said)[0]
    assert SCRIPT not in said
    assert key not in page(operator, "account", account.id)
    operator.post(url("key_new", account.id), {"logiciel": " "})
    kept = SmsKey.objects.get()
    assert operator.post(url("key_end", uuid7(), kept.id)).status_code == 404
    operator.post(url("key_end", account.id, kept.id))
    assert SmsKey.objects.get().revoked_at
    assert "Révoquée" in page(operator, "account", account.id)


def test_statement_counts_the_legal_month(account, operator):
    other = open_account(
        organisation_id=uuid7(), organisation_name="=HYPERLINK()", sender_name="Autre"
    )
    member_sms(account, "a" * 300)
    member_sms(account)
    member_sms(other)
    inside, outside = (
        datetime(2026, 10, 31, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )
    Sending.objects.filter(account=account).update(created_at=inside, state="delivered")
    Sending.objects.filter(account=other).update(created_at=outside, state="cancelled")
    lines = operator.get(url("statement"), {"mois": "2026-10"}).context["lines"]
    assert [(line.name, line.messages, line.segments, line.delivered) for line in lines] == [
        ("Centre hospitalier d'essai", 2, 3, 2)
    ]
    later = operator.get(url("statement"), {"mois": "2026-11"}).context["lines"]
    assert [(line.messages, line.segments, line.cancelled) for line in later] == [(1, 0, 1)]
    assert "Aucun SMS" in page(operator, "statement", mois="2020-01")
    for wrong in ("", "2026-13", SCRIPT, "0000-01"):
        assert operator.get(url("statement"), {"mois": wrong}).status_code == 200


def test_csv_holds_no_formula(operator, account):
    other = open_account(
        organisation_id=uuid7(), organisation_name="=HYPERLINK()", sender_name="Autre"
    )
    member_sms(other)
    answer = operator.get(url("statement_csv"))
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[1][:4] == ["'=HYPERLINK()", "Autre", "1", "1"]
    assert answer["Content-Disposition"].startswith("attachment")


def test_month_bounds_follow_the_clock():
    start, end = month_bounds(date(2026, 10, 1))
    assert (end - start).total_seconds() == (31 * 24 + 1) * 3600
    assert month_bounds(date(2026, 12, 1))[1] == datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_numbers_are_stopped_and_taken_back(operator):
    assert "Aucun numéro" in page(operator, "stops")
    said = operator.post(url("stops"), {"numero": SCRIPT}, follow=True).content.decode()
    assert SCRIPT not in said
    assert not SmsStop.objects.exists()
    for _ in range(2):
        operator.post(url("stops"), {"numero": "06 12 34 56 78"})
    stop = SmsStop.objects.get()
    operator.post(url("stops"), {"reprendre": str(stop.id)})
    assert SmsStop.objects.get().lifted_at
