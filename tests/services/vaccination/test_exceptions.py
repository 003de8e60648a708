"""A doctor sets a rule of number or delay aside for one person: why is kept, shown, journalled."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.services.vaccination import commands, queries
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.fhir import act_resource
from enrs.services.vaccination.models import Act, Prescription
from tests.factories import actor, member
from tests.services.vaccination.factories import (
    AGE,
    FORM,
    answered,
    campaign,
    declared,
    noted,
    prescribed,
    today,
)

pytestmark = pytest.mark.django_db
WHY = "Immunodépression, dose supplémentaire"


def refused(code):
    return pytest.raises(VaccinationRefusedError, match=f"^{code}$")


@pytest.fixture
def doctor(patient):
    return member(patient, "physician")


def excepted(patient, user, found, **values):
    given = {"ground": AGE, "reason": WHY} | values
    with acting(actor(user)):
        return commands.prescribe_exception(patient_id=patient.pk, campaign=found, **given)


def test_a_doctor_s_exception_lets_the_dose_be_given_by_another(patient, by, doctor):
    found = campaign(interval_days=90)
    declared(patient.pk, by, found)
    with refused("done"):
        declared(patient.pk, by, found)
    made = excepted(patient, doctor, found)
    assert excepted(patient, doctor, found) == made
    assert (made.lifted, made.exception) == (["done", "interval"], WHY)
    line = AuditLine.objects.get(action="vaccination.prescription.excepted")
    assert line.reason == WHY
    act = declared(patient.pk, by, found)
    assert (act.prescription, act.dose_rank) == (made, 1)
    assert {"text": WHY} in act_resource(act)["note"]
    with refused("done"):
        declared(patient.pk, by, found)


def test_an_exception_lifts_what_refused_that_day_and_nothing_since(patient, by, doctor):
    found = campaign(dose_count=2, interval_days=90)
    declared(patient.pk, by, found)
    made = excepted(patient, doctor, found)
    assert made.lifted == ["interval"]
    noted(patient, "Vaccin Grippe d’essai", (today() - timedelta(days=1)).isoformat())
    with refused("done"):
        declared(patient.pk, by, found)


def test_an_exception_for_one_more_dose_does_not_outlive_it(patient, by, doctor):
    found = campaign()
    declared(patient.pk, by, found)
    made = excepted(patient, doctor, found)
    assert (made.lifted, made.dose_rank) == (["done"], 2)
    noted(patient, "Vaccin Grippe d’essai", (today() - timedelta(days=1)).isoformat())
    with refused("done"):
        declared(patient.pk, by, found)
    again = excepted(patient, doctor, found)
    assert (again != made, again.dose_rank) == (True, 3)


def test_a_delay_is_set_aside_for_the_doses_that_the_doctor_knew(patient, by, doctor):
    found = campaign(dose_count=4, interval_days=90)
    declared(patient.pk, by, found)
    made = excepted(patient, doctor, found)
    assert made.known == [f"{today()}/{today()}"]
    noted(patient, "Vaccin Grippe d’essai", (today() - timedelta(days=3)).isoformat())
    with refused("interval"):
        declared(patient.pk, by, found)
    again = excepted(patient, doctor, found)
    assert declared(patient.pk, by, found).prescription == again


def test_a_dose_by_exception_is_not_put_back_beside_the_one_that_replaced_it(patient, by, doctor):
    found = campaign()
    declared(patient.pk, by, found)
    excepted(patient, doctor, found)
    act = declared(patient.pk, by, found)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
    noted(patient, "Vaccin Grippe d’essai", (today() - timedelta(days=1)).isoformat())
    with acting(by), refused("done"):
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)


@pytest.mark.parametrize("role", ["nurse", "pharmacist", "midwife"])
def test_nobody_but_a_doctor_makes_one(patient, by, role):
    found = campaign()
    declared(patient.pk, by, found)
    with pytest.raises(AccessRefusedError, match="profession"):
        excepted(patient, member(patient, role), found)
    assert Prescription.objects.exclude(exception="").count() == 0


@pytest.mark.parametrize(
    ("fields", "values", "code"),
    [
        ({}, {}, "exception"),
        ({"max_age": 17}, {}, "age"),
        ({"status": "closed"}, {}, "closed"),
        ({}, {"reason": "  "}, "reason"),
        ({}, {"reason": "x" * 201}, "reason"),
    ],
)
def test_what_no_doctor_sets_aside_stays(patient, doctor, fields, values, code):
    with refused(code):
        excepted(patient, doctor, campaign(**fields), **values)


def test_an_answer_that_stops_is_not_set_aside(patient, by, doctor):
    found = campaign(form_name=FORM)
    answered(patient.pk, by, found)
    declared(patient.pk, by, found)
    with refused("ground"):
        excepted(patient, doctor, found, ground="Parce que")
    answered(patient.pk, actor(doctor), found, **{"ci-fievre": True})
    with refused("stop"):
        excepted(patient, doctor, found)


def test_an_ordinary_prescription_that_waits_does_not_set_a_rule_aside(patient, by, doctor):
    found = campaign(interval_days=90, dose_count=2)
    prescribed(patient.pk, by, found)
    noted(patient, "Vaccin Grippe d’essai", (today() - timedelta(days=1)).isoformat())
    with refused("interval"):
        declared(patient.pk, by, found)
    made = excepted(patient, doctor, found)
    assert declared(patient.pk, by, found).prescription == made


def test_an_excepted_dose_is_put_back(patient, by, doctor):
    found = campaign()
    declared(patient.pk, by, found)
    excepted(patient, doctor, found)
    act = declared(patient.pk, by, found)
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
    assert Act.objects.filter(withdrawn_at=None).count() == 2


def test_the_pages_offer_it_to_a_doctor_and_show_why(client, patient, by, doctor, pharmacist):
    found = campaign(interval_days=90)
    declared(patient.pk, by, found)
    path = reverse("vaccination:decide", args=[patient.pk, found.pk])
    client.force_login(pharmacist)
    page = client.get(path).content.decode()
    assert "Un médecin peut l’écarter" in page
    assert "Pourquoi cette exception" not in page
    client.force_login(doctor)
    assert "Pourquoi cette exception" in client.get(path).content.decode()
    posting = reverse("vaccination:prescribe_exception", args=[patient.pk, found.pk])
    assert client.post(posting, {"ground": AGE, "reason": "x"}).status_code == 422
    assert client.post(posting, {"ground": AGE, "reason": WHY}).url == path
    client.force_login(pharmacist)
    page = client.get(path).content.decode()
    assert "Exception médicale (nombre de doses, délai)" in page
    assert WHY in page
    assert "Vacciner" in page
    act = declared(patient.pk, by, found)
    shown = client.get(reverse("vaccination:act", args=[patient.pk, act.pk])).content.decode()
    assert WHY in shown


def test_the_verdict_says_whose_answers_of_which_moment(client, patient, by, pharmacist):
    found = campaign(form_name=FORM)
    answer = answered(patient.pk, by, found)
    client.force_login(pharmacist)
    page = client.get(reverse("vaccination:decide", args=[patient.pk, found.pk]))
    assert f"recueillies par {answer.saved_by_name}" in page.content.decode()
    with acting(by):
        assert queries.standing(patient.pk, found).answer == answer
