"""The questions of a campaign, written on a screen: published at once, judged, replaced, never by a stale page."""

import pytest
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.fhir.rules.validation import validate
from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.core.questionnaires.queries import published_form, published_forms
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination import commands, queries
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.models import Campaign, Vaccine
from enrs.services.vaccination.rules.questions import (
    MOST,
    Question,
    questionnaire,
    questions_of,
)
from tests.factories import actor, user_of_role
from tests.services.vaccination.factories import box, campaign, questions, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return user_of_role("operator")


def written(operator, *rows, **values):
    with acting(actor(operator)):
        return commands.write_questions(
            title="Avant le vaccin d’essai", questions=questions(*rows), **values
        )


def test_what_is_written_is_published_and_judged(operator, patient, by):
    made = written(
        operator,
        ("stop", "A de la fièvre"),
        ("doctor", "A eu une allergie grave"),
        ("note", "Fume"),
    )
    found = campaign(form_name=made.name)
    with acting(by):
        answer = start_answer(
            form=made.name, patient_id=patient.pk, subject=(queries.SUBJECT, found.pk)
        )
        values = {"ci-1": False, "av-2": True, "info-3": True, "accord": True}
        save_answer(answer=answer, values=values, expected_version=answer.version, is_final=True)
        verdict = queries.standing(patient.pk, found).verdict
    assert (verdict.kind, verdict.questions) == ("advice", ("av-2",))


def test_questions_make_the_round_trip():
    rows = questions(("stop", "Un"), ("doctor", "Deux"), ("note", "Trois"))
    tree = questionnaire("vaccination-questions-x", "1", "Titre", rows)
    assert questions_of(tree) == rows
    assert validate(tree) == []


def test_a_next_version_replaces_and_a_stale_one_is_refused(operator):
    made = written(operator)
    following = written(operator, ("doctor", "Autre question"), name=made.name, expected_version=1)
    assert published_form(made.name) == following
    with pytest.raises(StaleSaveError):
        written(operator, name=made.name, expected_version=1)


@pytest.mark.parametrize(
    ("rows", "values", "code"),
    [
        ((("stop", " "),), {}, "questions"),
        ((("autre", "A de la fièvre"),), {}, "questions"),
        ((("stop", "x" * 301),), {}, "questions"),
        ([("stop", "A de la fièvre")] * (MOST + 1), {}, "questions"),
        ((), {"name": "vaccination-grippe", "expected_version": 1}, "not_ours"),
    ],
)
def test_questions_that_cannot_be_are_refused(operator, rows, values, code):
    with pytest.raises(VaccinationRefusedError, match=f"^{code}$"):
        written(operator, *rows, **values)


@pytest.mark.parametrize("role", ["standby", "pharmacist", "physician"])
def test_nobody_else_writes_them(role):
    with acting(actor(user_of_role(role))), pytest.raises(AccessRefusedError):
        commands.write_questions(title="Titre", questions=[Question("stop", "Fièvre")])


def effects(**values):
    return {f"effect_{rank}": "stop" for rank in range(1, MOST + 1)} | values


def test_a_region_s_team_makes_a_campaign_from_screens_and_a_pharmacist_vaccinates(
    client, operator, patient, pharmacist
):
    """A vaccine with its box, questions, a campaign: three screens, and the counter follows them."""
    client.force_login(operator)
    posted = {
        "name": "Vaccin zona", "disease": "Zona", "code": "J07BK03", "route": "IM", "boxes": "9520000000042",
        "min_months": "0",
    }  # fmt: skip
    assert client.post(reverse("vaccination:add_vaccine"), posted).status_code == 302
    asked = effects(title="Avant le zona", text_1="A de la fièvre", text_2="Prend un traitement",
                    effect_2="doctor")  # fmt: skip
    assert client.post(reverse("vaccination:add_questions"), asked).status_code == 302
    listing = client.get(reverse("vaccination:campaigns")).content.decode()
    assert "Avant le zona" in listing
    form = next(one for one in published_forms() if one.title == "Avant le zona")
    page = client.get(reverse("vaccination:questions", args=[form.name])).content.decode()
    assert "Prend un traitement" in page
    described = {
        "name": "Zona 2027", "status": "open", "starts_on": today().isoformat(),
        "vaccines": [str(Vaccine.objects.get(name="Vaccin zona").pk)], "min_months": "216", "target_age": "65",
        "dose_count": "1", "interval_days": "0", "vaccinates_pharmacist": "18",
        "prescribes_pharmacist": "18", "form_name": form.name,
    }  # fmt: skip
    assert client.post(reverse("vaccination:add_campaign"), described).status_code == 302
    found = Campaign.objects.get(name="Zona 2027")

    client.force_login(pharmacist)
    begun = client.post(reverse("vaccination:begin", args=[patient.pk, found.pk]))
    with acting(actor(pharmacist)):
        answer = queries.answer_of(patient.pk, found)
        assert begun.url == reverse("questionnaires:fill", args=[answer.pk])
        save_answer(
            answer=answer, values={"ci-1": False, "av-2": False, "accord": True},
            expected_version=answer.version, is_final=True,
        )  # fmt: skip
    declare = reverse("vaccination:declare", args=[patient.pk, found.pk])
    read = client.post(declare, {"code": box("09520000000042"), "read": "1"}).content.decode()
    assert "La boîte est lue" in read
    given = {
        "vaccine": described["vaccines"][0], "lot": "AB12", "expires_on": f"{today().year + 1}-06-30",
        "site": "LA", "route": "IM", "dose_rank": "1", "ground": "65 ans et plus", "declare": "1",
        "given_at": f"{today().isoformat()}T00:01",
    }  # fmt: skip
    assert client.post(declare, given).status_code == 302
    client.force_login(operator)
    assert "Zona 2027" in client.get(reverse("vaccination:campaigns")).content.decode()
    assert queries.counts()[found.pk]["acts"] == 1


def test_a_stale_page_of_questions_is_said(client, operator):
    made = written(operator)
    written(operator, ("doctor", "Autre question"), name=made.name, expected_version=1)
    client.force_login(operator)
    posted = effects(title="Titre", text_1="A de la fièvre", version="1")
    answer = client.post(reverse("vaccination:questions", args=[made.name]), posted)
    assert answer.status_code == 422
    assert "entre-temps" in answer.content.decode()
    assert (
        client.get(reverse("vaccination:questions", args=["vaccination-grippe"])).status_code == 404
    )
