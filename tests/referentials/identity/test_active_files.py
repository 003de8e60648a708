"""The active file of a source: its lines, the look that writes nothing, the import, what is left of them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.access.actor import acting
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.formats.ins import INS_TEST_OID
from enrs.referentials.identity import jobs
from enrs.referentials.identity.commands import active_files as commands
from enrs.referentials.identity.commands import active_steps, active_ties
from enrs.referentials.identity.models import (
    ActiveFile,
    ActiveLine,
    IdentityLink,
    IdentityQuarantine,
    IdentitySource,
    IdentityVersion,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules import active_file as rules
from enrs.referentials.identity.rules.tables import TableError
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    HOSPITAL,
    actor_in,
    fictional_ins,
    receive,
    user_of,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEAD = "numero;nom_naissance;premier_prenom;prenoms;date_naissance;sexe;lieu_naissance;ins;ins_oid;identite;commune\n"
WRITTEN = (SourceIdentity, IdentityVersion, IdentityLink, RegionalIdentity, WorkItem, IdentityQuarantine)  # fmt: skip


def line_of(**cells: str) -> str:
    """One line of a file, by its headings."""
    return ";".join(cells.get(name, "") for name in HEAD.strip().split(";")) + "\n"


def person(number: str, name: str, given: str, born: str, sex: str = "F", **more: str) -> str:
    return line_of(
        numero=number, nom_naissance=name, premier_prenom=given, date_naissance=born, sexe=sex, **more
    )  # fmt: skip


# --- reading --------------------------------------------------------------------------------------


def read(text: str | bytes) -> list[rules.Line]:
    content = text if isinstance(text, bytes) else text.encode()
    rules.check_file(content)
    return rules.lines_of(content, skip=0, limit=1000, now=NOW, zone=PARIS)


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({}, ()),
        ({"numero": ""}, ("value_missing",)),
        ({"nom_naissance": ""}, ("birth_name_missing",)),
        ({"date_naissance": "12/03/1948"}, ()),
        ({"date_naissance": "1948"}, ()),
        ({"date_naissance": "1948-03"}, ()),
        ({"date_naissance": "1948-13"}, ("birth_date",)),
        ({"date_naissance": ""}, ("birth_date",)),
        ({"date_naissance": "2026-06-02"}, ("birth_date",)),
        ({"date_naissance": "٢٠٠١"}, ("birth_date",)),
        ({"sexe": "X"}, ("sex",)),
        ({"sexe": "h"}, ()),
        ({"identite": "Qualifiée"}, ()),
        ({"identite": "sure"}, ("status",)),
        ({"lieu_naissance": "2A004"}, ()),
        ({"lieu_naissance": "750"}, ("birth_place",)),
        ({"nom_naissance": "N" * 101}, ("too_long",)),
        ({"numero": "", "sexe": ""}, ("value_missing", "sex")),
    ],
)
def test_a_line_says_all_that_is_wrong(cells, faults):
    whole = {
        "numero": "A1", "nom_naissance": "NDIAYE", "premier_prenom": "AWA", "date_naissance": "1948-03-12", "sexe": "F"
    }  # fmt: skip
    [line] = read(HEAD + line_of(**(whole | cells)))
    assert line.number == 2
    assert line.faults == faults
    assert set(line.faults) <= set(rules.FAULTS)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-05-31", "2026-05-31T00:00:00+02:00"), ("31/05/2026", "2026-05-31T00:00:00+02:00"),
        ("2026-05-31 08:30", "2026-05-31T08:30:00+02:00"), ("2026-05-31T08:30:00Z", "2026-05-31T08:30:00+00:00"),
        ("2026-06-02", ""), ("hier", ""), ("2026-05-31T99:00", ""),
    ],
)  # fmt: skip
def test_when_a_line_was_written_is_a_moment_that_is_past(told, moment):
    head = "numero;nom_naissance;premier_prenom;date_naissance;sexe;modifie_le\n"
    [line] = read(f"{head}A1;NDIAYE;AWA;1948-03-12;F;{told}\n")
    assert line.told_at == moment
    assert line.faults == (() if moment else ("told_at",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "colonnes"), (b"nom;prenom\nA;B", "numero, nom_naissance"), (HEAD.encode() + b"\n;;\n", "personne"),
        (b"PK\x03\x04\x00", "lisible"), (b"x" * (rules.MOST_BYTES + 1), "60 Mo"),
        (b"numero;numero;nom_naissance;premier_prenom;date_naissance;sexe\nA;A;B;C;1948-03-12;F", "deux fois"),
        (HEAD.encode() + b"A\n" * 200_001, "200 000"),
    ],
    ids=["empty", "columns", "nobody", "zip", "bytes", "twice", "lines"],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why(content, words):
    with pytest.raises(TableError, match=words):
        rules.check_file(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_a_refusal(content):
    try:
        read(HEAD.encode() + content)
    except TableError:
        return


# --- a look and an import -------------------------------------------------------------------------


@pytest.fixture
def officer(db):
    return actor_in("identity_officer", "Louise Vidal")


@pytest.fixture
def source(db):
    return IdentitySource.objects.create(id=uuid7(), system=HOSPITAL, name="CH de Brie")


def hand_in(officer, source, text: str, **changes) -> ActiveFile:
    with acting(officer):
        return commands.open_active_file(
            content=text.encode(), file_name="actifs.csv", source_id=source.id,
            extracted_at=changes.pop("extracted_at", timezone.now()),
        )  # fmt: skip


def work() -> None:
    while active_steps.run_active_files():
        pass


def imported(officer, source, text: str, **changes) -> ActiveFile:
    file = hand_in(officer, source, text, **changes)
    work()
    with acting(officer):
        assert commands.start_import(file=file)
    work()
    file.refresh_from_db()
    assert file.state == ActiveFile.State.DONE
    return file


def written() -> list[list[dict]]:
    return [list(one.objects.order_by("pk").values()) for one in WRITTEN]


EVERY_CASE = (
    HEAD
    # Known and unchanged, known and changed, an overlay.
    + person("K1", "NDIAYE", "AWA", "1948-03-12", lieu_naissance="99341", prenoms="AWA MARIE",
             ins=AWA.ins, ins_oid=INS_TEST_OID, identite="qualifiée", commune="Melun")
    + person("K2", "BERTIN", "LUC", "1970-01-02", "M", commune="Provins")
    + person("K3", "AUTRE", "ZOÉ", "1999-09-09", identite="validée")
    # New; linked by INS to the clinic's; linked by likeness to the clinic's.
    + person("N1", "QUERE", "SOLENN", "1981-07-21", lieu_naissance="29019")
    + person("N2", "MOREL", "PAULE", "1955-05-05", lieu_naissance="77288", prenoms="PAULE",
             ins=fictional_ins(5, "25505"), ins_oid=INS_TEST_OID, identite="qualifiée")
    + person("N3", "KERVELLA", "GWENOLE", "1963-11-17", "M", lieu_naissance="29232", prenoms="GWENOLE YVES")
    # Two numbers of one new person: the second is linked to the first.
    + person("D1", "TREGUIER", "MAELLE", "1990-02-03", lieu_naissance="22278", prenoms="MAELLE ANNE")
    + person("D2", "TREGUIER", "MAELLE", "1990-02-03", lieu_naissance="22278", prenoms="MAELLE ANNE")
    # Two numbers with one INS and one person's traits; then the same INS with another's.
    + person("I1", "LEGALL", "IRÈNE", "1947-06-08", lieu_naissance="29019", prenoms="IRÈNE",
             ins=fictional_ins(9, "24706"), ins_oid=INS_TEST_OID, identite="qualifiée")
    + person("I2", "LEGALL", "IRÈNE", "1947-06-08", lieu_naissance="29019", prenoms="IRÈNE",
             ins=fictional_ins(9, "24706"), ins_oid=INS_TEST_OID, identite="qualifiée")
    + person("I3", "ANSQUER", "PIERRE", "1931-01-30", "M", prenoms="PIERRE",
             ins=fictional_ins(9, "24706"), ins_oid=INS_TEST_OID, identite="qualifiée")
    # An INS whose key is wrong: kept without it, and told to the unit.
    + person("P1", "PENVEN", "ALAN", "1977-12-12", "M", ins="177122901900100", identite="qualifiée")
    # Refused: no name, twice the same number, a date that is none.
    + person("R1", "", "AWA", "1948-03-12")
    + person("N1", "QUERE", "SOLENN", "1981-07-21")
    + person("R2", "DURAND", "AWA", "31/02/1948")
)  # fmt: skip


@pytest.fixture
def known(db):
    """Three numbers of the hospital, two people of the clinic."""
    then = timezone.now() - timedelta(days=30)
    receive("K1", told_at=then)
    bare = {"ins": "", "ins_oid": "", "status": "provisional", "city": ""}
    luc = {"birth_name": "BERTIN", "first_given_name": "LUC", "given_names": "LUC", "sex": "M"}
    receive("K2", told_at=then, birth_date="1970-01-02", birth_place_code="", **luc, **bare)
    receive("K3", told_at=then, birth_name="PREMIER", first_given_name="JEANNE", given_names="JEANNE",
            birth_date="1950-05-05", birth_place_code="77288", **bare)  # fmt: skip
    receive("C1", CLINIC, told_at=then, birth_name="MOREL", first_given_name="PAULE", given_names="PAULE",
            birth_date="1955-05-05", birth_place_code="77288", ins=fictional_ins(5, "25505"), city="")  # fmt: skip
    receive("C2", CLINIC, told_at=then, birth_name="KERVELLA", first_given_name="GWENOLE",
            given_names="GWENOLE YVES", birth_date="1963-11-17", birth_place_code="29232", sex="M", **bare)  # fmt: skip


def test_the_look_says_what_the_import_does(officer, source, known):
    file = hand_in(officer, source, EVERY_CASE)
    before = written()
    work()
    file.refresh_from_db()
    assert file.state == ActiveFile.State.CHECKED
    assert written() == before
    assert file.foreseen == {
        "new": 5, "by_ins": 2, "by_likeness": 2, "changed": 1, "unchanged": 1, "aside": 1, "refused": 3,
        "told": file.foreseen["told"],
    }  # fmt: skip
    assert file.foreseen["told"] >= 3
    with acting(officer):
        commands.start_import(file=file)
    work()
    file.refresh_from_db()
    assert file.report == file.foreseen
    lines = ActiveLine.objects.filter(file=file)
    assert [
        one.value
        for one in lines
        if (one.foreseen, one.is_told_foreseen) != (one.outcome, one.is_told)
    ] == []
    patient = {one.value: one.patient_id for one in SourceIdentity.objects.all()}
    assert patient["N2"] == patient["C1"]
    assert patient["N3"] == patient["C2"]
    assert patient["D1"] == patient["D2"]
    assert patient["I1"] == patient["I2"] != patient["I3"]
    assert SourceIdentity.objects.get(value="K2").city == "Provins"
    assert SourceIdentity.objects.get(value="K3").birth_name == "PREMIER"
    assert IdentityQuarantine.objects.get().traits["birth_name"] == "AUTRE"
    assert {"R1", "R2"}.isdisjoint(patient)


def test_the_same_file_twice_changes_nothing(officer, source, known):
    first = imported(officer, source, EVERY_CASE)
    before = written()
    again = imported(officer, source, EVERY_CASE)
    report = {name: count for name, count in again.report.items() if count}
    assert report == {"unchanged": first.line_count - 4, "aside": 1, "refused": 3}
    after = written()
    for model, was, now in zip(WRITTEN, before, after, strict=True):
        moving = {"told_at", "told_by", "kept_at"}
        assert [{k: v for k, v in one.items() if k not in moving} for one in was] == [
            {k: v for k, v in one.items() if k not in moving} for one in now
        ], model


def test_lines_that_bear_on_one_another_go_together(officer, source, known, monkeypatch):
    monkeypatch.setattr(active_ties, "BATCH", 2)
    file = hand_in(officer, source, EVERY_CASE)
    work()
    of = dict(ActiveLine.objects.exclude(batch=None).values_list("value", "batch"))
    assert of["D1"] == of["D2"]
    assert of["I1"] == of["I2"] == of["I3"]
    assert len(set(of.values())) == max(of.values()) > 4
    foreseen = ActiveFile.objects.get(pk=file.pk).foreseen
    with acting(officer):
        commands.start_import(file=file)
    work()
    assert ActiveFile.objects.get(pk=file.pk).report == foreseen


def test_a_number_that_changes_bears_on_who_resembles_what_it_was(officer, source, known):
    """C2 of the clinic is Gwenole; the hospital's own Gwenole becomes Yann in the same file that brings another."""
    receive("G1", told_at=timezone.now() - timedelta(days=9), birth_name="LEBIHAN", first_given_name="SOIZIC",
            given_names="SOIZIC", birth_date="1972-02-02", birth_place_code="29232", ins="", ins_oid="",
            status="provisional", city="")  # fmt: skip
    text = (
        HEAD
        + person("G1", "LEBIHAN", "SOIZIC", "1972-02-20", lieu_naissance="29019", prenoms="SOIZIC LENA")
        + person("G2", "LEBIHAN", "SOIZIC", "1972-02-02", lieu_naissance="29232", prenoms="SOIZIC")
    )  # fmt: skip
    file = imported(officer, source, text)
    assert file.report == file.foreseen
    assert len(set(file.lines.values_list("batch", flat=True))) == 1


