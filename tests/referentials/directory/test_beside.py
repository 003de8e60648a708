"""Skills, diplomas and mailboxes beside the activities: whose they are, what they change, on the cards."""

import json

import pytest
from django.urls import reverse

from enrs.config.rebuild import rebuild
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Resource
from enrs.referentials.directory.commands.load import load_file
from enrs.referentials.directory.fhir import practitioner_publications
from enrs.referentials.directory.models import (
    Mailbox,
    Organisation,
    Practitioner,
    PractitionerRole,
    Qualification,
)
from tests.factories import UserFactory
from tests.referentials.directory.factories import (
    activity,
    finess_file,
    finess_number,
    place,
    rpps_file,
    rpps_number,
)

pytestmark = pytest.mark.django_db
SKILLS = (
    "Identification nationale PP|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|"
)
MAILBOXES = (
    "Type de BAL|Adresse BAL|Identification Nationale PP|Identification Structure|"
    "Service Rattachement|Dématérialisation|"
)


@pytest.fixture(autouse=True)
def directory():
    with acting(SYSTEM):
        load_file("finess", finess_file(place(1)), file_name="finess.csv")
        rows = [activity(1, skill_code="", skill=""), activity(2)]
        load_file("rpps", rpps_file(*rows), file_name="ps.txt")
        yield


def skill(rank, code="SM26", label="Qualifié en médecine générale", kind="S"):
    return f"8{rpps_number(rank)}|{kind}|Spécialité ordinale|{code}|{label}|"


def test_a_speciality_of_its_own_file_becomes_the_activity_s():
    report = load_file("skills", [SKILLS, skill(1), skill(2), skill(9)], file_name="sf.txt")
    assert (report.state, report.added_count, report.details["repeated"]) == ("done", 2, 1)
    codes = dict(PractitionerRole.objects.values_list("practitioner__rpps", "speciality_code"))
    assert codes == {rpps_number(1): "SM26", rpps_number(2): "SM04"}
    again = load_file("skills", [SKILLS, skill(1), skill(2)], file_name="sf.txt")
    assert (again.added_count, again.changed_count) == (0, 0)


def test_a_capacity_is_no_speciality():
    load_file("skills", [SKILLS, skill(1, "CAPA10", "Gérontologie", "CAPA")], file_name="sf.txt")
    assert PractitionerRole.objects.get(practitioner__rpps=rpps_number(1)).speciality_code == ""
    assert Qualification.objects.get().label == "Gérontologie"


def test_what_the_file_has_no_more_is_ended():
    load_file("skills", [SKILLS, skill(1), skill(2)], file_name="sf.txt")
    report = load_file("skills", [SKILLS, skill(2)], file_name="sf.txt")
    assert report.closed_count == 1
    assert Qualification.objects.filter(is_active=True).count() == 1


def test_mailboxes_of_people_and_of_structures_are_on_their_cards(signed_in):
    browser = signed_in(UserFactory(role="nurse"))
    lines = [
        MAILBOXES,
        f"PER|helene.dubreuil@essai.mssante.fr|8{rpps_number(1)}||||",
        f"ORG|urgences@essai.mssante.fr||1{finess_number(1)}|Urgences|O|",
        f"PER|inconnu@essai.mssante.fr|8{rpps_number(50)}||||",
    ]
    report = load_file("mailboxes", lines, file_name="mss.txt")
    assert (report.added_count, report.details["repeated"]) == (2, 1)
    person, structure = Mailbox.objects.order_by("-kind")
    card = browser.get(reverse("directory:practitioner", args=[person.practitioner_id]))
    assert "helene.dubreuil@essai.mssante.fr" in card.content.decode()
    page = browser.get(reverse("directory:organisation", args=[structure.organisation_id]))
    assert "urgences@essai.mssante.fr" in page.content.decode()
    assert "Reçoit des documents" in page.content.decode()


def published(kind, key):
    body = Resource.objects.get(type=kind, id=key, is_current=True).body
    return json.loads(body)


def addresses(kind, key):
    return [one["value"] for one in published(kind, key).get("telecom", [])]


def whole():
    """Every published resource says what its tables say."""
    return rebuild(check=True).is_same


