"""What messages do to the record: identities, stays, results, documents, and twice the same."""

import pytest
from django.db.models import Q

from enrs.core.access.models import Grant
from enrs.core.audit.models import AuditLine
from enrs.core.documents.models import Document
from enrs.interop.gateway.models import DmpConsent, Inbox
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.services.record.models import Encounter, Observation, Report
from tests.factories import organisation
from tests.interop.gateway import messages

pytestmark = pytest.mark.django_db

ZFA = "ZFA|ACTIF|20260312130500|||||||IO|20260312130500|INC|20260312130500"
SET = "1.2.250.1.999.1"


def parked():
    return {
        one.control_id: one.error_text
        for one in Inbox.objects.filter(state="parked").order_by("id")
    }


def test_an_admission_opens_a_stay_and_the_record_to_the_hospital(receive, work):
    place = organisation("CHU d'essai", finess_eg=messages.FINESS)
    receive(messages.adt(ins=messages.INS, status="VALI"))
    work()
    identity = SourceIdentity.objects.get(value="P1")
    assert RegionalIdentity.objects.get(patient_id=identity.patient_id).status == "qualified"
    stay = Encounter.objects.get(number="V1")
    assert (stay.status, stay.unit, stay.room, stay.bed) == ("in-progress", "Chirurgie", "101", "B")
    assert Grant.objects.get(patient_id=identity.patient_id, grantee_id=place.id).purpose == "stay"
    receive(messages.adt("A03", "2", at="20260313090000", ins=messages.INS, status="VALI"))
    work()
    stay.refresh_from_db()
    assert stay.status == "finished"
    assert Grant.objects.get(patient_id=identity.patient_id).valid_until.year == 2026


def test_a_cancelled_admission_ends_the_hospital_s_right_at_once(receive, work):
    organisation("CHU d'essai", finess_eg=messages.FINESS)
    receive(messages.adt())
    receive(messages.adt("A11", "2"))
    work()
    assert Encounter.objects.get(number="V1").status == "entered-in-error"
    grant = Grant.objects.get()
    assert grant.valid_until <= Inbox.objects.get(control_id="2").applied_at


def test_dmp_wishes_are_kept_and_gate_nothing(receive, work):
    receive(messages.adt(extra=(ZFA,)))
    work()
    wish = DmpConsent.objects.get()
    assert (wish.publication_code, wish.consultation_code) == ("IO", "INC")
    assert Encounter.objects.filter(patient_id=wish.patient_id).exists()


def test_a_merge_brings_both_files_under_one_patient(receive, work):
    receive(messages.adt(ipp="P1", visit="V1"))
    receive(messages.adt(control_id="2", ipp="P2", visit="V2"))
    receive(messages.merge("P1", "P2", "3"))
    work()
    assert parked() == {}
    assert Inbox.objects.get(control_id="3").state == "applied"
    patients = set(Encounter.objects.values_list("patient_id", flat=True))
    assert len(patients) == 1


def test_results_come_with_unit_range_and_interpretation(receive, work):
    receive(messages.results())
    work()
    line = Observation.objects.get()
    assert (line.code, line.value, line.unit) == ("2951-2", 140, "mmol/L")
    assert (line.low, line.high, line.interpretation) == (135, 145, "N")


def test_corrected_results_supersede_and_a_cancelled_order_withdraws(receive, work):
    receive(messages.results())
    receive(
        messages.results(
            "2", order="RO", lines=("OBX|1|NM|2951-2^Sodium^LN||152|mmol/L|135-145|H|||C",)
        )
    )
    work()
    standing = Report.objects.get(withdrawn_at=None)
    assert [one.value for one in standing.observations.order_by("id")] == [152]
    receive(messages.results("3", order="CA"))
    work()
    assert not Report.objects.filter(withdrawn_at=None).exists()
    assert not Observation.objects.filter(withdrawn_at=None).exists()


def two_documents(control_id, *, order, version, status="F", value="140"):
    """A laboratory's message as the French volet has it: the same report twice, one with values.

    As in the published messages, both replacements share a setId that only one original had.
    """
    plain_set = SET
    full_set = SET if version > 1 else "1.2.250.1.999.2"
    return messages.results(
        control_id,
        order=order,
        ins=messages.INS,
        status="VALI",
        ipp="",
        lines=(
            messages.document(
                messages.cda(f"{SET}.1{version}", set_id=plain_set, version=version), status=status
            ),
            messages.document(
                messages.cda(f"{SET}.2{version}", set_id=full_set, version=version, value=value),
                rank=2,
                status=status,
            ),
        ),
    )


