"""Problems, allergies, treatments, vaccinations and measures: who writes them, what they leave, what they refuse."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.record import commands
from enrs.services.record.demo import Person, add_entries
from enrs.services.record.models import Allergy, FormerEntry, Measure, Problem
from enrs.services.record.rules import entries as rules
from tests.referentials.identity.factories import actor_in
from tests.services.record import factories as f
from tests.services.record.checks import search

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def values(kind: str, /, **changes: Any) -> dict[str, Any]:
    given: dict[str, dict[str, Any]] = {
        "problem": {"display": "Insuffisance cardiaque", "began_on": "2019"},
        "allergy": {"display": "Pénicilline", "criticality": "high", "reaction": "Urticaire"},
        "treatment": {
            "display": "Bisoprolol 2,5 mg",
            "dosage": "1 le matin",
            "began_on": "2021-03",
        },
        "vaccination": {"display": "Grippe", "given_on": "2025-11-04", "lot": "A1"},
        "measure": {"kind": "weight", "value": "72,5", "measured_at": timezone.now()},
    }
    return given[kind] | changes


@pytest.fixture
def patient_id() -> UUID:
    return f.patient()


def url(name: str, patient_id: UUID, *more: object) -> str:
    return reverse(f"record:{name}", args=[patient_id, *more])


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("problem", "Condition"),
        ("allergy", "AllergyIntolerance"),
        ("treatment", "MedicationStatement"),
        ("vaccination", "Immunization"),
        ("measure", "Observation"),
    ],
)
def test_an_entry_is_published_written_and_withdrawn(
    patient_id: UUID, kind: str, resource: str
) -> None:
    with acting(f.member(patient_id)):
        entry = commands.record_entry(kind=kind, patient_id=patient_id, values=values(kind))
        commands.amend_entry(entry=entry, values=values(kind, comment="Revu"), expected_version=1)
        commands.withdraw_entry(entry=entry, reason="Erreur de personne")
    with f.feed():
        row = Resource.objects.get(type=resource, id=entry.id, is_current=True)
        assert row.is_deleted
        acts = AuditLine.objects.filter(object_id=str(entry.id)).order_by("at")
        assert [one.action.rsplit(".")[-1] for one in acts] == ["recorded", "amended", "withdrawn"]
        assert FormerEntry.objects.filter(entry_id=entry.id).count() == 1


def test_a_pressure_has_two_values_in_the_resource(patient_id: UUID) -> None:
    with acting(f.member(patient_id)):
        entry = commands.record_entry(
            kind="measure", patient_id=patient_id,
            values=values("measure", kind="pressure", value="132", second="78"),
        )  # fmt: skip
    with f.feed():
        body = str(Resource.objects.get(type="Observation", id=entry.id).body)
        assert "8462-4" in body
        assert entry.id in search("Observation", "code", "http://loinc.org|85354-9")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("physician", True), ("nurse", True), ("pharmacist", True), ("allied", True),
        ("social_worker", False), ("secretary", False), ("identity_officer", False),
    ],
)  # fmt: skip
def test_who_writes_the_summary(patient_id: UUID, role: str, may: bool) -> None:
    with acting(f.member(patient_id, role)):
        if may:
            assert commands.record_entry(
                kind="problem", patient_id=patient_id, values=values("problem")
            )
        else:
            with pytest.raises(AccessRefusedError):
                commands.record_entry(
                    kind="problem", patient_id=patient_id, values=values("problem")
                )


def test_another_circle_and_an_opposed_member_write_nothing(
    client: Client, patient_id: UUID
) -> None:
    opposed = f.member(patient_id)
    assert opposed.grantee_id
    deny(patient_id=patient_id, grantee_id=opposed.grantee_id, source_id=uuid7())
    for actor in (actor_in("nurse", "Autre Service"), opposed):
        with acting(actor), pytest.raises(AccessRefusedError):
            commands.record_entry(kind="problem", patient_id=patient_id, values=values("problem"))
        f.signed_in(client, actor)
        for name in ("entries", "entry_add"):
            assert client.get(url(name, patient_id, "problem")).status_code == 404
        posted = client.post(url("entry_add", patient_id, "problem"), values("problem"))
        assert posted.status_code == 404
    assert not Problem.objects.exists()


def test_the_person_enters_measures_only_and_it_says_so(client: Client, patient_id: UUID) -> None:
    person = f.owner(patient_id)
    f.signed_in(client, person)
    for kind in ("problem", "allergy", "treatment", "vaccination"):
        assert client.get(url("entry_add", patient_id, kind)).status_code == 404
        assert client.post(url("entry_add", patient_id, kind), values(kind)).status_code == 404
    assert client.post(url("no_allergy", patient_id)).status_code == 404
    posted = client.post(
        url("entry_add", patient_id, "measure"),
        {"kind": "weight", "value": "71", "measured_at": "2026-01-05T08:00"},
    )
    assert posted.status_code == 302
    written = Measure.objects.get()
    assert written.is_by_person
    nurse = f.member(patient_id)
    with acting(nurse), pytest.raises(AccessRefusedError):
        commands.withdraw_entry(entry=written, reason="non")
    f.signed_in(client, nurse)
    assert "Écrit par le patient" in client.get(url("summary", patient_id)).content.decode()


def test_an_allergy_and_none_known_never_stand_together(client: Client, patient_id: UUID) -> None:
    f.signed_in(client, f.member(patient_id))
    assert "Allergies non renseignées" in client.get(url("summary", patient_id)).content.decode()
    client.post(url("no_allergy", patient_id))
    client.post(url("no_allergy", patient_id))
    assert Allergy.objects.count() == 1
    page = client.get(url("summary", patient_id)).content.decode()
    assert "risk-none" in page
    sent = values("allergy", kind="medication", status="active")
    client.post(url("entry_add", patient_id, "allergy"), sent)
    page = client.get(url("summary", patient_id)).content.decode()
    assert "risk-alert" in page
    assert "Pénicilline" in page
    assert Allergy.objects.filter(withdrawn_at=None).count() == 1
    client.post(url("no_allergy", patient_id))
    assert Allergy.objects.filter(withdrawn_at=None, is_none_known=True).count() == 0


def test_the_gravest_allergy_is_named_first(client: Client, patient_id: UUID) -> None:
    nurse = f.member(patient_id)
    given = (("Sparadrap", "low"), ("Amoxicilline", "high"), ("Iode", "unable-to-assess"))
    with acting(nurse):
        for display, criticality in given:
            sent = values("allergy", display=display, criticality=criticality)
            commands.record_entry(kind="allergy", patient_id=patient_id, values=sent)
    f.signed_in(client, nurse)
    page = client.get(url("summary", patient_id)).content.decode()
    assert "Amoxicilline, Iode, Sparadrap" in page
    assert page.rindex("Amoxicilline") < page.rindex("Iode") < page.rindex("Sparadrap")


def test_who_may_not_read_the_summary_is_told_nothing_of_allergies(
    client: Client, patient_id: UUID
) -> None:
    with acting(f.member(patient_id)):
        commands.record_entry(kind="allergy", patient_id=patient_id, values=values("allergy"))
    f.signed_in(client, f.member(patient_id, "social_worker"))
    page = client.get(url("summary", patient_id)).content.decode()
    assert "Pénicilline" not in page
    assert "Allergies non renseignées" not in page


def test_a_stale_save_shows_both(client: Client, patient_id: UUID) -> None:
    nurse = f.member(patient_id)
    with acting(nurse):
        entry = commands.record_entry(
            kind="problem", patient_id=patient_id, values=values("problem")
        )
        commands.amend_entry(entry=entry, values=values("problem", display="Autre"), expected_version=1)  # fmt: skip
        with pytest.raises(StaleSaveError):
            commands.amend_entry(entry=entry, values=values("problem"), expected_version=1)
    f.signed_in(client, nurse)
    sent = values("problem", status="active") | {"version": "1"}
    answer = client.post(url("entry", patient_id, "problem", entry.id), sent)
    assert answer.status_code == 409
    assert "Autre" in answer.content.decode()


CODED = {"code": "84114007", "code_system": "2.16.840.1.113883.6.96"}


@pytest.mark.parametrize(
    ("display", "code"), [("Insuffisance cardiaque", "84114007"), ("Insuffisance rénale", "")]
)
def test_a_code_stays_as_long_as_its_words(
    client: Client, patient_id: UUID, display: str, code: str
) -> None:
    nurse = f.member(patient_id)
    with acting(nurse):
        entry = commands.record_entry(
            kind="problem", patient_id=patient_id, values=values("problem") | CODED
        )
    f.signed_in(client, nurse)
    sent = {"display": display, "status": "active", "began_on": "2020", "version": "1"}
    assert client.post(url("entry", patient_id, "problem", entry.id), sent).status_code == 302
    kept = Problem.objects.get()
    assert (kept.display, kept.began_on, kept.code) == (display, "2020", code)
    assert bool(kept.code_system) is bool(code)


def test_another_patient_s_entry_is_not_found(client: Client, patient_id: UUID) -> None:
    other = f.patient("200", birth_name="DIALLO", **f.BARE)
    nurse = f.member(patient_id)
    f.give(other, nurse)
    with acting(nurse):
        entry = commands.record_entry(kind="problem", patient_id=other, values=values("problem"))
    f.signed_in(client, nurse)
    assert client.get(url("entry", patient_id, "problem", entry.id)).status_code == 404
    assert client.get(url("entry", other, "allergy", entry.id)).status_code == 404
    assert client.get(url("entries", other, "autre")).status_code == 404


@pytest.mark.parametrize("kind", sorted(rules.FIELDS))
def test_a_script_in_every_text_stays_text(client: Client, patient_id: UUID, kind: str) -> None:
    f.signed_in(client, f.member(patient_id))
    sent = values(kind) | {
        name: SCRIPT
        for name in rules.FIELDS[kind]
        if name in ("display", "comment", "dosage", "reaction", "prescriber", "lot", "dose")
    }
    sent |= {"status": "resolved" if kind in ("problem", "allergy") else "active"}
    sent |= {"measured_at": "2026-01-05T08:00"} if kind == "measure" else {}
    sent |= {"kind": "medication"} if kind == "allergy" else {}
    assert client.post(url("entry_add", patient_id, kind), sent).status_code == 302
    for address in (url("entries", patient_id, kind), url("summary", patient_id)):
        page = client.get(address).content.decode()
        assert SCRIPT not in page


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("problem", {"display": " "}, "display"),
        ("problem", {"display": "x" * 201}, "display"),
        ("problem", {"status": "gone"}, "status"),
        ("problem", {"began_on": "2023-02-30"}, "began_on"),
        ("problem", {"began_on": "2999"}, "began_on"),
        ("problem", {"began_on": "2020", "ended_on": "2019-05"}, "ended_on"),
        ("problem", {"author_id": "x"}, "author_id"),
        ("problem", {"display": "a\x00b"}, "display"),
        ("allergy", {"is_none_known": True}, "is_none_known"),
        ("vaccination", {"given_on": ""}, "given_on"),
        ("measure", {"kind": "soul"}, "kind"),
        ("measure", {"value": "900"}, "value"),
        ("measure", {"value": "NaN"}, "value"),
        ("measure", {"value": "1e9999999"}, "value"),
        ("measure", {"value": ""}, "value"),
        ("measure", {"second": "3"}, "second"),
        ("measure", {"kind": "pressure", "value": "130"}, "second"),
        ("measure", {"kind": "pressure", "value": "130", "second": "140"}, "second"),
        ("measure", {"measured_at": timezone.now() + timedelta(days=2)}, "measured_at"),
        ("measure", {"measured_at": "hier"}, "measured_at"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(rules.EntryRefusedError) as caught:
        rules.checked(kind, values(kind, **changes), now=timezone.now())
    assert caught.value.field == field


def test_a_refused_value_stays_in_the_form(client: Client, patient_id: UUID) -> None:
    f.signed_in(client, f.member(patient_id))
    answer = client.post(
        url("entry_add", patient_id, "measure"),
        {"kind": "weight", "value": "900", "measured_at": "2026-01-05T08:00"},
    )
    assert answer.status_code == 422
    assert "vérifiez l’unité" in answer.content.decode()


@pytest.mark.parametrize("page", ["summary", "measure", "problem"])
def test_fifty_entries_cost_no_more_queries(client: Client, patient_id: UUID, page: str) -> None:
    nurse = f.member(patient_id)
    f.signed_in(client, nurse)
    counts = []
    for size in (1, 49):
        with acting(nurse):
            for kind in rules.FIELDS:
                for _ in range(size):
                    commands.record_entry(kind=kind, patient_id=patient_id, values=values(kind))
        address = url("summary", patient_id) if page == "summary" else url("entries", patient_id, page)  # fmt: skip
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 45


def test_the_filters_of_the_life_line(client: Client, patient_id: UUID) -> None:
    nurse = f.member(patient_id)
    f.whole(patient_id, nurse)
    with acting(nurse):
        commands.record_entry(kind="measure", patient_id=patient_id, values=values("measure"))
    f.signed_in(client, nurse)
    every = client.get(url("life_line", patient_id)).content.decode()
    assert "Bilan sanguin" in every
    assert "72,5" in every
    only = client.get(url("life_line", patient_id), {"genre": "measures"}).content.decode()
    assert "72,5" in only
    assert "Bilan sanguin" not in only
    forged = client.get(url("life_line", patient_id), {"genre": "' or 1=1"})
    assert "Bilan sanguin" in forged.content.decode()
    f.signed_in(client, f.member(patient_id, "secretary"))
    assert "72,5" not in client.get(url("life_line", patient_id), {"genre": "measures"}).content.decode()  # fmt: skip


def test_the_demonstration_s_rows_are_those_of_the_commands(client: Client) -> None:
    known = [f.patient(f"D{number}", birth_name=f"DEMO{number}", **f.BARE) for number in range(10)]
    with f.feed():
        count = add_entries([Person(one, uuid7()) for one in known])
        assert Resource.objects.exclude(patient_id=None).filter(category="summary").count() == count
    f.signed_in(client, f.member(known[0]))
    page = client.get(url("summary", known[0])).content.decode()
    assert "Hypertension artérielle" in page
    assert "risk-alert" in page


def test_a_former_state_is_told_in_the_words_of_the_form(patient_id: UUID) -> None:
    nurse = f.member(patient_id)
    with acting(nurse):
        entry = commands.record_entry(
            patient_id=patient_id, kind="allergy", values=values("allergy")
        )
        commands.amend_entry(
            entry=entry, values=values("allergy", criticality="low"),
            expected_version=entry.version,
        )  # fmt: skip
    page = f.signed_in(Client(), nurse).get(url("entry", patient_id, "allergy", entry.id))
    text = page.content.decode()
    assert "gravité possible «&nbsp;Élevée : risque vital&nbsp;»" in text
    assert "état «&nbsp;Présente&nbsp;»" in text
