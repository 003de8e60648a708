"""Documents made from the record: what they say, what is refused and why, versions, who makes which."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.core.plans import commands as plans
from enrs.formats.cda.builder_documents import summary_document
from enrs.formats.cda.clinical import AllergyFact, Facts, ProblemFact, TreatmentFact
from enrs.formats.cda.clinical_reader import facts
from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.layouts import LAYOUTS, SUFFICIENT
from enrs.formats.cda.model import Identifier
from enrs.formats.cda.reader import read
from enrs.formats.cda.viewer import plain_text
from enrs.referentials.circles.models import Member
from enrs.referentials.directory.models import PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.record import commands
from enrs.services.record.commands.producing import ProductionRefusedError
from enrs.services.record.models import Measure
from enrs.services.record.queries.producing import draft
from enrs.services.record.queries.received import _words
from enrs.services.record.rules import producing as rules
from tests.factories import organisation
from tests.formats.cda.examples import METADATA
from tests.referentials.identity.factories import AWA, fictional_ins
from tests.services.record import factories as f
from tests.services.record import signing

pytestmark = pytest.mark.django_db
SAID: dict[str, dict[str, Any]] = {
    "vsm": {"tobacco": "12.5", "warnings": "Chutes\n\nVit seule", "job_risks": ""},
    "dlu": {"preferred": "CH de Brie", "palliative": "", "directives": "Chez sa fille", "state": "", "remarks": ""},
    "admission_letter": {"reason": "Décompensation", "remarks": ""},
    "discharge_letter": {"reason": "Chute", "synthesis": "RAS", "follow_up": "Kiné", "remarks": ""},
    "plan": {},
}  # fmt: skip


def a_plan(patient_id: UUID, by: Actor) -> None:
    with acting(by):
        made = plans.create_plan(
            patient_id=patient_id, kind="ppcs", title="Plan de Mme Ndiaye", situation="Vit seule."
        )
        plans.add_problem(plan=made, label="Chutes à domicile", priority=1)
        plans.add_goal(plan=made, text="Marcher jusqu’au marché")


@pytest.fixture
def who() -> tuple[UUID, Actor]:
    """Somebody with a summary, and the doctor who signs."""
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    return patient_id, doctor


def produce(who: tuple[UUID, Actor], kind: str = "vsm", **changes: Any) -> Document:
    with acting(who[1]):
        return commands.produce_document(patient_id=who[0], kind=kind, said=SAID[kind], **changes)


def refusal(who: tuple[UUID, Actor], kind: str = "vsm", **changes: Any) -> list[str]:
    with pytest.raises(ProductionRefusedError) as caught:
        produce(who, kind, **changes)
    assert not Document.objects.filter(source=rules.SOURCE).exists()
    assert all(one.where and one.remedy for one in caught.value.faults)
    return [one.code for one in caught.value.faults]


@pytest.mark.parametrize(
    "kind", [key for key, one in rules.KINDS.items() if key != "plan" and not one.is_about]
)
def test_a_document_is_made_filed_and_valid(who, kind):
    made = produce(who, kind)
    document = read(store.take(made.blob))
    meta = metadata(document)
    assert (meta.type_code.code, made.type_code) == (LAYOUTS[kind].type_code.code,) * 2
    assert missing(meta) == []
    assert made.status == Document.Status.CURRENT
    assert made.version_number == meta.version_number == 1
    assert str(meta.unique_id) == made.unique_id
    assert meta.patient.ins.extension == AWA.ins
    assert meta.patient.mailbox == f"{AWA.ins}@patient.mssante.fr"
    assert made.author_idnat == meta.authors[0].idnat
    assert made.custodian
    with acting(who[1]):
        assert draft(who[0], kind, SAID[kind], who[1]).faults == []
    line = AuditLine.objects.get(action="record.document.produced")
    assert line.patient_id == who[0]
    assert kind in str(line.details)


def test_its_facts_are_those_of_the_record(who):
    told = facts(read(store.take(produce(who).blob)))
    problems = {(one.label, one.is_active, one.began, one.ended) for one in told.problems}
    assert problems == {
        ("Diabète de type 2", True, "2011", ""),
        ("Fracture du col", False, "", "2019-06"),
    }
    diabetes = next(one for one in told.problems if one.is_active)
    assert (diabetes.code.code, diabetes.code.system) == ("E11", "2.16.840.1.113883.6.3")
    (allergy,) = told.allergies
    assert (allergy.label, allergy.criticality, allergy.reaction) == (
        "Pénicilline",
        "high",
        "Œdème",
    )
    assert [(one.label, one.dosage) for one in told.treatments] == [
        ("Metformine 1 g", "1 matin et soir")
    ]
    assert [one.given_on for one in told.vaccines] == ["2025-10"]
    assert {(one.code.code, str(one.value), one.unit) for one in told.measures} == {
        ("29463-7", "72.5", "kg"), ("8480-6", "132", "mm[Hg]"), ("8462-4", "78", "mm[Hg]"),
    }  # fmt: skip
    assert str(told.habits[0].value) == "12.5"


def test_each_value_has_its_number_and_says_when_the_person_noted_it(who):
    Measure.objects.filter(kind="pressure").update(is_by_person=True)
    told = facts(read(store.take(produce(who).blob))).measures
    assert len({one.key for one in told}) == len(told) == 3
    assert {one.code.code for one in told if one.comment} == {"8480-6", "8462-4"}


def test_what_the_author_adds_is_in_it(who):
    words = plain_text(read(store.take(produce(who, "dlu").blob)))
    assert "CH de Brie" in words
    assert "Chez sa fille" in words
    letter = produce(who, "discharge_letter")
    assert "Kiné" in plain_text(read(store.take(letter.blob)))


def test_a_plan_says_its_goals_and_needs_one(who):
    assert refusal(who, "plan") == ["CLI-03"]
    a_plan(*who)
    made = produce(who, "plan")
    words = plain_text(read(store.take(made.blob)))
    assert "Marcher jusqu’au marché" in words
    assert "Chutes à domicile" in words
    assert made.format_code == SUFFICIENT


def test_a_new_version_replaces_the_former_one(who):
    first, second = produce(who), produce(who)
    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "current")
    assert second.version_number == 2
    assert second.replaces_id == first.id
    assert second.set_id == first.set_id
    meta = metadata(read(store.take(second.blob)))
    assert [str(one) for one in meta.replaces] == [first.unique_id]
    other = produce(who, "dlu")
    assert (other.version_number, other.replaces_id) == (1, None)


@pytest.mark.parametrize("kind", ["admission_letter", "discharge_letter"])
def test_each_letter_is_a_document_of_its_own(who, kind):
    first, second = produce(who, kind), produce(who, kind)
    first.refresh_from_db()
    assert (first.status, second.status) == ("current", "current")
    assert (second.version_number, second.replaces_id) == (1, None)
    assert first.set_id != second.set_id
    assert metadata(read(store.take(second.blob))).replaces == ()


def test_another_number_begins_another_set_and_supersedes_all_that_is_in_force(who):
    first = produce(who)
    stray = produce(who)
    Document.objects.filter(pk=first.pk).update(status="current", set_id="2.25.77")  # a merge
    RegionalIdentity.objects.filter(pk=who[0]).update(ins=fictional_ins(7))
    made = produce(who)
    first.refresh_from_db()
    stray.refresh_from_db()
    assert (first.status, stray.status, made.status) == ("superseded", "superseded", "current")
    assert made.version_number == 1
    assert made.set_id not in (first.set_id, stray.set_id)
    assert metadata(read(store.take(made.blob))).replaces == ()
    assert produce(who).version_number == 2


def test_a_version_whose_successor_went_elsewhere_begins_another_set(who):
    first = produce(who)
    Document.objects.update(status="superseded")  # a split
    made = produce(who)
    assert made.version_number == 1
    assert made.set_id != first.set_id


def test_a_masked_version_is_not_named_and_its_mask_is_told(who, client: Client):
    first = produce(who, "dlu")
    with acting(f.owner(who[0])):
        commands.mask_document(document=first)
    other = signing.doctor(who[0], finess="770000032")
    f.signed_in(client, other)
    address = reverse("record:produce_one", args=[who[0], "dlu"])
    listing = client.get(reverse("record:produce", args=[who[0]])).content.decode()
    assert "Dernière version" not in listing
    assert "Remplacera" not in client.get(address).content.decode()
    hidden = {"etape": "produire", "is_hidden": "on", "hidden_reason": "Annonce mardi"}
    refused = client.post(address, hidden)
    assert refused.status_code == 422
    assert "ANN-02" in refused.content.decode()
    assert Document.objects.filter(source=rules.SOURCE).count() == 1
    made = client.post(address, {"etape": "produire"}, follow=True).content.decode()
    assert "La personne a masqué la version précédente" in made


def test_hiding_what_is_hidden_already_makes_the_next_version(who):
    produce(who, is_hidden=True, reason="Annonce mardi")
    second = produce(who, is_hidden=True, reason="Annonce jeudi")
    second.refresh_from_db()
    assert (second.version_number, second.hidden_from_patient) == (2, True)


def test_only_who_is_to_be_warned_is_in_the_header(who):
    for basis, name in (("contact", "Fatou"), ("proxy", "Tuteur")):
        Member.objects.create(
            id=uuid7(), patient_id=who[0], block="relatives", basis=basis, display=name,
            phone="06 00 00 00 01", role_label="Fille", since=timezone.now(),
        )  # fmt: skip
    (told,) = metadata(read(store.take(produce(who).blob))).informants
    assert told.family == "Fatou"
    assert told.profession.code == "DAUC"


@pytest.mark.parametrize(
    "changes", [{}, {"organisation_finess": "770000099"}, {"patient_class": "O"}]
)
def test_a_stay_elsewhere_or_a_visit_is_not_that_of_the_letter(who, changes):
    f.stay(who[0], **{"organisation_finess": ""} | changes)
    meta = metadata(read(store.take(produce(who, "discharge_letter").blob)))
    assert meta.encounter.code.code != "IMP"


def test_no_other_workplace_is_written_for_the_one_that_is_acted_from(who):
    PractitionerRole.objects.update(organisation=organisation("Autre cabinet"))
    with acting(who[1]):
        found = draft(who[0], "vsm", SAID["vsm"], who[1])
    assert "STR-01" in {one.code for one in found.faults}
    assert found.meta.authors[0].organization is None
    assert found.content()


def test_a_withdrawn_version_is_not_replaced_but_counted(who):
    first = produce(who)
    with acting(who[1]):
        commands.withdraw_document(document=first, reason="Mauvais dossier")
    second = produce(who)
    assert (second.version_number, second.status) == (2, "current")
    assert metadata(read(store.take(second.blob))).replaces == ()


def test_silence_on_allergies_is_refused_and_mended():
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    with acting(doctor):
        commands.record_entry(kind="problem", patient_id=patient_id, values={"display": "Asthme"})
    assert refusal((patient_id, doctor)) == ["CLI-01"]
    with acting(doctor):
        commands.state_no_allergy(patient_id=patient_id)
    made = produce((patient_id, doctor))
    assert facts(read(store.take(made.blob))).is_no_allergy_known


def test_an_empty_summary_makes_nothing():
    patient_id = f.patient()
    assert refusal((patient_id, signing.doctor(patient_id))) == ["CLI-01", "CLI-02"]


def test_who_has_no_national_number_signs_nothing(who):
    other = f.member(who[0], "physician", "Sans Numéro")
    assert refusal((who[0], other)) == ["AUT-01"]


def test_an_identity_that_is_not_qualified_makes_a_document_that_stays():
    patient_id = f.patient("200", **f.BARE)
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    made = produce((patient_id, doctor))
    meta = metadata(read(store.take(made.blob)))
    assert meta.patient.ins is None
    assert meta.patient.mailbox == ""
    with acting(doctor):
        found = draft(patient_id, "vsm", SAID["vsm"], doctor).faults
    assert [(one.code, one.stops) for one in found] == [("INS-01", "leaving")]


def test_a_doubtful_identity_gives_no_number(who):
    RegionalIdentity.objects.filter(pk=who[0]).update(ins="", attribute="doubtful")
    assert metadata(read(store.take(produce(who).blob))).patient.ins is None


@pytest.mark.parametrize(
    ("sector", "code"), [("SA07", "AMBULATOIRE"), ("SA01", "ETABLISSEMENT"), ("SA17", "ESSMS")]
)
def test_the_place_gives_the_frame_of_practice(sector, code):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id, sector=sector)
    signing.summary(patient_id, doctor)
    made = produce((patient_id, doctor), "dlu")
    meta = metadata(read(store.take(made.blob)))
    assert meta.practice_setting.code == code
    assert meta.facility_type.code == sector
    is_model = made.format_code == "urn:asip:ci-sis:dlu:2015"
    assert is_model is (sector == "SA17")


def test_a_discharge_letter_covers_the_stay(who):
    stay = f.stay(who[0], organisation_finess=signing.FINESS)
    meta = metadata(read(store.take(produce(who, "discharge_letter").blob)))
    assert meta.encounter.code.code == "IMP"
    assert meta.encounter.start == stay.admitted_at.replace(microsecond=0)


def test_hidden_until_the_announcement(who, client: Client):
    assert refusal(who, is_hidden=True, reason=" ") == ["ANN-01"]
    made = produce(who, is_hidden=True, reason="Annonce mardi")
    made.refresh_from_db()
    assert made.hidden_from_patient
    f.signed_in(client, f.owner(who[0]))
    assert client.get(reverse("record:document", args=[who[0], made.id])).status_code == 404


@pytest.mark.parametrize(
    "role", ["nurse", "pharmacist", "secretary", "social_worker", "coordinator", "midwife"]
)
def test_other_professions_make_no_summary(role):
    patient_id = f.patient()
    other = signing.doctor(patient_id, role)
    with pytest.raises(AccessRefusedError), acting(other):
        commands.produce_document(patient_id=patient_id, kind="vsm", said={})


def test_a_nurse_makes_an_emergency_document(who):
    nurse = signing.doctor(who[0], "nurse", finess="770000032")
    assert produce((who[0], nurse), "dlu").title == "Document de liaison d'urgence"


def test_forbidden_characters_and_markup_are_words(who):
    patient_id, doctor = who
    said = {"warnings": "<script>alert(1)</script>\x0b & « fin »", "job_risks": "", "tobacco": None}
    with acting(doctor):
        made = commands.produce_document(patient_id=patient_id, kind="vsm", said=said)
    assert "<script>alert(1)</script> & « fin »" in plain_text(read(store.take(made.blob)))


def received(patient_id: UUID, told: Facts, **changes: Any) -> Document:
    """A summary that came from elsewhere."""
    meta = replace(
        METADATA, type_code=None, title="", unique_id=Identifier(f"2.25.{uuid7().int}"), replaces=(), orders=()
    )  # fmt: skip
    content = summary_document(meta, "vsm", told, {})
    values = {"type_code": "SYNTH", "title": "Synthèse reçue", "author_name": "Dr Lise Autre"}
    return f.document(patient_id, content, "text/xml", **values | changes)


def test_what_was_received_is_said_apart_with_its_source(who, client: Client):
    told = Facts(
        problems=(ProblemFact("Asthme"), ProblemFact("Diabète de type 2")),
        allergies=(AllergyFact("Pénicillines"), AllergyFact("Latex", kind="environment")),
        treatments=(TreatmentFact("Bisoprolol 5 mg", dosage="1 le matin"),),
    )
    received(who[0], told)
    received(who[0], Facts(problems=(ProblemFact("Asthme"),)))
    received(who[0], Facts(problems=(ProblemFact("Secret"),)), hidden_from_patient=True)
    f.document(who[0], b"<n", "text/xml", type_code="SYNTH")
    made = produce(who)
    document = read(store.take(made.blob))
    words = plain_text(document)
    assert "non confirmés" in words
    assert "Synthèse reçue, Dr Lise Autre" in words
    assert words.count("Asthme") == 1
    assert "Bisoprolol 5 mg, 1 le matin" in words
    assert "Latex" in words
    assert "Secret" not in words
    assert "Pénicillines" not in words
    assert {one.label for one in facts(document).problems} == {
        "Diabète de type 2",
        "Fracture du col",
    }
    f.signed_in(client, who[1])
    page = client.get(reverse("record:produce_one", args=[who[0], "vsm"])).content.decode()
    assert "Reçu d’ailleurs, absent de la synthèse" in page
    assert "Bisoprolol" in page


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (ProblemFact("Asthme", is_active=False, began="2001", ended="2010"), "Asthme, depuis 2001, fin : 2010"),
        (ProblemFact("Asthme", is_active=False), "Asthme, passé"),
        (AllergyFact("Latex", is_active=False), "Latex, passé"),
        (TreatmentFact("Bisoprolol 5 mg", ended="2020"), "Bisoprolol 5 mg, fin : 2020"),
        (ProblemFact("Asthme", began="2001"), "Asthme, depuis 2001"),
    ],
)  # fmt: skip
def test_what_is_over_elsewhere_is_not_told_as_present(fact, words):
    assert _words(fact) == words


def test_a_letter_of_the_same_stay_is_replaced_when_its_author_says_so(who, client: Client):
    stay = f.stay(who[0], organisation_finess=signing.FINESS)
    first = produce(who, "discharge_letter")
    assert first.service_start == stay.admitted_at
    f.signed_in(client, who[1])
    address = reverse("record:produce_one", args=[who[0], "discharge_letter"])
    assert "Remplacer une lettre" in client.get(address).content.decode()
    values = {key: value or "-" for key, value in SAID["discharge_letter"].items()}
    sent = values | {"etape": "produire", "replaces": str(first.pk)}
    assert client.post(address, sent).status_code == 302
    second = Document.objects.exclude(pk=first.pk).get()
    first.refresh_from_db()
    assert (first.status, second.version_number, second.set_id) == ("superseded", 2, first.set_id)
    assert [str(one) for one in metadata(read(store.take(second.blob))).replaces] == [
        first.unique_id
    ]
    assert client.post(address, sent).status_code == 422
    with pytest.raises(ProductionRefusedError) as caught:
        produce(who, "discharge_letter", replaces_id=first.pk)
    assert [one.code for one in caught.value.faults] == ["VER-01"]
    assert produce(who, "discharge_letter").version_number == 1


def test_a_letter_of_another_stay_is_not_offered(who, client: Client):
    f.stay(who[0], organisation_finess=signing.FINESS)
    produce(who, "discharge_letter")
    f.stay(
        who[0], "V2", organisation_finess=signing.FINESS, admitted_at=timezone.now(), happened_at=timezone.now()
    )  # fmt: skip
    f.signed_in(client, who[1])
    address = reverse("record:produce_one", args=[who[0], "discharge_letter"])
    assert "Remplacer une lettre" not in client.get(address).content.decode()


# --- pages ----------------------------------------------------------------------------------------


def test_the_page_says_what_is_missing_then_makes_it(client: Client):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    f.signed_in(client, doctor)
    listing = client.get(reverse("record:documents", args=[patient_id])).content.decode()
    assert reverse("record:produce", args=[patient_id]) in listing
    kinds = client.get(reverse("record:produce", args=[patient_id])).content.decode()
    assert "Volet de synthèse médicale" in kinds
    address = reverse("record:produce_one", args=[patient_id, "vsm"])
    page = client.get(address).content.decode()
    assert "À corriger avant de produire" in page
    assert "CLI-01" in page
    answer = client.post(address, {"etape": "produire"})
    assert answer.status_code == 422
    signing.summary(patient_id, doctor)
    preview = client.post(address, {"etape": "apercu", "warnings": "Chutes <b>"})
    assert preview.status_code == 200
    shown = preview.content.decode()
    assert "rien n’est encore classé" in shown
    assert "Chutes &lt;b&gt;" in shown
    assert "À corriger" not in shown
    assert not Document.objects.exists()
    made = client.post(address, {"etape": "produire", "warnings": "Chutes", "tobacco": "10"})
    document = Document.objects.get()
    assert made.headers["Location"] == reverse("record:document", args=[patient_id, document.id])
    read_page = client.get(made.headers["Location"]).content.decode()
    assert "Pénicilline" in read_page
    assert "Publier au DMP" in read_page
    again = client.get(address).content.decode()
    assert "Remplacera la version 1" in again


def test_a_letter_says_its_empty_fields_only_once_asked(client: Client):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    f.signed_in(client, doctor)
    address = reverse("record:produce_one", args=[patient_id, "admission_letter"])
    assert "CLI-03" not in client.get(address).content.decode()
    answer = client.post(address, {"etape": "produire", "reason": " "})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reason"]
    made = client.post(address, {"etape": "produire", "reason": "Chute"})
    assert made.status_code == 302
    assert "Chute" in plain_text(read(store.take(Document.objects.get().blob)))


def test_hiding_from_the_page_wants_its_own_reason(client: Client):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    f.signed_in(client, doctor)
    address = reverse("record:produce_one", args=[patient_id, "admission_letter"])
    sent = {"etape": "produire", "reason": "Chute", "is_hidden": "on"}
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "ANN-01" in refused.content.decode()
    assert client.post(address, sent | {"hidden_reason": "Annonce mardi"}).status_code == 302
    assert Document.objects.get().hidden_from_patient


def test_wrong_values_of_the_form_are_told(client: Client):
    patient_id = f.patient()
    f.signed_in(client, signing.doctor(patient_id))
    address = reverse("record:produce_one", args=[patient_id, "vsm"])
    answer = client.post(address, {"etape": "produire", "tobacco": "beaucoup"})
    assert answer.status_code == 422
    assert not Document.objects.exists()


@pytest.mark.parametrize("role", ["secretary", "social_worker", "allied"])
def test_the_pages_are_closed_to_who_writes_no_document(client: Client, role):
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id, role))
    for name, args in (("produce", [patient_id]), ("produce_one", [patient_id, "vsm"])):
        assert client.get(reverse(f"record:{name}", args=args)).status_code == 404


def test_an_unknown_kind_and_another_s_kind_are_not_found(client: Client):
    patient_id = f.patient()
    f.signed_in(client, signing.doctor(patient_id, "nurse"))
    for kind in ("vsm", "inconnu"):
        assert client.get(reverse("record:produce_one", args=[patient_id, kind])).status_code == 404
    assert client.get(reverse("record:produce_one", args=[patient_id, "dlu"])).status_code == 200


def test_the_pages_cost_the_same_with_a_long_history(client: Client, django_assert_max_num_queries):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    f.signed_in(client, doctor)
    address = reverse("record:produce_one", args=[patient_id, "vsm"])
    client.get(address)
    for _ in range(3):
        produce((patient_id, doctor))
    with django_assert_max_num_queries(45):
        client.get(address)


def test_the_next_version_begins_with_what_was_written(client: Client):
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    f.signed_in(client, doctor)
    with acting(doctor):
        commands.produce_document(
            patient_id=patient_id,
            kind="vsm",
            said={"tobacco": "12.5", "warnings": "Chutes\nVit seule"},
        )
        commands.produce_document(
            patient_id=patient_id, kind="admission_letter", said={"reason": "Chute"}
        )
    page = client.get(reverse("record:produce_one", args=[patient_id, "vsm"])).content.decode()
    assert "Chutes\nVit seule" in page
    assert "12.5" in page or "12,5" in page
    letter = client.get(reverse("record:produce_one", args=[patient_id, "admission_letter"]))
    assert letter.context["form"].initial == {}
