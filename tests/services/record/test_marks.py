"""A report that its laboratory restricts is hidden, with its values, from whom it must be, everywhere."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor
from enrs.core.access.models import Grant
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.services.record.commands import file_results
from enrs.services.record.models import Report
from enrs.services.record.rules import MARKS
from tests.core.fhir.conftest import ids
from tests.core.fhir.factories import make_token
from tests.factories import PatientFactory
from tests.referentials.identity.factories import user_of
from tests.services.record import factories as f
from tests.services.record.given import observation, report

pytestmark = pytest.mark.django_db
BITS = dict(zip(MARKS, (1, 2, 4), strict=True))
HIDDEN = pytest.mark.parametrize(
    ("mark", "blind"),
    [
        ("masked_from_professionals", {"nurse"}),
        ("hidden_from_patient", {"owner", "proxy"}),
        ("hidden_from_proxies", {"proxy"}),
    ],
)


@pytest.fixture
def actors() -> dict[str, Any]:
    patient_id = f.patient()
    people = {"nurse": f.member(patient_id), "owner": f.owner(patient_id), "proxy": f.proxy(patient_id)}  # fmt: skip
    return {"patient_id": patient_id, "people": people}


def restricted(patient_id: UUID, mark: str) -> Report:
    """A report of one value that no other report has, out of range."""
    row = ("2345-7", "Glucose annonce", "mmol/L", "9.7", "3.9", "6.1", "Biochimie")
    lines = (f.observation(row, f.ago(0)),)
    return f.report(patient_id, days=0, display="Bilan annonce", observations=lines, **{mark: True})


def body(client: Client, name: str, patient_id: UUID, *more: object) -> str:
    return client.get(reverse(f"record:{name}", args=[patient_id, *more])).content.decode()


@HIDDEN
def test_on_every_page(client: Client, actors: dict[str, Any], mark: str, blind: set[str]) -> None:
    patient_id = actors["patient_id"]
    f.report(patient_id, days=2)
    restricted(patient_id, mark)
    for name, actor in actors["people"].items():
        f.signed_in(client, actor)
        is_shown = name not in blind
        results = body(client, "results", patient_id)
        assert ("9,7" in results) is ("Bilan annonce" in results) is is_shown, name
        assert "10,8" in results
        for page in ("summary", "print"):
            assert ("Glucose annonce" in body(client, page, patient_id)) is is_shown, (name, page)
        assert ("Bilan annonce" in body(client, "life_line", patient_id)) is is_shown, name
        curve = client.get(reverse("record:result", args=[patient_id, "2345-7"]))
        assert curve.status_code == (200 if is_shown else 404), name


@HIDDEN
def test_in_a_curve_that_has_other_values(
    client: Client, actors: dict[str, Any], mark: str, blind: set[str]
) -> None:
    patient_id = actors["patient_id"]
    f.report(patient_id, days=2)
    f.report(patient_id, shift=1, **{mark: True})
    for name, actor in actors["people"].items():
        f.signed_in(client, actor)
        page = client.get(reverse("record:result", args=[patient_id, "718-7"]))
        values = [one.value for one in page.context["points"]]
        wanted = [Decimal("10.8")] if name in blind else [Decimal("11.8"), Decimal("10.8")]
        assert values == wanted, name


def test_as_news_of_the_list_of_patients(client: Client, actors: dict[str, Any]) -> None:
    """A person's list takes the strictest part that they may play."""
    restricted(actors["patient_id"], "masked_from_professionals")
    f.signed_in(client, actors["people"]["nurse"])
    assert "Bilan annonce" not in client.get("/").content.decode()
    restricted(actors["patient_id"], "hidden_from_patient")
    assert "Bilan annonce" in client.get("/").content.decode()


