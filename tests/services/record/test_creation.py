"""A new record one by one, and a whole active list: who may, what is warned of, what is refused."""

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.models import Position
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.referentials.circles.commands import remove_member
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem
from enrs.services.record import commands
from enrs.services.record.models import Intake, IntakeLine
from enrs.services.record.rules import intake as rules
from tests.factories import organisation
from tests.referentials.identity.factories import AWA, actor_in, receive
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
    shown_for = {"is_confirmed": "on", "confirmed_for": refused.context["confirmed_for"]}
    other = CREATE | shown_for | {"given_names": "SALIF ISSA"}
    assert client.post(reverse("record:new"), other).status_code == 409
    confirmed = client.post(reverse("record:new"), CREATE | shown_for)
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
    assert report.count('<td><a href="/dossier/') == 2
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


WITH_INS = f"{HEAD};ins;ins_oid;identite"


def awa(number: str = "77", name: str = "NDIAYE") -> bytes:
    """A line that says who somebody is by their INS."""
    line = f"{number};{name};AWA;1948-03-12;F;{AWA.ins};{AWA.ins_oid};qualifiee"
    return f"{WITH_INS}\n{line}".encode()


def ran(client: Client, content: bytes) -> IntakeLine:
    """The one line of a list, once the worker has passed."""
    intake = handed_in(client, content)
    client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
    commands.run_intakes()
    with f.feed():
        return IntakeLine.objects.get(intake=intake)


def test_somebody_else_s_ins_in_a_list_puts_nobody_in_their_circle(client: Client) -> None:
    known = f.patient()
    secretary = placed("secretary")
    f.signed_in(client, secretary)
    line = ran(client, awa())
    assert (line.state, line.reason, line.patient_id) == ("outside", "outside", None)
    with f.feed():
        assert not Member.objects.filter(organisation_id=secretary.organisation_id).exists()
        assert SourceIdentity.objects.get().patient_id == known
        intake = Intake.objects.get()
        assert (intake.done_count, intake.refused_count) == (0, 1)
    page = client.get(reverse("record:intake", args=[intake.id])).content.decode()
    assert "Hors cercle" in page
    assert "demandez l’accès" in page
    assert str(known) not in page
    left = client.get(reverse("record:intake_refused", args=[intake.id])).content.decode()
    assert "NDIAYE" in left


