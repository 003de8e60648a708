"""The record: entries, notes, documents, lists, whole files of patients."""

from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.rules import ROLES, WRITE, permits
from enrs.core.ids import uuid7
from enrs.formats.ins import INS_TEST_OID
from enrs.referentials.directory.models import Organisation, Practitioner, PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.rules import Traits
from enrs.services.record import commands
from enrs.services.record.models import Publication
from enrs.services.record.rules import DocumentMeta
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.referentials.identity.factories import fictional_ins

RECORD = "services.record"
CREATES = tuple(one for one in ROLES if permits(one, "identity", WRITE))
LIST = b"numero;nom_naissance;premier_prenom;date_naissance;sexe\n77;RIVOAL;SYLVIE;1948-03-14;F\n"
PERSON = "the person writes their own measures and notes"
MEASURE = {"kind": "weight", "value": "62.5", "measured_at": "2026-03-12T10:00:00Z"}
LINE = {
    "display": "Amlodipine 5 mg", "code": "C08CA01", "moments": "1 le matin", "lasts": "30", "lasts_unit": "d",
}  # fmt: skip
META = DocumentMeta(
    unique_id="2.25.77", type_code="11488-4", type_display="CR", title="Consultation",
    mime_type="text/plain", happened_at=timezone.now(),
)  # fmt: skip


def entry(w: World) -> Any:
    with w.as_right():
        return commands.record_entry(
            kind="problem", patient_id=w.patient.pk, values={"display": "Hypertension artérielle"}
        )


def note(w: World) -> Any:
    with w.as_right():
        return commands.write_note(patient_id=w.patient.pk, text="A bien mangé.", audience="shared")


def document(w: World) -> Any:
    with w.as_right():
        return commands.file_document(
            identity_id=None, patient_id=w.patient.pk, content=b"CR", meta=META, source="essai"
        )


def round_of(w: World) -> Any:
    with w.as_right():
        return commands.save_list(label="Tournée du matin")


def checked_list(w: World) -> Any:
    with w.as_right():
        return commands.check_list(content=LIST, file_name="liste.csv")


@case(f"{RECORD}.record_entry", "nurse", category="summary")
def record_entry(w: World) -> dict[str, Any]:
    return {
        "kind": "problem",
        "patient_id": w.patient.pk,
        "values": {"display": "Diabète de type 2"},
    }


@case(f"{RECORD}.state_no_allergy", "nurse", category="summary")
def state_no_allergy(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk}


@case(f"{RECORD}.amend_entry", "nurse", category="summary")
def amend_entry(w: World) -> dict[str, Any]:
    made = entry(w)
    return {"entry": made, "values": {"display": "HTA"}, "expected_version": made.version}


@case(f"{RECORD}.withdraw_entry", "nurse", category="summary")
def withdraw_entry(w: World) -> dict[str, Any]:
    return {"entry": entry(w), "reason": "Erreur de dossier"}


@case(f"{RECORD}.record_measures", "nurse", category="summary", but={"role:patient": PERSON})
def record_measures(w: World) -> dict[str, Any]:
    return {"measures": [(w.patient.pk, MEASURE | {"measured_at": timezone.now()})]}


@case(
    f"{RECORD}.write_note",
    "nurse",
    category="notes",
    but={"role:social_worker": "shared notes are theirs too", "role:patient": PERSON},
)
def write_note(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "text": "Pansement refait.", "audience": "shared"}


@case(f"{RECORD}.amend_note", "nurse", category="notes", own=True)
def amend_note(w: World) -> dict[str, Any]:
    made = note(w)
    return {"written": made, "text": "A mangé.", "expected_version": made.version}


@case(f"{RECORD}.withdraw_note", "nurse", category="notes", own=True)
def withdraw_note(w: World) -> dict[str, Any]:
    return {"written": note(w), "reason": "Erreur de dossier"}