def test_qualifications_are_published_and_leave_with_their_file():
    person = Practitioner.objects.get(rpps=rpps_number(1)).pk
    before = published("Practitioner", person)
    assert "qualification" not in before
    lines = [
        SKILLS,
        skill(1),
        skill(1, "CAPA10", "Gérontologie", "CAPA"),
        skill(1, "X1", "Autre", "ZZ"),
    ]
    load_file("skills", lines, file_name="sf.txt")
    diplomas = [
        "Identification nationale PP|Code type diplôme obtenu|Libellé type diplôme obtenu|Code diplôme obtenu|"
        "Libellé diplôme obtenu|Code type autorisation|Libellé type autorisation|Code discipline autorisation|"
        "Libellé discipline autorisation|",
        f"8{rpps_number(1)}|DE|Diplôme d'État français|DE09|Docteur en médecine|||||",
        f"8{rpps_number(1)}|||||AM01|Autorisation de plein exercice|||",
    ]
    load_file("diplomas", diplomas, file_name="dipl.txt")
    found = [
        [(one.get("system", "").rpartition("/")[2], one["code"]) for one in held["code"]["coding"]]
        for held in published("Practitioner", person)["qualification"]
    ]
    assert found == [
        [("TRE-R17-TypeAutorisation", "AM01")],
        [("TRE-R14-TypeDiplome", "DE"), ("TRE-R48-DiplomeEtatFrancais", "DE09")],
        [("TRE-R04-TypeSavoirFaire", "CAPA"), ("TRE-R43-CapaciteSavoirFaire", "CAPA10")],
        [("TRE-R04-TypeSavoirFaire", "S"), ("TRE-R38-SpecialiteOrdinale", "SM26")],
        [("TRE-R04-TypeSavoirFaire", "ZZ"), ("", "X1")],
    ]
    assert whole()
    load_file("skills", [SKILLS, skill(2)], file_name="sf.txt")
    assert len(published("Practitioner", person)["qualification"]) == 2
    assert whole()


def test_mailboxes_are_published_with_whom_they_belong_to():
    person = Practitioner.objects.get(rpps=rpps_number(1))
    role, site = PractitionerRole.objects.get(practitioner=person).pk, Organisation.objects.get().pk
    lines = [
        MAILBOXES,
        f"PER|helene.dubreuil@essai.mssante.fr|8{rpps_number(1)}||||",
        f"PER|h.dubreuil@hopital.mssante.fr|8{rpps_number(1)}|1{finess_number(1)}|||",
        f"CAB|cabinet@essai.mssante.fr|8{rpps_number(1)}||||",
        f"ORG|urgences@essai.mssante.fr||1{finess_number(1)}|Urgences|O|",
    ]
    load_file("mailboxes", lines, file_name="mss.txt")
    assert addresses("Practitioner", person.pk) == [
        "cabinet@essai.mssante.fr", "h.dubreuil@hopital.mssante.fr", "helene.dubreuil@essai.mssante.fr",
    ]  # fmt: skip
    assert addresses("PractitionerRole", role) == ["h.dubreuil@hopital.mssante.fr"]
    point = published("Organization", site)["telecom"][-1]
    assert (point["value"], point["system"]) == ("urgences@essai.mssante.fr", "email")
    said = {one["url"]: one for one in point["extension"][1]["extension"]}
    assert said["type"]["valueCodeableConcept"]["coding"][0]["code"] == "ORG"
    assert said["service"]["valueString"] == "Urgences"
    assert said["digitization"]["valueBoolean"] is True
    assert whole()


def test_a_mailbox_that_changes_hands_leaves_its_former_owner():
    first, second = Practitioner.objects.order_by("rpps")
    box = "PER|garde@essai.mssante.fr|8{}|1" + finess_number(1) + "|||"
    load_file("mailboxes", [MAILBOXES, box.format(first.rpps)], file_name="mss.txt")
    load_file("mailboxes", [MAILBOXES, box.format(second.rpps)], file_name="mss.txt")
    assert addresses("Practitioner", first.pk) == []
    assert addresses("Practitioner", second.pk) == ["garde@essai.mssante.fr"]
    assert whole()
    load_file(
        "mailboxes",
        [MAILBOXES, box.format(second.rpps).replace("garde", "autre")],
        file_name="m.txt",
    )
    assert addresses("Practitioner", second.pk) == ["autre@essai.mssante.fr"]
    assert whole()


def test_only_the_owners_of_what_changed_are_published_anew():
    load_file("skills", [SKILLS, skill(1), skill(2)], file_name="sf.txt")
    versions = Resource.objects.count()
    load_file("skills", [SKILLS, skill(1), skill(2)], file_name="sf.txt")
    assert Resource.objects.count() == versions
    load_file(
        "skills", [SKILLS, skill(1), skill(2), skill(2, "SM04", "Cardiologie")], file_name="s.txt"
    )
    assert Resource.objects.count() == versions + 1


def test_a_thousand_are_published_with_as_many_queries_as_one(django_assert_num_queries):
    people = list(Practitioner.objects.all())
    for some in (people[:1], people * 50):
        with django_assert_num_queries(2):
            practitioner_publications(some)
