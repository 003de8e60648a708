"""PATCH of an offer's description by the software of its establishment, and its hours in a calendar."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.ids import uuid7
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands.describing import DESCRIBED
from enrs.referentials.offer.fhir import AGES, CONTACT
from enrs.referentials.offer.forms import UnitForm, initial_of, lines_of
from enrs.referentials.offer.models import HealthcareService, Referent, ServiceChange
from enrs.referentials.offer.queries import checking
from enrs.referentials.offer.rules import hours
from tests.core.fhir.factories import make_token
from tests.core.fhir.test_patching import operation
from tests.factories import PositionFactory, UserFactory
from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = {
    "nature": "accueil",
    "label": "Accueil",
    "phone": "0199000000",
    "email": "a@essai.example",
    "level": "1",
}
CLOSED = OPEN | {"phone": "0199000015", "level": "samu"}


def worker(site, *, is_referent=True):
    user = UserFactory(grantee_id=uuid7())
    PositionFactory(
        user=user, organisation_id=site.pk, organisation_name=site.name, role="secretary"
    )
    if is_referent:
        Referent.objects.create(
            id=uuid7(), site=site, grantee_id=user.grantee_id, display=user.name
        )
    return user


@pytest.fixture
def unit():
    """A unit that was published, in FHIR too."""
    made = make_unit(make_site(), contacts=[OPEN, CLOSED], age_from=216)
    with acting(SYSTEM):
        return commands.publish_unit(service=made, expected_version=made.version)


def send(client, unit, user, *operations, scopes="user/*.cruds", **headers):
    body = {"resourceType": "Parameters", "parameter": list(operations)}
    return client.patch(
        f"/fhir/R4/HealthcareService/{unit.pk}", json.dumps(body), content_type="application/fhir+json",
        headers={"Authorization": f"Bearer {make_token(user, scopes)}"} | headers,
    )  # fmt: skip


def time_part(days, start, end):
    return {
        "part": [
            *({"name": "daysOfWeek", "valueCode": one} for one in days),
            {"name": "availableStartTime", "valueTime": start},
            {"name": "availableEndTime", "valueTime": end},
        ]
    }


COMMENT_PART = {"name": "comment", "valueString": "Douze postes."}
START = "HealthcareService.availableTime[0].availableStartTime"
COMMENT = operation("replace", "HealthcareService.comment", value="Douze postes.")
COMMENT_ADDED = operation("add", "HealthcareService", name="comment", value="Douze postes.")


CLOSING = {
    "part": [
        {"name": "description", "valueString": "Travaux"},
        {"name": "during", "valuePeriod": {"start": "2027-01-04", "end": "2027-01-08"}},
    ]
}


def contact(phone):
    """A contact that everybody reads."""
    return {
        "valueExtension": {
            "url": CONTACT,
            "extension": [
                {"url": "nature", "valueCodeableConcept": {"coding": [{"code": "secretariat"}]}},
                {
                    "url": "confidentialityLevel",
                    "valueCodeableConcept": {"coding": [{"code": "1"}]},
                },
                {"url": "telecom", "valueContactPoint": {"system": "phone", "value": phone}},
            ],
        }
    }


def test_the_referent_s_software_changes_hours_ages_contacts_and_words(client, unit):
    deleted = [operation("delete", "HealthcareService.availableTime[0]")] * 6
    answer = send(
        client, unit, worker(unit.site), COMMENT_ADDED, *deleted,
        operation(
            "add", "HealthcareService", name="availableTime",
            value=time_part(["mon", "tue"], "08:00:00", "23:59:59"),
        ),
        operation("add", "HealthcareService", name="notAvailable", value=CLOSING),
        operation("replace", f"HealthcareService.extension('{AGES}').extension('ageRange').value.low.value", value=180),
        operation("add", "HealthcareService", name="extension", value=contact("01 99 00 00 01")),
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    now = HealthcareService.objects.get(pk=unit.pk)
    assert now.description == "Douze postes."
    assert now.hours == [[0, 480, 1440], [1, 480, 1440]]
    assert now.exceptions == [{"from": "2027-01-04", "to": "2027-01-08", "words": "Travaux"}]
    assert now.age_from == 180
    # What FHIR does not show of the contacts is still there.
    assert [one["phone"] for one in now.contacts] == ["0199000000", "01 99 00 00 01", "0199000015"]
    assert now.contacts[0] == OPEN
    change = ServiceChange.objects.filter(service=unit).order_by("-id").first()
    assert (change.act, change.channel) == ("changed", "fhir")
    assert set(change.fields) == {"description", "hours", "exceptions", "age_from", "contacts"}
    token = make_token(worker(unit.site), "user/*.rs")
    read = client.get(
        f"/fhir/R4/HealthcareService/{unit.pk}", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert read["comment"] == "Douze postes."
    assert read["availableTime"][0]["availableEndTime"] == "23:59:59"


def test_who_describes_it_alone_may_and_with_the_scope(client, unit):
    refused = {
        "colleague": send(client, unit, worker(unit.site, is_referent=False), COMMENT_ADDED).status_code,
        "elsewhere": send(client, unit, worker(make_site(2)), COMMENT_ADDED).status_code,
        "reader": send(client, unit, worker(unit.site), COMMENT_ADDED, scopes="user/*.rs").status_code,
    }  # fmt: skip
    assert set(refused.values()) == {403}
    assert HealthcareService.objects.get(pk=unit.pk).description == ""


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (operation("replace", "HealthcareService.providedBy.reference", value="Organization/x"), "providedBy"),
        (operation("replace", "HealthcareService.telecom[0].value", value="0199000002"), "telecom"),
        (operation("replace", "HealthcareService.specialty[0].text", value="Autre"), "specialty"),
        (operation("replace", "HealthcareService.name", value={"valueBoolean": True}), "name"),
        (operation("delete", "HealthcareService.name"), ""),
        (operation("delete", "HealthcareService.active"), "HealthcareService.active"),
        (operation("replace", "HealthcareService.active", value="false"), "active"),
        (operation("delete", "HealthcareService"), "Parameters"),
        (operation("replace", "HealthcareService", value={"part": [COMMENT_PART]}), "Parameters"),
        (operation("replace", START, value={"valueTime": "25:00:00"}), "availableTime"),
        (operation("delete", f"HealthcareService.extension('{CONTACT}').extension('telecom')"), "extension"),
        (operation("replace", "HealthcareService.extension[0].url", value="https://essai.example"), "extension"),
        (operation("replace", "HealthcareService.inconnu", value="x"), "Parameters"),
    ],
)  # fmt: skip
def test_what_is_not_patched_is_refused_with_its_place(client, unit, wrong, path):
    answer = send(client, unit, worker(unit.site), wrong)
    assert answer.status_code == 422, answer.content
    issue = answer.json()["issue"][0]
    assert issue["severity"] == "error"
    assert path in str(issue.get("expression", ""))
    assert ServiceChange.objects.filter(service=unit, channel="fhir").count() == 0
    assert HealthcareService.objects.get(pk=unit.pk).state == "published"


def test_another_version_than_the_one_read_is_refused(client, unit):
    user = worker(unit.site)
    assert send(client, unit, user, COMMENT_ADDED, **{"If-Match": 'W/"7"'}).status_code == 412
    assert send(client, unit, user, COMMENT_ADDED, **{"If-Match": "sept"}).status_code == 400
    assert send(client, unit, user, COMMENT_ADDED, **{"If-Match": 'W/"1"'}).status_code == 200
    assert send(client, unit, user, COMMENT, **{"If-Match": 'W/"1"'}).status_code == 412


def shown(unit):
    """What the form of a unit sends when nobody touched it."""
    values = checking.values_of(unit)
    lines = lines_of(None, values).values()
    forms = [UnitForm(initial=initial_of(values)), *(form for many in lines for form in many)]
    forms += [many.management_form for many in lines]
    told = {field.html_name: field.value() for form in forms for field in form}
    return {name: value for name, value in told.items() if value is not None and value is not False}


def added(name, values):
    return [operation("add", "HealthcareService", name=name, value=one) for one in values]


@pytest.mark.parametrize(
    ("name", "fits", "beyond", "word"),
    [
        ("extension", [contact(f"01990000{rank:02d}") for rank in range(18)], contact("0199000099"), "contacts"),
        ("notAvailable", [CLOSING] * 30, CLOSING, "fermetures"),
        (
            "availableTime",
            [time_part(["sun"], f"{rank + 8:02d}:00:00", f"{rank + 8:02d}:30:00") for rank in range(9)],
            time_part(["sun"], "20:00:00", "20:30:00"), "plages",
        ),
    ],
)  # fmt: skip
def test_no_more_is_taken_than_the_form_shows(client, signed_in, unit, *, name, fits, beyond, word):
    user = worker(unit.site)
    answer = send(client, unit, user, *added(name, fits))
    assert answer.status_code == 200, answer.content
    before = HealthcareService.objects.get(pk=unit.pk)
    answer = send(client, unit, user, *added(name, [beyond]))
    assert answer.status_code == 422
    assert word in answer.json()["issue"][0]["diagnostics"]
    # Saved as it is shown, the form changes nothing.
    data = shown(before) | {"version": before.version}
    page = signed_in(user).post(reverse("offer:edit", args=[unit.pk]), data)
    assert page.status_code == 302, page.content.decode()
    now = HealthcareService.objects.get(pk=unit.pk)
    for column in ("contacts", "exceptions", "hours"):
        assert now.draft[column] == getattr(before, column)


def test_a_draft_that_is_published_later_does_not_undo_a_patch(client, unit):
    columns = {name: getattr(unit, name) for name in DESCRIBED}
    HealthcareService.objects.filter(pk=unit.pk).update(draft=columns | {"conditions": "Sur avis."})
    assert (
        send(
            client,
            unit,
            worker(unit.site),
            COMMENT_ADDED,
            *added("extension", [contact("0199000001")]),
        ).status_code
        == 200
    )
    now = HealthcareService.objects.get(pk=unit.pk)
    assert (now.description, now.conditions) == ("Douze postes.", "")
    with acting(SYSTEM):
        commands.publish_unit(service=now, expected_version=now.version)
    now = HealthcareService.objects.get(pk=unit.pk)
    assert (now.description, now.conditions, len(now.contacts)) == ("Douze postes.", "Sur avis.", 3)


def test_a_unit_is_closed_and_opened_again_and_a_draft_stays_one(client, unit):
    HealthcareService.objects.filter(pk=unit.pk).update(draft={"conditions": "À venir"})
    user = worker(unit.site)
    close = operation("replace", "HealthcareService.active", value={"valueBoolean": False})
    reopen = operation("replace", "HealthcareService.active", value={"valueBoolean": True})
    assert send(client, unit, user, close, COMMENT_ADDED).status_code == 422
    assert send(client, unit, user, close).status_code == 200
    assert HealthcareService.objects.get(pk=unit.pk).state == "closed"
    assert send(client, unit, user, COMMENT_ADDED).status_code == 422
    assert send(client, unit, user, reopen, COMMENT_ADDED).status_code == 200
    now = HealthcareService.objects.get(pk=unit.pk)
    assert (now.state, now.description) == ("published", "Douze postes.")
    assert now.draft == {"conditions": "À venir"}


def test_an_offer_that_was_never_published_is_not_found(client):
    draft = make_unit(make_site(), state="draft")
    assert send(client, draft, worker(draft.site), COMMENT_ADDED).status_code == 404


def test_openings_leave_closures_and_holidays_out_and_nights_cross_midnight():
    days = [date(2026, 5, 1) + timedelta(days=rank) for rank in range(7)]
    found = hours.openings(
        hours=[[4, 480, 720], [0, 1200, 360], [1, 0, 1440]],
        on_holidays=False,
        exceptions=[{"from": "2026-05-05", "to": "2026-05-05", "words": ""}],
        days=days,
        is_holiday=lambda day: day == date(2026, 5, 1),
    )
    assert found == [(datetime(2026, 5, 4, 20), datetime(2026, 5, 5, 6))]  # noqa: DTZ001  the wall clock


def test_anybody_reads_the_hours_in_a_calendar_but_not_those_of_a_sensitive_unit(client, unit):
    soon = (timezone.localdate() + timedelta(days=3)).isoformat()
    HealthcareService.objects.filter(pk=unit.pk).update(
        exceptions=[{"from": soon, "to": soon, "words": "Travaux"}]
    )
    address = reverse("offer:opening_hours", args=[unit.pk])
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    assert "BEGIN:VCALENDAR" in text
    assert "Hémodialyse en centre : ouvert" in text
    assert "fermé\\, Travaux" in text
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    HealthcareService.objects.filter(pk=unit.pk).update(is_sensitive=True)
    assert client.get(address).status_code == 404
    HealthcareService.objects.filter(pk=unit.pk).update(is_sensitive=False, state="draft")
    assert client.get(address).status_code == 404


def test_the_card_offers_its_calendar(signed_in, unit):
    browser = signed_in(worker(unit.site))
    page = browser.get(reverse("offer:card", args=[unit.pk])).content.decode()
    assert reverse("offer:opening_hours", args=[unit.pk]) in page


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ({"start": "2026-12-23T23:00:00Z", "end": "2026-12-24T22:59:00Z"}, ("2026-12-24", "2026-12-24")),
        ({"start": "2026-12-23"}, None), ({"start": "2026-12-23", "end": "9999-12-31"}, None),
    ],
)  # fmt: skip
def test_a_closure_has_a_first_and_a_last_day_of_ours(client, unit, period, days):
    why = {"name": "description", "valueString": "Travaux"}
    value = {"part": [why, {"name": "during", "valuePeriod": period}]}
    added = operation("add", "HealthcareService", name="notAvailable", value=value)
    answer = send(client, unit, worker(unit.site), added)
    told = [
        (one["from"], one["to"]) for one in HealthcareService.objects.get(pk=unit.pk).exceptions
    ]
    assert told == ([days] if days else [])
    if not days:
        assert answer.status_code == 422
        assert "notAvailable[0].during" in str(answer.json()["issue"][0]["expression"])
