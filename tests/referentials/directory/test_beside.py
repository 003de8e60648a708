"""Skills, diplomas and mailboxes beside the activities: whose they are, what they change, on the cards."""

import pytest
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import load_file
from enrs.referentials.directory.models import Mailbox, PractitionerRole, Qualification
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