def test_an_ins_of_a_list_qualifies_nobody(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    assert ran(client, awa()).state == "created"
    with f.feed():
        made = SourceIdentity.objects.get()
        assert (made.status, made.ins) == ("validated", "")


def test_an_ins_with_other_traits_is_another_person_and_the_unit_is_told(client: Client) -> None:
    known = f.patient()
    f.signed_in(client, placed("secretary"))
    line = ran(client, awa(name="DURAND"))
    assert line.state == "created"
    assert line.patient_id != known
    with f.feed():
        assert WorkItem.objects.filter(kind=WorkItem.Kind.POSSIBLE_DUPLICATE).count() == 1


def test_who_is_followed_already_is_known_by_their_ins(client: Client) -> None:
    known, secretary = f.patient(), placed("secretary")
    f.give(known, replace(secretary, grantee_id=secretary.organisation_id))
    f.signed_in(client, secretary)
    line = ran(client, awa())
    assert (line.state, line.patient_id) == ("known", known)
    with f.feed():
        assert SourceIdentity.objects.count() == 1


@pytest.mark.parametrize("purpose", ["sending", "break_glass"])
def test_a_passing_right_does_not_last_by_a_list(client: Client, purpose: str) -> None:
    known, secretary = f.patient(), placed("secretary")
    f.give(known, replace(secretary, grantee_id=secretary.organisation_id), purpose)
    f.signed_in(client, secretary)
    assert ran(client, awa()).state == "outside"


@pytest.mark.parametrize("how", ["identity", "stay"])
def test_whom_the_hospital_s_own_software_sent_is_reached(client: Client, how: str) -> None:
    secretary = placed("secretary")
    organisation("Clinique des Tilleuls", id=secretary.organisation_id, finess_eg="770000123")
    if how == "identity":
        with f.feed():
            known = receive(system="urn:finess:770000123").patient_id
    else:
        known = f.patient()
        f.stay(known, organisation_finess="770000123")
    f.signed_in(client, secretary)
    line = ran(client, awa())
    assert (line.state, line.patient_id) == ("known", known)
    with f.feed():
        members = Member.objects.filter(organisation_id=secretary.organisation_id)
        assert [one.patient_id for one in members] == [known]


def test_a_likeness_reaches_nobody_s_record(client: Client, settings: Any) -> None:
    settings.REGION = replace(settings.REGION, links_by_score=True)
    secretary = placed("secretary")
    organisation("Clinique des Tilleuls", id=secretary.organisation_id, finess_eg="770000123")
    same = {"phone": "0102030405", "postal_code": "77000"}
    with f.feed():
        known = receive("7", **same).patient_id
        sent = receive(
            "B1", "urn:finess:770000123", ins="", ins_oid="", status="provisional", **same
        )
        assert sent.patient_id == known
    f.signed_in(client, secretary)
    assert ran(client, awa()).state == "outside"
    with f.feed():
        assert not Member.objects.exists()


def test_a_structure_that_left_the_circle_does_not_come_back_by_a_list(client: Client) -> None:
    secretary = placed("secretary")
    f.signed_in(client, secretary)
    assert ran(client, listed(GOOD)).state == "created"
    with f.feed():
        remove_member(member=Member.objects.get(), reason="Parti")
    assert ran(client, listed(GOOD)).state == "outside"
    with f.feed():
        assert not Member.objects.filter(ended_at=None).exists()


def test_who_handed_the_list_in_is_named_in_the_circle_and_the_journal(client: Client) -> None:
    secretary = placed("secretary")
    f.signed_in(client, secretary)
    line = ran(client, listed(GOOD))
    with f.feed():
        assert Member.objects.get().added_by == secretary.name
        added = AuditLine.objects.get(action="circle.member.added", patient_id=line.patient_id)
        assert (added.actor_id, added.actor_name) == (secretary.user_id, secretary.name)


def test_a_list_that_runs_is_not_given_up(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed(GOOD))
    client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
    answer = client.post(reverse("record:intake_cancel", args=[intake.id]), follow=True)
    assert "personne n’a été créé" not in answer.content.decode()
    commands.run_intakes()
    with f.feed():
        assert IntakeLine.objects.get().state == "created"


def test_a_line_that_cannot_be_read_leaves_the_others(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    intake = handed_in(client, listed(GOOD, "11;MARTEL;JULES;03/04/1960;H"))
    client.post(reverse("record:intake_start", args=[intake.id]), {"is_informed": "on"})
    with f.feed():
        IntakeLine.objects.filter(number=2).update(traits={})
    commands.run_intakes()
    with f.feed():
        states = list(IntakeLine.objects.order_by("number").values_list("state", "reason"))
        assert states == [("refused", "unreadable"), ("created", "")]


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


def test_refused_lines_come_back_as_given_and_are_handed_in_again(client: Client) -> None:
    f.signed_in(client, placed("secretary"))
    full = f"{HEAD};lieu_naissance;identite;commune"
    lines = (
        "21;MARTEL;JULES;30/02/1960;H;75056;validee;Melun",
        "22;=PONS;YVES;03/04/1961;x;;qualifié;Le Mée",
    )
    intake = handed_in(client, "\n".join([full, *lines]).encode())
    address = reverse("record:intake_refused", args=[intake.id])
    given = client.get(address).content
    heading, *rows = csv.reader(io.StringIO(given.decode("utf-8-sig")), delimiter=";")
    cells = [dict(zip(heading, row, strict=True)) for row in rows]
    assert [(one["date_naissance"], one["sexe"], one["identite"]) for one in cells] == [
        ("30/02/1960", "H", "validee"), ("03/04/1961", "x", "qualifié"),
    ]  # fmt: skip
    assert rules.read_list(given) == [
        replace(one, number=rank)
        for rank, one in enumerate(rules.read_list("\n".join([full, *lines]).encode()), 2)
    ]
    corrected = (
        given.decode()
        .replace("30/02", "28/02")
        .replace(";x;", ";M;")
        .replace("qualifié;", "provisoire;")
    )
    again = handed_in(client, corrected.encode())
    assert (again.total_count, again.refused_count) == (2, 0)
    client.post(reverse("record:intake_start", args=[again.id]), {"is_informed": "on"})
    commands.run_intakes()
    with f.feed():
        names = set(SourceIdentity.objects.values_list("birth_name", "sex", "status", "city"))
        assert names == {
            ("MARTEL", "M", "validated", "Melun"), ("=PONS", "M", "provisional", "Le Mée"),
        }  # fmt: skip


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


def test_nobody_of_a_list_is_born_after_today() -> None:
    line = listed("1;DUREL;JEANNE;2026-03-13;F")
    assert "birth_date" in rules.read_list(line, today=date(2026, 3, 12))[0].faults
    assert rules.read_list(line, today=date(2026, 3, 13))[0].faults == ()


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