@case(
    f"{RECORD}.keep_note", "nurse", more=("outside", "opposed", "ended", "other_patient"),
    in_circle=True,
)  # fmt: skip
def keep_note(w: World) -> dict[str, Any]:
    return {"written": note(w), "is_favourite": True}


@case(f"{RECORD}.file_document", "physician", category="documents")
def file_document(w: World) -> dict[str, Any]:
    return {
        "identity_id": None, "patient_id": w.patient.pk, "content": b"CR", "meta": META, "source": "essai",
    }  # fmt: skip


@case(f"{RECORD}.withdraw_document", "physician", category="documents")
def withdraw_document(w: World) -> dict[str, Any]:
    return {"document": document(w), "reason": "Erreur de dossier"}


@case(f"{RECORD}.open_record", "physician", roles=CREATES)
def open_record(w: World) -> dict[str, Any]:
    traits = Traits(
        birth_name="RIVOAL", first_given_name="SYLVIE", given_names="SYLVIE",
        birth_date="1948-03-14", sex="F",
    )  # fmt: skip
    return {"traits": traits, "ground": "recognised", "is_informed": True}


@case(f"{RECORD}.check_list", "secretary", roles=CREATES)
def check_list(w: World) -> dict[str, Any]:
    return {"content": LIST, "file_name": "liste.csv"}


@case(f"{RECORD}.start_intake", "secretary", roles=CREATES, placed=True)
def start_intake(w: World) -> dict[str, Any]:
    return {"intake": checked_list(w), "is_informed": True}


@case(f"{RECORD}.cancel_intake", "secretary", roles=CREATES, placed=True)
def cancel_intake(w: World) -> dict[str, Any]:
    return {"intake": checked_list(w)}


OTHERS = "patients of others are left out, without a word"


@case(
    f"{RECORD}.see_news", "nurse", more=("outside", "opposed", "ended"), in_circle=True,
    quiet={"outside": OTHERS, "opposed": OTHERS, "ended": OTHERS},
)  # fmt: skip
def see_news(w: World) -> dict[str, Any]:
    return {"until": {w.patient.pk: timezone.now()}}


@case(f"{RECORD}.set_favourite", "nurse", more=("outside", "opposed", "ended"), in_circle=True)
def set_favourite(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "is_favourite": True}


@case(f"{RECORD}.save_list", "nurse")
def save_list(w: World) -> dict[str, Any]:
    return {"label": "Tournée du soir"}


@case(f"{RECORD}.remove_list", "nurse", own=True, in_circle=True)
def remove_list(w: World) -> dict[str, Any]:
    return {"kept": round_of(w)}


@case(f"{RECORD}.put_on_round", "nurse", own=True, in_circle=True)
def put_on_round(w: World) -> dict[str, Any]:
    return {"kept": round_of(w), "patient_id": w.patient.pk, "days": [1, 2]}


@case(f"{RECORD}.take_off_round", "nurse", own=True, in_circle=True)
def take_off_round(w: World) -> dict[str, Any]:
    kept = round_of(w)
    with w.as_right():
        commands.put_on_round(kept=kept, patient_id=w.patient.pk)
    return {"kept": kept, "patient_id": w.patient.pk}


feed(
    "what hospitals and laboratories send, after their lane has found the person",
    f"{RECORD}.file_results", f"{RECORD}.record_stay",
)  # fmt: skip
feed("a periodic job", f"{RECORD}.run_intakes", f"{RECORD}.index_documents")
part(
    "reads one document or one report for another command",
    f"{RECORD}.words_of", f"{RECORD}.content_hash", f"{RECORD}.build",
)  # fmt: skip


def of_minor(w: World) -> dict[str, Any]:
    """A document of the patient, who is not of age, to be kept secret."""
    birth = f"{timezone.now().year - 15}-01-01"
    RegionalIdentity.objects.filter(patient=w.patient).update(birth_date=birth)
    return {
        "patient_id": w.patient.pk, "ground": "care", "what": "Dépistage", "is_asked": True,
        "is_consent_tried": True, "companion_name": "Awa SIDIBÉ", "items": [document(w).pk],
    }  # fmt: skip


