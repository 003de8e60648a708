"""A new record one by one, and a whole active list: who may, what is warned of, what is refused."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import Position
from enrs.core.ids import uuid7
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem
from enrs.services.record import commands
from enrs.services.record.models import Intake, IntakeLine
from enrs.services.record.rules import intake as rules
from tests.referentials.identity.factories import actor_in
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db
LOOK = {
    "step": "look", "birth_name": "OUEDRAOGO", "first_given_name": "SALIF",
    "birth_date": "1961-05-02", "sex": "M",
}  # fmt: skip
CREATE = LOOK | {"step": "create", "ground": "recognised", "is_informed": "on"}
SCRIPT = "<script>alert(1)</script>"
HEAD = "numero;nom_naissance;premier_prenom;date_naissance;sexe"


def placed(role: str = "physician") -> Actor:
    """A professional at a place of work."""
    actor = actor_in(role)
    place = uuid7()
    Position.objects.filter(user_id=actor.user_id).update(
        organisation_id=place, organisation_name="Clinique des Tilleuls"
    )
    return replace(actor, organisation_id=place, organisation_name="Clinique des Tilleuls")


def test_a_record_is_looked_for_then_created_with_its_circle(client: Client) -> None:
    doctor = placed()
    f.signed_in(client, doctor)
    look = client.post(reverse("record:new"), LOOK)
    assert look.status_code == 200
    assert "n’a de dossier dans la région" in look.content.decode()
    made = client.post(reverse("record:new"), CREATE)
    assert made.status_code == 302
    identity = RegionalIdentity.objects.get(birth_name="OUEDRAOGO")
    with f.feed():
        members = Member.objects.filter(patient_id=identity.patient_id).order_by("block")
        assert [(one.block, one.basis, one.ground) for one in members] == [
            ("care_team", "care_team", "recognised"),
            ("organisations", "care_team", "same_structure"),
        ]
    assert client.get(made.headers["Location"]).status_code == 200


def test_somebody_known_is_warned_of_before_and_after(client: Client) -> None:
    inside = f.patient("300", birth_name="OUEDRAOGO", first_given_name="SALIF",
                       given_names="SALIF", birth_date="1961-05-02", sex="M", **f.BARE)  # fmt: skip
    doctor = placed()
    f.give(inside, doctor)
    f.signed_in(client, doctor)
    look = client.post(reverse("record:new"), LOOK).content.decode()
    assert reverse("record:summary", args=[inside]) in look
    refused = client.post(reverse("record:new"), CREATE)
    assert refused.status_code == 409
    assert reverse("record:summary", args=[inside]) in refused.content.decode()
    assert RegionalIdentity.objects.filter(birth_name="OUEDRAOGO").count() == 1
    confirmed = client.post(reverse("record:new"), CREATE | {"is_confirmed": "on"})
    assert confirmed.status_code == 302
    with f.feed():
        assert WorkItem.objects.filter(kind=WorkItem.Kind.POSSIBLE_DUPLICATE).count() == 1


def test_somebody_outside_the_circle_is_told_of_without_a_trait(client: Client) -> None:
    outside = f.patient("301", birth_name="OUEDRAOGO", first_given_name="SALIF",
                        given_names="SALIF", birth_date="1961-05-02", sex="M", **f.BARE)  # fmt: skip
    f.signed_in(client, placed())
    page = client.post(reverse("record:new"), LOOK).content.decode()
    assert "Demander l’accès" in page
    assert str(outside) not in page


def test_without_information_nothing_is_created(client: Client) -> None:
    f.signed_in(client, placed())
    sent = {name: value for name, value in CREATE.items() if name != "is_informed"}
    assert client.post(reverse("record:new"), sent).status_code == 422
    assert not SourceIdentity.objects.exists()


@pytest.mark.parametrize("role", ["nurse", "social_worker", "operator", "pharmacist"])
def test_who_may_not_create(client: Client, role: str) -> None:
    f.signed_in(client, placed(role))
    for name in ("new", "intakes"):
        assert client.get(reverse(f"record:{name}")).status_code in (403, 404)
    assert client.post(reverse("record:new"), CREATE).status_code in (403, 404)
    with acting(placed(role)), pytest.raises(AccessRefusedError):
        commands.check_list(content=b"a", file_name="a.csv")


def test_a_secretary_creates_for_her_place_alone(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    made = client.post(reverse("record:new"), CREATE)
    assert made.status_code == 302
    with f.feed():
        assert not Member.objects.exists()


# --- a whole list --------------------------------------------------------------------------------


def listed(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


GOOD = "10;DIALLO;AMINATA;1950-01-02;F"


def handed_in(client: Client, content: bytes) -> Intake:
    answer = client.post(reverse("record:intakes"), {"file": SimpleUploadedFile("liste.csv", content)})  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[:3000]
    with f.feed():
        return Intake.objects.latest("created_at")


def test_a_list_is_checked_previewed_run_and_reported(client: Client) -> None:
    secretary = placed("secretary")
    f.signed_in(client, secretary)
    content = listed(GOOD, "11;;SANS NOM;1950-01-02;F", "10;DOUBLE;NUMERO;03/04/1960;M",
                     "12;MARTEL;JULES;03/04/1960;H", f"13;{SCRIPT};JO;1970-01-01;X")  # fmt: skip
    intake = handed_in(client, content)
    assert (intake.total_count, intake.refused_count) == (5, 3)
    page = client.get(reverse("record:intake", args=[intake.id])).content.decode()
    assert "nom de naissance manque" in page
    assert SCRIPT not in page
    assert not SourceIdentity.objects.exists()
    start = reverse("record:intake_start", args=[intake.id])
    client.post(start)
    assert not commands.run_intakes()
    client.post(start, {"is_informed": "on"})
    client.post(start, {"is_informed": "on"})
    commands.run_intakes()
    with f.feed():
        intake.refresh_from_db()
        assert (intake.state, intake.done_count, intake.refused_count) == ("done", 2, 3)
        assert SourceIdentity.objects.count() == 2
        assert Member.objects.filter(organisation_id=secretary.organisation_id).count() == 2
        kept = IntakeLine.objects.filter(state="created").order_by("number")
        assert [one.traits for one in kept] == [{}, {}]
    report = client.get(reverse("record:intake", args=[intake.id])).content.decode()
    assert "Ouvrir le dossier" in report
    refused = client.get(reverse("record:intake_refused", args=[intake.id])).content.decode()
    assert "SANS NOM" in refused


def test_the_same_list_again_creates_nobody_twice(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    for _ in range(2):
        intake = handed_in(client, listed(GOOD))
        client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
        commands.run_intakes()
    with f.feed():
        assert SourceIdentity.objects.count() == 1
        assert IntakeLine.objects.filter(state="known").count() == 1


def test_a_twin_in_the_region_is_told_to_the_identity_unit(client: Client) -> None:
    f.patient("400", birth_name="DIALLO", first_given_name="AMINATA", given_names="AMINATA",
              birth_date="1950-01-02", sex="F", **f.BARE)  # fmt: skip
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed(GOOD))
    client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
    commands.run_intakes()
    with f.feed():
        assert WorkItem.objects.filter(kind=WorkItem.Kind.POSSIBLE_DUPLICATE).count() == 1


def test_another_place_sees_nothing_of_a_list(client: Client, as_actor: Any) -> None:
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed(GOOD))
    other = placed("secretary")
    f.signed_in(client, other)
    for name in ("intake", "intake_refused"):
        assert client.get(reverse(f"record:{name}", args=[intake.id])).status_code == 404
    for name in ("intake_start", "intake_cancel"):
        posted = client.post(reverse(f"record:{name}", args=[intake.id]), {"is_informed": "on"})
        assert posted.status_code == 404
    with as_actor(other):
        assert not Intake.objects.exists()
        assert not IntakeLine.objects.exists()


def test_a_list_given_up_keeps_no_trait(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed(GOOD))
    client.post(reverse("record:intake_cancel", args=[intake.id]))
    client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
    assert not commands.run_intakes()
    with f.feed():
        assert IntakeLine.objects.get().traits == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (HEAD.encode(), "empty"),
        (b"\x00\x01", "text"),
        (b"nom;prenom\na;b", "columns"),
        (b"x" * (rules.MAX_BYTES + 1), "size"),
        (f"{HEAD}\n".encode() + b"1;A;B;1950-01-01;F\n" * (rules.MAX_LINES + 1), "lines"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(rules.IntakeRefusedError) as caught:
        rules.read_list(content)
    assert caught.value.code == code


def test_a_hundred_megabytes_are_refused_unread(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    answer = client.post(
        reverse("record:intakes"), {"file": SimpleUploadedFile("liste.csv", b"a")},
        headers={"content-length": str(100 * 1024 * 1024)},
    )  # fmt: skip
    assert answer.status_code in (400, 413)
    assert not Intake.objects.exists()


def test_formulas_leave_as_text(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed("1;=cmd|' /C calc'!A0;X;1950-01-01;Z"))
    answer = client.get(reverse("record:intake_refused", args=[intake.id])).content.decode()
    assert ";'=cmd" in answer


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1;A;B;1950-13-01;F", "birth_date"), ("1;A;B;31/02/1950;F", "birth_date"),
        ("1;A;B;1950;F", "birth_date"), ("1;A;B;1950-01-01;?", "sex"), (";A;B;1950-01-01;F", "number_missing"),
        (f"1;{'A' * 101};B;1950-01-01;F", "too_long"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_line(line: str, fault: str) -> None:
    assert fault in rules.read_list(listed(line))[0].faults


def test_encodings_and_separators_of_offices() -> None:
    accented = f"{HEAD}\n1;LEFÈVRE;ZOÉ;1950-01-01;F".encode("windows-1252")
    assert rules.read_list(accented)[0].traits["birth_name"] == "LEFÈVRE"
    commas = HEAD.replace(";", ",") + "\n1,ROY,LEA,01/02/1950,F"
    assert (
        rules.read_list(b"\xef\xbb\xbf" + commas.encode())[0].traits["birth_date"] == "1950-02-01"
    )


def test_a_record_made_here_is_the_place_s(client: Client) -> None:
    doctor = placed()
    f.signed_in(client, doctor)
    client.post(reverse("record:new"), CREATE | {"birth_name": SCRIPT})
    patient_id: UUID = RegionalIdentity.objects.get().patient_id
    page = client.get(reverse("record:summary", args=[patient_id])).content.decode()
    assert SCRIPT not in page
