"""Filing laboratory results: once, corrected, withdrawn, never resurrected."""

from decimal import Decimal

import pytest

from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.services.record import rules
from enrs.services.record.commands import file_results
from enrs.services.record.models import Observation, Report
from tests.factories import PatientFactory
from tests.services.record.checks import assert_r4, current, left_behind, search
from tests.services.record.given import LOINC, observation, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def file():
    patient, identity = PatientFactory(), uuid7()

    def filing(*observations, source="labo-essai", **fields):
        return file_results(
            identity_id=identity,
            patient_id=patient.pk,
            report=report(*observations, **fields),
            source=source,
        )

    return filing


def standing() -> list[Decimal | None]:
    rows = Observation.objects.filter(withdrawn_at=None).order_by("rank")
    return list(rows.values_list("value", flat=True))


def test_filed_report_is_kept_told_audited_and_published(file):
    row = file(
        observation(),
        observation(
            code="718-7",
            display="Hémoglobine",
            value=Decimal("9.1"),
            unit="g/dL",
            low=Decimal(12),
            high=None,
        ),
        observation(
            code="600-7",
            display="Hémoculture",
            value=None,
            text="Stérile",
            unit="",
            low=None,
            high=None,
        ),
    )
    assert Report.objects.get().pk == row.pk
    assert row.is_abnormal
    kept = list(Observation.objects.order_by("rank"))
    assert [one.interpretation for one in kept] == ["N", "L", ""]
    assert {one.patient_id for one in kept} == {row.patient_id}
    assert {one.identity_id for one in kept} == {row.identity_id}
    assert left_behind("record.results.filed") == ("results", [str(row.pk)])
    published = assert_r4(current("DiagnosticReport", row.pk))
    assert [one["reference"] for one in published["result"]] == [
        f"Observation/{one.pk}" for one in kept
    ]
    potassium, _, culture = [assert_r4(current("Observation", one.pk)) for one in kept]
    assert potassium["valueQuantity"] == {
        "value": 4.2,
        "unit": "mmol/L",
        "system": "http://unitsofmeasure.org",
        "code": "mmol/L",
    }
    assert potassium["referenceRange"][0]["low"]["value"] == 3.5
    assert culture["valueString"] == "Stérile"
    assert search("Observation", "code", "http://loinc.org|2823-3") == [kept[0].pk]
    assert search("DiagnosticReport", "identifier", "urn:local:labo-essai|BIO-1") == [row.pk]
    assert search("DiagnosticReport", "category", "LAB") == [row.pk]


def test_same_again_changes_nothing(file):
    assert file().pk == file().pk
    counts = (Report, Observation, AuditLine, Event)
    assert [model.objects.count() for model in counts] == [1, 1, 1, 1]
    assert Resource.objects.exclude(patient_id=None).count() == 2


def test_same_number_of_another_laboratory_is_another_report(file):
    assert file().pk != file(source="autre").pk
    assert len(standing()) == 2


def test_correction_replaces_the_values(file):
    old = file()
    new = file(observation(value=Decimal("6.8"), status="corrected"), status="corrected")
    assert standing() == [Decimal("6.8")]
    old.refresh_from_db()
    assert old.withdrawn_reason == "Remplacé par un compte rendu corrigé"
    assert assert_r4(current("DiagnosticReport", old.pk))["status"] == "entered-in-error"
    assert assert_r4(current("DiagnosticReport", new.pk))["status"] == "corrected"
    former = Observation.objects.get(report=old)
    assert assert_r4(current("Observation", former.pk))["status"] == "entered-in-error"
    assert Observation.objects.get(report=new).interpretation == "H"


def test_former_report_that_comes_again_does_not_undo_its_correction(file):
    file()
    new = file(observation(value=Decimal("6.8")))
    assert file().pk == new.pk
    assert standing() == [Decimal("6.8")]


def test_withdrawal_withdraws_values_and_is_not_undone(file):
    row = file()
    assert file(is_withdrawn=True) is None
    assert standing() == []
    assert left_behind("record.results.withdrawn") == ("results", [str(row.pk)])
    assert current("DiagnosticReport", row.pk)["status"] == "entered-in-error"
    assert file() is None
    assert file(is_withdrawn=True) is None
    assert Report.objects.count() == 1
    assert AuditLine.objects.filter(action="record.results.withdrawn").count() == 1


def test_withdrawal_of_nothing_is_nothing(file):
    assert file(is_withdrawn=True) is None
    assert not Report.objects.exists()
    assert not Event.objects.exists()


def test_poor_and_long_values_still_make_valid_resources(file):
    row = file(
        observation(
            display="D" * 400,
            unit="U" * 90,
            comparator="=",
            reference_text="R" * 400,
            interpretation="",
            comment="",
        ),
        observation(code="", display="", value=None, text="", unit="", low=None, high=None),
        display="R" * 400,
        organisation="",
    )
    assert_r4(current("DiagnosticReport", row.pk))
    for one in Observation.objects.all():
        assert_r4(current("Observation", one.pk))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, "N"),
        ({"value": Decimal("3.4")}, "L"),
        ({"value": Decimal("3.5")}, "N"),
        ({"value": Decimal("5.2")}, "H"),
        ({"value": Decimal(9), "interpretation": "HH"}, "HH"),
        ({"low": None, "high": None}, ""),
        ({"value": None, "text": "positif"}, ""),
        ({"value": Decimal(1), "low": None}, "N"),
    ],
)
def test_interpretation(fields, wanted):
    assert rules.interpretation_of(observation(**fields)) == wanted


def test_cost_does_not_grow_with_the_number_of_values(file, django_assert_max_num_queries):
    file(number="first")
    for count in (1, 50):
        values = [observation(code=f"{n}-1", code_system=LOINC) for n in range(count)]
        with django_assert_max_num_queries(10):
            file(*values, number=f"n{count}")
