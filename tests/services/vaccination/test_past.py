"""What came before a dose: noted elsewhere or declared here, before it or after it; and the words that it keeps."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.services.vaccination import commands, queries
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.doses import history_of
from enrs.services.vaccination.fhir import act_resource
from enrs.services.vaccination.models import Act, Vaccine
from enrs.services.vaccination.rules.eligibility import far_enough
from enrs.services.vaccination.rules.past import Noted, Target, is_against, weigh
from tests.factories import actor, member, user_of_role
from tests.services.vaccination.factories import (
    AGE,
    OTHER_GTIN,
    campaign,
    declared,
    given,
    noted,
    today,
    vaccine,
    vaccine_content,
)

pytestmark = pytest.mark.django_db
FLU = Target(
    frozenset({"J07BB02", "6142004"}), ("Grippe",), ("Vaccin grippal inactivé", "Vaccin 2026")
)
COVID = Target(frozenset(), ("COVID-19",))


def refused(code):
    return pytest.raises(VaccinationRefusedError, match=f"^{code}$")


def a_noted(vaccine="Vaccin grippe", given_on="2026-11-03", codes=(), lot=""):
    return Noted(UUID(int=1), vaccine, given_on, lot, "", frozenset(codes))


def named(*diseases):
    return Target(frozenset(), diseases)


def day_of(text):
    one = date.fromisoformat(text)
    return one, one


# --- the rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "codes", "target", "is_so"),
    [
        ("Vaxigrip", {"J07BB02"}, FLU, True),
        ("Vaxigrip", {"6142004"}, FLU, True),
        ("Vaxigrip", (), FLU, False),
        ("Vaccin contre la grippe", (), FLU, True),
        ("Antigrippal 2026", (), FLU, True),
        ("Tétanos", (), FLU, False),
        ("Vaccin COVID", (), COVID, True),
        ("Vaccin 19", (), COVID, False),
        ("Hépatite A", (), Target(frozenset(), ("Hépatite B",)), False),
        ("Hépatite B", (), named("Hépatite B"), True),
        ("Vaccin contre le pneumocoque", (), named("Coqueluche"), False),
        ("Méningocoque B", (), named("Coqueluche"), False),
        ("Diphtérie-tétanos-coqueluche", (), named("Coqueluche"), True),
        ("Antipneumococcique", (), named("Pneumocoque"), True),
        ("Vaccin pneumocoque", (), named("Infections à pneumocoque"), True),
        ("Vaccin hépatite B à usage pédiatrique", (), named("Hépatite A"), False),
        ("VACCIN HEPATITE B A USAGE PEDIATRIQUE", (), named("Hépatite A"), False),
        ("Vaccin hépatite A et B", (), named("Hépatite B"), True),
        ("Hépatite A-B", (), named("Hépatite B"), True),
        ("Vaccin varicelle-zona", (), named("Zona"), False),
        ("Vaccin varicelle-zona", (), named("Varicelle"), True),
        ("Vaccin zona", (), named("Zona"), True),
        ("Vaccin contre le tétanos", (), FLU, False),
        ("Vaccin 2026", (), FLU, True),
        ("Vaccin 2025", (), FLU, False),
    ],
)
def test_a_noted_dose_is_recognised_by_a_code_or_by_its_words(words, codes, target, is_so):
    assert is_against(a_noted(words, codes=codes), target) is is_so


@pytest.mark.parametrize(
    ("given_on", "declared_on", "lot", "fate", "latest"),
    [
        ("2026-11-03", "", "", "counted", "2026-11-03"),
        ("2026-11", "", "", "counted", "2026-11-30"),
        ("2026-10", "", "", "unsure", "2026-10-31"),
        ("2026", "", "", "unsure", "2026-12-31"),
        ("2025-11-03", "", "", "spaced", "2025-11-03"),
        ("2025", "", "", "spaced", "2025-12-31"),
        ("", "", "", "undated", None),
        ("2026-11-03", "2026-11-03", "", "same", None),
        ("2026-11", "2026-11-03", "", "unsure", "2026-11-30"),
        ("2026-11", "2026-11-03", "AB12", "same", None),
        ("2026-11", "2026-11-03", "CD34", "unsure", "2026-11-30"),
        ("2026", "2026-01-20", "", "unsure", "2026-12-31"),
        ("2026-11-04", "2026-11-03", "", "counted", "2026-11-04"),
    ],
)
def test_a_noted_dose_counts_as_its_date_allows(given_on, declared_on, lot, fate, latest):
    declared_here = {date.fromisoformat(declared_on): {"AB12"}} if declared_on else {}
    [found] = weigh(
        [a_noted(given_on=given_on, lot=lot)], FLU, declared=declared_here, starts_on=date(2026, 10, 13),
        ends_on=date(2027, 1, 31),
    )  # fmt: skip
    assert (found.fate, found.span and found.span[1].isoformat()) == (fate, latest)


def test_a_year_alone_may_be_the_dose_that_says_its_day():
    found = weigh(
        [a_noted(given_on="2026"), a_noted(given_on="2026-11-03")], FLU, declared={},
        starts_on=date(2026, 1, 1), ends_on=None,
    )  # fmt: skip
    assert {one.noted.given_on: one.fate for one in found} == {
        "2026-11-03": "counted",
        "2026": "unsure",
    }


@pytest.mark.parametrize(
    ("days", "interval", "expected"),
    [
        ((), 90, "2026-06-01"),
        (("2026-03-03",), 90, "2026-06-01"),
        (("2026-03-04",), 90, "2026-06-02"),
        (("2026-06-02",), 90, "2026-08-31"),
        (("2026-08-30",), 90, "2026-06-01"),
        (("2026-04-01", "2026-07-01"), 90, "2026-09-29"),
        (("2026-06-01",), 0, "2026-06-01"),
    ],
)
def test_a_dose_is_far_enough_from_each_other_before_it_and_after_it(days, interval, expected):
    found = far_enough([day_of(one) for one in days], interval, date(2026, 6, 1))
    assert found == date.fromisoformat(expected)


def test_the_day_promised_after_a_year_alone_is_kept():
    year = (date(2026, 1, 1), date(2026, 12, 31))
    promised = far_enough([year], 180, date(2026, 6, 1))
    assert promised == date(2027, 6, 29) == far_enough([year], 180, date(2026, 12, 1))
    assert far_enough([year], 180, promised) == promised
    assert far_enough([year], 0, date(2026, 6, 1)) == date(2026, 6, 1)


# --- what the commands count ----------------------------------------------------------------------


def test_a_dose_noted_elsewhere_counts_for_the_number(patient, by):
    noted(patient, "Vaccin Grippe d’essai", today().isoformat())
    with refused("done"):
        declared(patient.pk, by)
    declared(patient.pk, by, campaign(name="À deux doses", dose_count=2))


def test_a_dose_noted_elsewhere_counts_for_the_delay(patient, by):
    noted(patient, "Fluvax", (today() - timedelta(days=40)).isoformat(), code="J07BB02")
    found = campaign(interval_days=60)
    with refused("interval"):
        declared(patient.pk, by, found)
    with acting(by):
        assert queries.standing(patient.pk, found).verdict.earliest == today() + timedelta(days=20)


def test_a_dose_without_its_day_is_a_doctor_s_to_weigh(patient, by):
    found = campaign(starts_on=today() - timedelta(days=10))
    noted(patient, "Vaccin Grippe d’essai", str(today().year))
    with refused("unsure"):
        declared(patient.pk, by, found)
    with acting(actor(member(patient, "physician"))):
        made = commands.prescribe_exception(
            patient_id=patient.pk, campaign=found, ground=AGE, reason="Celle de janvier"
        )
    assert made.lifted == ["unsure"]
    assert declared(patient.pk, by, found).prescription == made


def test_a_dose_against_something_else_counts_for_nothing(patient, by):
    noted(patient, "Tétanos", today().isoformat())
    declared(patient.pk, by, campaign(interval_days=60))


def test_a_dose_that_is_declared_and_noted_counts_once(patient, by):
    found = campaign(dose_count=2)
    declared(patient.pk, by, found)
    noted(patient, "Vaccin Grippe d’essai", today().isoformat())
    assert history_of(patient.pk, found).past.count == 1


def test_a_dose_is_put_back_though_it_is_noted_too(patient, by):
    act = declared(patient.pk, by)
    noted(patient, "Vaccin Grippe d’essai", today().isoformat())
    with acting(by):
        commands.withdraw_act(act=act, reason="Mauvais dossier", expected_version=1)
        commands.restore_act(act=act, reason="C’était le bon", expected_version=2)
    assert act.withdrawn_at is None


def test_a_dose_declared_late_is_compared_with_those_that_came_after_it(patient, by):
    found = campaign(dose_count=3, interval_days=10)
    declared(patient.pk, by, found)
    before = timezone.now() - timedelta(days=5)
    with refused("interval"):
        declared(patient.pk, by, found, given=given(given_at=before, dose_rank=1))
    long_before = timezone.now() - timedelta(days=12)
    assert declared(patient.pk, by, found, given=given(given_at=long_before, dose_rank=1))


def test_the_page_says_what_it_counts(client, patient, pharmacist):
    noted(patient, "Vaccin Grippe d’essai", today().isoformat())
    noted(patient, "Tétanos", "2019")
    client.force_login(pharmacist)
    page = client.get(reverse("vaccination:decide", args=[patient.pk, campaign().pk]))
    told = page.content.decode()
    assert "compte dans la campagne" in told
    assert "même maladie" in told
    assert "Tétanos" in told
    assert "Un médecin peut l’écarter" in told


# --- the words of a dose --------------------------------------------------------------------------


def test_a_dose_keeps_the_name_under_which_it_was_given(client, patient, by, pharmacist):
    act = declared(patient.pk, by)
    operator = actor(user_of_role("operator"))
    with acting(operator):
        commands.amend_vaccine(
            vaccine=act.vaccine, content=vaccine_content(name="Renommé", gtins=act.vaccine.gtins),
            expected_version=1,
        )  # fmt: skip
    client.force_login(pharmacist)
    for name, more in (("panel", []), ("act", [act.pk])):
        page = client.get(reverse(f"vaccination:{name}", args=[patient.pk, *more]))
        assert "Vaccin d’essai" in page.content.decode()
        assert "Renommé" not in page.content.decode()
    held = Act.objects.get()
    assert act_resource(held)["vaccineCode"]["text"] == "Vaccin d’essai"
    with acting(by):
        commands.amend_act(
            act=held, vaccine=held.vaccine, given=given(lot="AB13"), reason="Lot mal lu",
            expected_version=1,
        )  # fmt: skip
        assert Act.objects.get().vaccine_name == "Vaccin d’essai"
        paper = commands.attest(act=held)
    assert ["Vaccin", "Vaccin d’essai"] in paper.content["facts"]


def test_a_dose_corrected_to_another_vaccine_takes_its_name(patient, by):
    found = campaign(vaccine_ids=[vaccine().pk, vaccine(OTHER_GTIN, name="Autre vaccin").pk])
    with acting(by):
        act = commands.declare_act(
            patient_id=patient.pk, campaign=found, vaccine=vaccine(), given=given(), ground=AGE
        )
        commands.amend_act(
            act=act, vaccine=Vaccine.objects.get(name="Autre vaccin"), given=given(gtin=OTHER_GTIN),
            reason="Autre boîte", expected_version=1,
        )  # fmt: skip
    change = act.changes.get()
    assert (act.vaccine_name, change.before["vaccine_name"]) == ("Autre vaccin", "Vaccin d’essai")
