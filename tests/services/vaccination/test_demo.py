"""A dose of the demonstration is that of the commands, column by column."""

from datetime import date, timedelta

import pytest

from enrs.core.questionnaires.commands import save_answer, start_answer
from enrs.services.vaccination import commands, demo, queries
from enrs.services.vaccination.models import Act, ActChange, AdverseEvent, Attestation, Campaign
from enrs.services.vaccination.rules.acts import Given
from tests.config.demo.twice import NOW, ago, assert_same, by, in_bulk, somebody, someone, whom
from tests.factories import known_patient, organisation

pytestmark = pytest.mark.django_db
WHEN = ago(24)


@pytest.fixture
def pharmacist(patient):
    place = organisation("Pharmacie des Tilleuls")
    return somebody("pharmacist", patient, organisation_id=place.id, organisation_name=place.name)


def shot(patient, pharmacist, fate="given", doctor=""):
    return demo.Shot(whom(patient), someone(pharmacist), 1, "grippe-2026", fate, doctor)


def test_a_dose_by_bulk_is_that_of_the_commands(patient, pharmacist):
    commands.take_in_shipped()
    demo.number_boxes()
    demo.open_campaigns(NOW)
    flu = Campaign.objects.get(key="grippe-2026")
    vaccine = queries.vaccine(flu.vaccine_ids[0])

    def by_commands():
        with by(pharmacist, WHEN - timedelta(minutes=4)):
            answer = start_answer(
                form=flu.form_name, patient_id=patient.pk, subject=(queries.SUBJECT, flu.pk)
            )
            save_answer(
                answer=answer, values=demo.ASKED[flu.form_name], expected_version=1, is_final=True
            )
        with by(pharmacist, WHEN):
            act = commands.declare_act(
                patient_id=patient.pk, campaign=flu, vaccine=vaccine, ground="65 ans et plus",
                given=Given(
                    WHEN, "GR26A1", date(2027, 6, 30), "RA", "IM", 1, "09520000000011", "EX00000000"
                ),
            )  # fmt: skip
        with by(pharmacist, WHEN + timedelta(minutes=2)):
            commands.attest(act=act)

    told = assert_same(
        by_commands,
        in_bulk(lambda rows: demo.fill(rows, [shot(patient, pharmacist)], now=NOW)),
        "vaccination",
        "questionnaires",
        but={
            "form_answer.version": "a builder tells an answer once it is finished",
            "form_answer.started_at": "likewise",
        },
    )
    assert told["vaccination_act"]


def test_every_fate_is_told(patient, pharmacist):
    commands.take_in_shipped()
    fates = ("given", "told", "corrected", "withdrawn", "prescribed", "0", "2")
    people = [patient, *(known_patient(birth_name=f"NOM{letter}") for letter in "ABCDEF")]
    shots = [shot(one, pharmacist, fate, "Dr X") for one, fate in zip(people, fates, strict=True)]
    in_bulk(lambda rows: demo.fill(rows, shots, now=NOW))()
    assert Act.objects.count() == 6
    assert Act.objects.get(told_to="Dr X").told_at
    assert {one.kind for one in ActChange.objects.all()} == {"amended", "withdrawn"}
    assert {one.seriousness for one in AdverseEvent.objects.all()} == {"mild", "serious"}
    assert Attestation.objects.exists()


def test_a_child_is_passed_over(pharmacist):
    commands.take_in_shipped()
    child = known_patient(birth_name="PETIT", birth_date="2018-01-01")
    in_bulk(lambda rows: demo.fill(rows, [shot(child, pharmacist)], now=NOW))()
    assert not Act.objects.exists()