@case(
    f"{RECORD}.keep_secret", "physician", category="documents",
    more=("role:pharmacist", "role:proxy"),
)  # fmt: skip
def keep_secret(w: World) -> dict[str, Any]:
    return of_minor(w)


@case(f"{RECORD}.lift_secret", "physician", category="documents", own=True, more=("role:proxy",))
def lift_secret(w: World) -> dict[str, Any]:
    given = of_minor(w)
    with w.as_right():
        return {"kept": commands.keep_secret(**given), "is_asked": True}


part(
    "part of making a document and of signing one, which have decided before",
    f"{RECORD}.follow_to_national",
)
part("part of filing and of keeping secret", f"{RECORD}.put_under", f"{RECORD}.source_says")


def sent(w: World) -> Any:
    """A document that a hospital sent."""
    with acting(SYSTEM):
        return commands.file_document(
            identity_id=None, patient_id=w.patient.pk, content=b"CR", meta=META, source="essai"
        )


PERSONS = {"reader": "the person's own right has no lesser level"}
CARERS = ("role:physician", "role:nurse")


@case(f"{RECORD}.mask_document", "patient", category="documents", more=CARERS, but=PERSONS)
def mask_document(w: World) -> dict[str, Any]:
    return {"document": sent(w)}


@case(f"{RECORD}.show_document", "patient", category="documents", more=CARERS, but=PERSONS)
def show_document(w: World) -> dict[str, Any]:
    made = sent(w)
    with w.as_right():
        commands.mask_document(document=made)
    return {"document": made}


@case(
    f"{RECORD}.withhold_document", "physician", category="documents", more=("role:proxy",),
)  # fmt: skip
def withhold_document(w: World) -> dict[str, Any]:
    return {"document": sent(w), "reason": "Consultation d’annonce à venir"}


@case(f"{RECORD}.disclose_document", "physician", category="documents", more=("role:proxy",))
def disclose_document(w: World) -> dict[str, Any]:
    given = withhold_document(w)
    with w.as_right():
        commands.withhold_document(**given)
    return {"document": given["document"]}


part(
    "part of filing and of acts on marks",
    *(
        f"{RECORD}.{one}"
        for one in ("put_under_marks", "source_marks", "told_together", "set_mark")
    ),
)


def signer(w: World) -> None:
    """The right actor in the national directory, a patient with an INS and a summary that says enough."""
    person = Practitioner.objects.create(
        id=w.right.grantee_id, idnat="899700000077", family="ROCHE", given="Camille",
        name_key="ROCHE CAMILLE", row_hash="",
    )  # fmt: skip
    Organisation.objects.filter(pk=w.place.pk).update(finess_eg="770000077")
    PractitionerRole.objects.create(
        id=uuid7(),
        practitioner=person,
        organisation=w.place,
        profession_code="10",
        profession_label="Médecin",
        sector="SA07",
        sector_label="Cabinet individuel",
        row_hash="",
    )
    RegionalIdentity.objects.filter(patient=w.patient).update(
        ins=fictional_ins(77), ins_oid=INS_TEST_OID, status="qualified", birth_date="1979-03-05",
        sex="F", birth_place_code="51215",
    )  # fmt: skip
    with w.as_right():
        commands.state_no_allergy(patient_id=w.patient.pk)
    entry(w)


def produced(w: World) -> Any:
    signer(w)
    with w.as_right():
        return commands.produce_document(patient_id=w.patient.pk, kind="vsm", said={})


def published(w: World) -> Any:
    made = produced(w)
    with w.as_right():
        one = commands.publish_to_national(document=made, is_informed=True)
    Publication.objects.filter(pk=one.pk).update(state="refused", code="902")
    return one