def test_documents_are_filed_replaced_then_withdrawn_and_twice_changes_nothing(receive, work):
    sent = [
        two_documents("015", order="NW", version=1),
        two_documents("015", order="RO", version=2, status="C", value="152"),
        two_documents("015", order="CA", version=2, status="D", value="152"),
    ]
    seen = []
    for raw in sent:
        assert receive(raw) == "AA"
        work()
        assert parked() == {}
        documents = Document.objects.order_by("unique_id").values_list("unique_id", "status")
        values = Observation.objects.filter(withdrawn_at=None).values_list("value", flat=True)
        seen.append((dict(documents), list(values.order_by("id"))))
    first, second, third = seen
    assert first == ({f"{SET}.11": "current", f"{SET}.21": "current"}, [140])
    assert second == (
        {
            f"{SET}.11": "superseded",
            f"{SET}.12": "current",
            f"{SET}.21": "superseded",
            f"{SET}.22": "current",
        },
        [152],
    )
    assert third[0][f"{SET}.12"] == third[0][f"{SET}.22"] == "withdrawn"
    assert third[1] == []
    counts = [model.objects.count() for model in (Document, Observation, Report, Inbox)]
    for raw in sent:
        assert receive(raw) == "AA"
    work()
    assert [model.objects.count() for model in (Document, Observation, Report, Inbox)] == counts
    Inbox.objects.update(state="received")
    work()
    documents = dict(Document.objects.order_by("unique_id").values_list("unique_id", "status"))
    assert documents == third[0]
    assert not Observation.objects.filter(Q(withdrawn_at=None)).exists()


FLAGS = {
    "MASQUE_PS": "masked_from_professionals",
    "INVISIBLE_PATIENT": "hidden_from_patient",
    "INVISIBLE_REP_LEGAUX": "hidden_from_proxies",
}


def marks(row):
    return {name for name in FLAGS.values() if getattr(row, name)}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("is_document", [True, False])
def test_values_bear_the_marks_of_their_message(receive, work, flag, is_document):
    """A mark that comes later hides what was filed; the first copy sent again lifts none."""
    lines = ("OBX|1|NM|2951-2^Sodium^LN||140|mmol/L|135-145|N|||F",)
    if is_document:
        lines = (messages.document(messages.cda(f"{SET}.9", value="140")),)
    receive(messages.results(lines=lines))
    work()
    assert marks(Report.objects.get()) == set()
    said = f"OBX|2|CE|{flag}^{flag}^MetaDMPMSS||Y^^expandedYes-NoIndicator||||||F"
    receive(messages.results("2", order="RO", lines=(*lines, said)))
    work()
    Inbox.objects.update(state="received")
    work()
    assert parked() == {}
    assert marks(Report.objects.get(withdrawn_at=None)) == {FLAGS[flag]}
    assert Observation.objects.get().withdrawn_at is None
    assert all(marks(one) == {FLAGS[flag]} for one in Document.objects.all())
    assert Document.objects.exists() is is_document
    receive(messages.results("3", order="RO", lines=(*lines, *flagged("MODIF_CONF_CODE"))))
    work()
    assert marks(Report.objects.get()) == set()


def flagged(*names):
    """Documents flags of the message (MetaDMPMSS), all said Y."""
    return tuple(
        f"OBX|{rank}|CE|{name}^{name}^MetaDMPMSS||Y^^expandedYes-NoIndicator||||||F"
        for rank, name in enumerate(names, 2)
    )


def test_a_hidden_document_is_shown_only_when_its_sender_says_that_it_changes_the_marks(
    receive, work
):
    """The announcement visit is past: MODIF_CONF_CODE=Y alone makes the new marks replace the old."""
    report = messages.document(messages.cda(f"{SET}.9"))
    receive(messages.results(lines=(report, *flagged("INVISIBLE_PATIENT"))))
    receive(messages.results("2", order="RO", lines=(report,)))
    work()
    assert Document.objects.get().hidden_from_patient
    changed = (report, *flagged("MODIF_CONF_CODE", "INVISIBLE_REP_LEGAUX"))
    receive(messages.results("3", order="RO", lines=changed))
    work()
    assert parked() == {}
    document = Document.objects.get()
    assert (document.hidden_from_patient, document.hidden_from_proxies) == (False, True)
    receive(messages.results("4", order="RO", lines=(report, *flagged("MODIF_CONF_CODE"))))
    work()
    document.refresh_from_db()
    assert not document.hidden_from_proxies
    assert AuditLine.objects.filter(action="record.document.shown").count() == 2


def test_a_document_about_somebody_else_is_parked_whole(receive, work):
    other = messages.cda(f"{SET}.9", ins="285077599999914", value="140")
    receive(messages.results(ins=messages.INS, status="VALI", lines=(messages.document(other),)))
    work()
    assert parked() == {"1": "Le document concerne une autre personne que le message (PID)."}
    assert not Document.objects.exists()
    assert not SourceIdentity.objects.exists()


def test_a_document_without_ins_is_compared_by_name_and_birth(receive, work):
    receive(messages.results(lines=(messages.document(messages.cda(f"{SET}.9", name="N'DIAYE")),)))
    receive(messages.results("2", lines=(messages.document(messages.cda(f"{SET}.8")),)))
    work()
    assert list(parked()) == ["1"]
    assert Document.objects.get().unique_id == f"{SET}.8"


def test_withdrawing_what_was_never_sent_says_so(receive, work):
    lines = (messages.document(messages.cda(f"{SET}.7"), status="D"),)
    receive(messages.results(order="CA", lines=lines))
    work()
    assert parked() == {"1": "Le document à retirer n'est pas dans le dossier."}