def _statuses(client: Client, actor: Actor, patient_id: UUID, row: Report) -> set[object]:
    """What FHIR answers on the report and on its value: reading, history, searching."""
    headers = {"Authorization": f"Bearer {make_token(user_of(actor))}"}
    own = {"DiagnosticReport": row.id, "Observation": row.observations.get().id}
    answers: set[object] = set()
    for kind, one in own.items():
        for path in (f"{kind}/{one}", f"{kind}/{one}/_history/1"):
            answers.add(client.get(f"/fhir/R4/{path}", headers=headers).status_code)
        found = client.get(f"/fhir/R4/{kind}?patient={patient_id}", headers=headers)
        answers.add(200 if ids(found) == [str(one)] else 404 if ids(found) == [] else None)
    query = f"DiagnosticReport?patient={patient_id}&_include=DiagnosticReport:result"
    found = client.get(f"/fhir/R4/{query}", headers=headers)
    answers.add(200 if len(ids(found, "include")) == 1 else 404)
    return answers


@HIDDEN
@pytest.mark.parametrize("is_late", [False, True])
def test_in_fhir(
    client: Client, actors: dict[str, Any], mark: str, blind: set[str], *, is_late: bool
) -> None:
    patient_id = actors["patient_id"]
    lines = (f.observation(f.ANALYTES[0], f.ago(0)),)
    given: dict[str, Any] = {"number": "R-1", "issued_at": f.ago(0), "observations": lines}
    row = f.report(patient_id, **given, **({} if is_late else {mark: True}))
    if is_late:
        assert f.report(patient_id, **given, **{mark: True}) == row
    Grant.objects.update(valid_from=f.ago(1))
    for name, actor in actors["people"].items():
        wanted = {404} if name in blind else {200}
        assert _statuses(client, actor, patient_id, row) == wanted, name


@pytest.fixture
def file():
    patient, identity = PatientFactory(), uuid7()

    def filing(*observations, may_loosen=False, **fields):
        return file_results(
            identity_id=identity, patient_id=patient.pk, report=report(*observations, **fields),
            source="labo-essai", may_loosen=may_loosen,
        )  # fmt: skip

    return filing


def published(row: Report) -> set[int]:
    """The bits under which a report and its values are published."""
    own = [row.pk, *row.observations.values_list("pk", flat=True)]
    rows = Resource.objects.filter(id__in=own, is_current=True)
    return set(rows.values_list("marks", flat=True))


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_sent_later_tightens_and_none_loosens(file, mark):
    row = file()
    assert published(row) == {0}
    assert file(**{mark: True}) == row
    assert published(row) == {BITS[mark]}
    assert AuditLine.objects.filter(action="record.results.hidden").count() == 1
    assert file() == row
    assert getattr(Report.objects.get(), mark)
    file(**{mark: True})
    assert published(row) == {BITS[mark]}
    assert AuditLine.objects.filter(action="record.results.hidden").count() == 1


def test_a_correction_that_hides_hides_what_it_corrects(file):
    old = file()
    new = file(observation(value=Decimal("6.9")), hidden_from_patient=True)
    assert published(old) == published(new) == {2}
    assert file() == new
    assert published(old) == published(new) == {2}


def test_a_withdrawal_that_hides_hides_what_it_withdraws(file):
    row = file()
    assert file(is_withdrawn=True, masked_from_professionals=True) is None
    assert published(row) == {1}


def test_a_correction_has_its_own_marks(file):
    """A laboratory that lifts a mark sends another version; its first one stays hidden."""
    old = file(hidden_from_patient=True)
    new = file(observation(value=Decimal("6.9")))
    assert (published(old), published(new)) == ({2}, {0})
    assert file(hidden_from_patient=True) == new
    assert (published(old), published(new)) == ({2}, {0})


def test_a_source_that_says_so_changes_the_marks_of_what_it_sends_again(file):
    old = file(observation(value=Decimal("6.9")), hidden_from_patient=True)
    row = file(hidden_from_patient=True)
    assert file(hidden_from_proxies=True, may_loosen=True) == row
    assert (published(old), published(row)) == ({6}, {4})
    assert file(may_loosen=True) == row
    assert (published(old), published(row)) == ({6}, {0})
    assert AuditLine.objects.filter(action="record.results.shown").count() == 2