@case(f"{RECORD}.produce_document", "physician", category="documents", more=("role:nurse",))
def produce_document(w: World) -> dict[str, Any]:
    signer(w)
    return {"patient_id": w.patient.pk, "kind": "vsm", "said": {"warnings": "Chutes"}}


@case(f"{RECORD}.withdraw_produced", "physician", category="documents", placed=True)
def withdraw_produced(w: World) -> dict[str, Any]:
    return {"document": produced(w), "reason": "Erreur de dossier"}


@case(f"{RECORD}.publish_to_national", "physician", category="documents")
def publish_to_national(w: World) -> dict[str, Any]:
    return {"document": produced(w), "is_informed": True}


@case(f"{RECORD}.replay_publication", "physician", category="documents")
def replay_publication(w: World) -> dict[str, Any]:
    return {"publication": published(w)}


def draft_of(w: World) -> Any:
    """A prescription to sign, with one line."""
    signer(w)
    with w.as_right():
        made = commands.start_prescription(patient_id=w.patient.pk)
        commands.save_prescription_line(
            prescription=made, values=LINE, expected_version=made.version
        )
    return made


def prescribed(w: World) -> Any:
    made = draft_of(w)
    with w.as_right():
        return commands.sign_prescription(
            prescription=made, remarks="", alerts_read="", expected_version=made.version
        )


@case(f"{RECORD}.start_prescription", "physician", category="documents", more=("role:coordinator",))
def start_prescription(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk}


@case(f"{RECORD}.save_prescription_line", "physician", category="documents", own=True)
def save_prescription_line(w: World) -> dict[str, Any]:
    made = draft_of(w)
    return {"prescription": made, "values": LINE, "expected_version": made.version}


@case(f"{RECORD}.remove_prescription_line", "physician", category="documents", own=True)
def remove_prescription_line(w: World) -> dict[str, Any]:
    made = draft_of(w)
    line = made.lines.get()
    return {"prescription": made, "line_id": line.pk, "expected_version": made.version}


@case(f"{RECORD}.sign_prescription", "physician", category="documents", own=True)
def sign_prescription(w: World) -> dict[str, Any]:
    made = draft_of(w)
    return {
        "prescription": made, "remarks": "", "alerts_read": "", "expected_version": made.version,
    }  # fmt: skip


@case(f"{RECORD}.drop_prescription", "physician", category="documents", own=True)
def drop_prescription(w: World) -> dict[str, Any]:
    return {"prescription": draft_of(w)}


@case(f"{RECORD}.renew_prescription", "physician", category="documents")
def renew_prescription(w: World) -> dict[str, Any]:
    return {"prescription": prescribed(w)}


@case(f"{RECORD}.correct_prescription", "physician", category="documents", own=True)
def correct_prescription(w: World) -> dict[str, Any]:
    return {"prescription": prescribed(w)}


@case(f"{RECORD}.cancel_prescription", "physician", category="documents", placed=True)
def cancel_prescription(w: World) -> dict[str, Any]:
    made = prescribed(w)
    return {
        "prescription": made, "reason": "Erreur de dose", "expected_version": made.version,
    }  # fmt: skip


@case(f"{RECORD}.take_treatments", "physician", category="documents")
def take_treatments(w: World) -> dict[str, Any]:
    made = prescribed(w)
    return {"prescription": made, "line_ids": [one.pk for one in made.lines.all()]}


feed("a periodic job", f"{RECORD}.run_publications")
part(
    "what prescribing is made of: it decides, locks and writes the line of the act",
    f"{RECORD}.demand_prescriber",
    f"{RECORD}.demand_own_draft",
    f"{RECORD}.lock",
    f"{RECORD}.tell",
)  # fmt: skip
part("what producing and signing share: it decides", f"{RECORD}.make")
part(
    "reads for other commands, writes nothing",
    f"{RECORD}.labels_of",
)  # fmt: skip
part(
    "what publishing and its round are made of, which have decided before",
    f"{RECORD}.settle",
    f"{RECORD}.say",
)  # fmt: skip