def test_an_import_that_was_killed_goes_on_where_it_was(officer, source, known, monkeypatch):
    monkeypatch.setattr(active_ties, "BATCH", 2)
    file = hand_in(officer, source, EVERY_CASE)
    work()
    with acting(officer):
        commands.start_import(file=file)
    assert active_steps.run_active_files()
    assert active_steps.run_active_files()
    held = SourceIdentity.objects.count()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(active_steps, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            active_steps.run_active_files()
    file.refresh_from_db()
    assert (file.step_count, SourceIdentity.objects.count()) == (2, held)
    work()
    file.refresh_from_db()
    assert file.report == file.foreseen


def test_what_the_source_told_since_is_not_overwritten(officer, source):
    day = timezone.now() - timedelta(days=3)
    receive(
        "K2",
        told_at=day + timedelta(days=1),
        city="Provins",
        ins="",
        ins_oid="",
        status="provisional",
    )
    text = HEAD + person("K2", "NDIAYE", "AWA", "1948-03-12", prenoms="AWA MARIE", lieu_naissance="99341",
                         commune="Melun")  # fmt: skip
    file = imported(officer, source, text, extracted_at=day)
    assert (file.foreseen["unchanged"], file.report["unchanged"]) == (1, 1)
    assert SourceIdentity.objects.get(value="K2").city == "Provins"


def test_one_file_of_a_source_at_a_time(officer, source):
    text = HEAD + person("N1", "QUERE", "SOLENN", "1981-07-21")
    file = hand_in(officer, source, text)
    with pytest.raises(commands.AnotherWaitsError):
        hand_in(officer, source, text)
    with acting(officer):
        assert commands.give_up_file(file=file)
        assert not commands.start_import(file=file)
    work()
    assert SourceIdentity.objects.count() == 0
    hand_in(officer, source, text)


def test_a_file_of_refused_lines_alone_is_looked_at_and_imports_nobody(officer, source):
    file = hand_in(officer, source, HEAD + person("R1", "", "AWA", "1948-03-12"))
    work()
    file.refresh_from_db()
    assert (file.state, file.foreseen["refused"]) == ("checked", 1)
    with acting(officer):
        commands.start_import(file=file)
    work()
    file.refresh_from_db()
    assert (file.state, file.report["refused"]) == ("done", 1)


def test_contents_go_and_the_report_stays(officer, source, known):
    file = imported(officer, source, EVERY_CASE)
    file.refresh_from_db()
    assert bytes(file.content) == b""
    kept = ActiveLine.objects.filter(file=file)
    assert not [one for one in kept.exclude(outcome="refused") if one.traits or one.cells]
    assert commands.forget_lines() == 0
    ActiveFile.objects.update(finished_at=timezone.now() - commands.KEPT - timedelta(hours=1))
    assert commands.past_lines().count() == file.line_count
    while commands.forget_lines():
        pass
    file.refresh_from_db()
    assert file.erased_at
    assert file.report["new"] == 5
    assert not ActiveLine.objects.exists()


def test_who_left_has_nothing_imported(officer, source):
    file = hand_in(officer, source, HEAD + person("N1", "QUERE", "SOLENN", "1981-07-21"))
    user = user_of(officer)
    user.is_active = False
    user.save()
    work()
    file.refresh_from_db()
    assert (file.state, bytes(file.content)) == ("cancelled", b"")


def test_a_line_that_nothing_foresaw_is_told_and_stops_nothing(officer, source, monkeypatch):
    told = active_steps.receive_identity

    def odd(**given):
        if given["value"] == "N2":
            raise KeyError("odd")
        return told(**given)

    monkeypatch.setattr(active_steps, "receive_identity", odd)
    text = HEAD + "".join(
        person(f"N{n}", name, "SOLENN", f"1981-07-2{n}")
        for n, name in enumerate(("QUERE", "BOZEC", "LAGADEC"), start=1)
    )
    file = imported(officer, source, text)
    assert (file.report["new"], file.report["refused"]) == (2, 1)
    assert [one.reason for one in file.lines.exclude(reason="")] == ["unreadable"]


def test_the_worker_is_begun_when_a_file_waits_alone(officer, source, monkeypatch):
    begun = []
    monkeypatch.setattr(jobs, "_work", lambda: begun.append(1))
    jobs.work_on_files_when_any()
    assert begun == []
    file = hand_in(officer, source, HEAD + person("N1", "QUERE", "SOLENN", "1981-07-21"))
    jobs.work_on_files_when_any()
    assert begun == [1]
    jobs.work_on_files()
    file.refresh_from_db()
    assert file.state == ActiveFile.State.CHECKED


# --- pages ----------------------------------------------------------------------------------------


def upload(client, source, text: str):
    file = SimpleUploadedFile("actifs.csv", text.encode(), content_type="text/csv")
    given = {
        "source": str(source.id),
        "extracted_on": timezone.localdate().isoformat(),
        "file": file,
    }
    return client.post(reverse("identity:active_files"), given)


def test_the_unit_hands_in_looks_imports_and_takes_the_refusals(client, officer, source, known):
    client.force_login(user_of(officer))
    text = EVERY_CASE + person("R9", "=HYPERLINK(1)", "AWA", "")
    file_url = upload(client, source, text)["Location"]
    assert "Lecture" in client.get(file_url).content.decode()
    work()
    page = client.get(file_url).content.decode()
    assert "Personnes nouvelles" in page
    assert "31/02/1948" not in page
    assert (
        client.post(
            reverse("identity:active_start", args=[ActiveFile.objects.get().id])
        ).status_code
        == 302
    )
    work()
    page = client.get(file_url).content.decode()
    assert "Import terminé" in page
    assert "is-differing" not in page
    assert "Ouvrir le signalement" in client.get(f"{file_url}?lignes=signalees").content.decode()
    assert "Ouvrir le signalement" in client.get(f"{file_url}?lignes=cote").content.decode()
    answer = client.get(reverse("identity:active_refused", args=[ActiveFile.objects.get().id]))
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert [(one["ligne"], one["numero"]) for one in rows] == [
        ("14", "R1"),
        ("15", "N1"),
        ("16", "R2"),
        ("17", "R9"),
    ]
    assert rows[2]["date_naissance"] == "31/02/1948"
    assert rows[3]["nom_naissance"] == "'=HYPERLINK(1)"
    assert rows[1]["motif"].startswith("Ce numéro est déjà")
    codes = set(
        AuditLine.objects.filter(action__startswith="identity.active_file").values_list(
            "action", flat=True
        )
    )
    assert codes == {f"identity.active_file.{one}" for one in (
        "opened", "checked", "started", "imported", "read", "exported")}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [("nom;prenom\nA;B\n", "Il manque des colonnes"), (HEAD, "ne contient personne")],
)
def test_a_file_that_is_refused_says_so_beside_its_field(client, officer, source, text, words):
    client.force_login(user_of(officer))
    answer = upload(client, source, text)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_second_file_and_a_late_click_are_told(client, officer, source):
    client.force_login(user_of(officer))
    text = HEAD + person("N1", "QUERE", "SOLENN", "1981-07-21")
    upload(client, source, text)
    assert "attend déjà" in upload(client, source, text).content.decode()
    file = ActiveFile.objects.get()
    assert client.post(reverse("identity:active_start", args=[file.id])).status_code == 302
    file.refresh_from_db()
    assert file.state == "reading"
    client.post(reverse("identity:active_give_up", args=[file.id]))
    file.refresh_from_db()
    assert file.state == "cancelled"


@pytest.mark.parametrize("role", ["physician", "secretary", "nurse"])
def test_only_the_unit_sees_files(client, officer, source, role):
    file = hand_in(officer, source, HEAD + person("N1", "QUERE", "SOLENN", "1981-07-21"))
    client.force_login(user_of(actor_in(role)))
    for name, args in (
        ("active_files", []),
        ("active_file", [file.id]),
        ("active_refused", [file.id]),
    ):
        assert client.get(reverse(f"identity:{name}", args=args)).status_code in (403, 404)
    for name in ("active_start", "active_give_up"):
        assert client.post(reverse(f"identity:{name}", args=[file.id])).status_code in (403, 404)


def test_no_page_grows_with_the_file(client, officer, source):
    client.force_login(user_of(officer))
    counts = []
    for count in (3, 120):
        text = HEAD + "".join(person("", "QUERE", "SOLENN", "1981-07-21") for _ in range(count))
        file = hand_in(officer, source, text)
        work()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(reverse("identity:active_file", args=[file.id])).content.decode()
        counts.append(len(asked))
        with acting(officer):
            commands.give_up_file(file=file)
    assert page.count('<td class="figures">') == 100
    assert "apres=51" in page
    assert counts[1] <= counts[0]
