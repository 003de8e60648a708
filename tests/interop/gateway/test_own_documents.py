"""What the region makes and publishes, received as a partner would send it: the same facts."""

import pytest

from enrs.core.access.actor import acting
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.formats.cda.clinical_reader import facts
from enrs.formats.cda.header import metadata
from enrs.formats.cda.reader import read
from enrs.services.record import commands
from enrs.services.record.rules import producing as rules
from tests.interop.gateway import messages
from tests.services.record import factories as f
from tests.services.record import signing
from tests.services.vaccination.factories import declared

pytestmark = pytest.mark.django_db
KINDS = {
    "vsm": ("SYNTH", "urn:asip:ci-sis:vsm:2012"),
    "dlu": ("74207-2", ""),
    "admission_letter": ("18761-7", "urn:asip:ci-sis:ldl-ees:2017"),
    "discharge_letter": ("11490-0", "urn:asip:ci-sis:ldl-ses:2017"),
}


def received_back(made, patient_id, receive, work):
    """The same bytes as a partner would send them; gives what was filed."""
    content = store.take(made.blob)
    patient = metadata(read(content)).patient
    receive(
        messages.results(
            lines=(messages.document(content),), ins=patient.ins.extension, name=patient.birth_name,
            given=patient.first_given_name, birth=patient.birth_date.replace("-", ""), status="VALI",
        )
    )  # fmt: skip
    work()
    received = Document.objects.exclude(source=rules.SOURCE).get()
    assert received.patient_id == patient_id
    assert received.custodian == made.custodian
    assert received.author_idnat == made.author_idnat
    assert facts(read(store.take(received.blob))) == facts(read(content))
    return received


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_document_received_reads_back_with_the_same_facts(kind, receive, work):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    said = {"reason": "Chute", "synthesis": "RAS", "follow_up": "Kiné", "tobacco": "10"}
    with acting(doctor):
        made = commands.produce_document(patient_id=patient_id, kind=kind, said=said)
    received = received_back(made, patient_id, receive, work)
    assert (received.type_code, received.format_code) == KINDS[kind]
    assert len(facts(read(store.take(received.blob))).allergies) == 1


def test_a_note_of_vaccination_received_reads_back_with_the_same_dose(receive, work):
    patient_id = f.patient()
    pharmacist = signing.doctor(patient_id, "pharmacist")
    act = declared(patient_id, pharmacist, ground="Hors recommandation particulière")
    with acting(pharmacist):
        made = commands.produce_document(
            patient_id=patient_id, kind="vaccination_note", said={}, about_id=act.pk
        )
    received = received_back(made, patient_id, receive, work)
    assert (received.type_code, received.format_code) == (
        "87273-9",
        "urn:asip:ci-sis:vac-note:2021",
    )
    (dose,) = facts(read(store.take(received.blob))).vaccines
    assert (dose.lot, dose.rank, dose.by.idnat) == (act.lot, 1, made.author_idnat)
