"""The seeded region: its bulk rows are those that the commands would have written."""

import threading
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from itertools import islice

import pytest
from django.db import ProgrammingError, connection

from enrs.config.demo import bulk_contents, bulk_people, bulk_region, seed, simulator
from enrs.config.demo.accounts import ACCOUNTS, PASSWORD
from enrs.config.demo.bulk_circles import Circles, Registrar
from enrs.config.demo.bulk_record import CLASSES, Clerk, Rows, midnight
from enrs.config.demo.bulk_region import load_directory, load_people
from enrs.config.demo.bulk_stories import Cast, Teller
from enrs.config.demo.generator import DemoPlan, DemoRegion
from enrs.config.demo.hospital import HospitalScenario
from enrs.config.loading import LoadError, load_directory_file
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import Grant
from enrs.core.access.queries import may
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.fhir.models import Key, Resource
from enrs.formats.cda import header, laboratory
from enrs.formats.cda.reader import read
from enrs.formats.directory.rpps import write_rpps
from enrs.formats.hl7v2 import parse, read_adt
from enrs.formats.hl7v2.mllp import Framer, frame
from enrs.interop.gateway.flows import people as gateway
from enrs.referentials.circles.commands import add_member, open_for_stay
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.models import SourceIdentity
from enrs.services.record import rules
from enrs.services.record.commands import file_document, file_results, record_stay
from enrs.services.record.models import Encounter, Note, Observation, Report

TODAY = date(2026, 3, 2)
PERSONS = 60


class Silent:
    @contextmanager
    def stage(self, label, total=None):
        yield lambda done: None


@pytest.fixture(scope="module")
def region():
    return DemoRegion(DemoPlan(1, TODAY, ("75", "92", "93"), 60, 300, PERSONS))


@pytest.fixture
def seeded(db, region, tmp_path):
    with acting(SYSTEM):
        load_directory(region, Silent(), tmp_path)
        load_people(region, Silent())
        return bulk_people.open_accounts(region)


@pytest.fixture
def written(seeded, region):
    """The first stories in the record, by bulk."""
    cast, stories = Cast.of(region), list(Teller(region, PERSONS).stories())
    clerk = Clerk(cast, seeded, midnight(TODAY))
    rows, circles = Rows(), Circles()
    stays = [clerk.file(story, rows) for story in stories]
    lives = {life.id: life for life in region.lives.values()}
    Registrar(cast, seeded, lives, datetime.now(UTC)).enter(
        list(zip(stories, stays, strict=True)), circles
    )
    rows.write()
    circles.write()
    return clerk, stories


def test_two_parts_file_every_story_once(seeded, region, monkeypatch):
    monkeypatch.setattr(bulk_region, "BLOCK", 9)
    count = bulk_region.FORK.Value("i", 0)
    for part in (0, 1):
        bulk_region.file_part(region, seeded, count, part=part)
        assert count.value > 0
    stories = list(Teller(region, PERSONS).stories())
    assert count.value == len(stories) == PERSONS
    assert Encounter.objects.count() == sum(len(one.encounters) for one in stories)
    assert Observation.objects.count() == sum(len(one.results) for one in stories)
    assert Resource.objects.filter(type="CareTeam").count() == PERSONS


def columns(row, *forgotten):
    """A row without what two writings of one fact may not share."""
    names = [field.attname for field in row._meta.concrete_fields]
    other = {"id", "recorded_at", "patient_id", "identity_id", "report_id", *forgotten}
    return {name: getattr(row, name) for name in names if name not in other}


def published(kind, row):
    """The body of a resource and its keys, modulo ids, patient and version."""
    resource = Resource.objects.get(type=kind, id=row.id, is_current=True)
    text = resource.body.replace(str(row.id), "ID").replace(str(row.patient_id), "PATIENT")
    _, _, after = text.partition('"lastUpdated":"')
    keys = sorted(
        (one.param, one.value.replace(str(row.patient_id), "PATIENT"))
        for one in Key.objects.filter(type=kind, id=row.id)
    )
    return after.partition('"')[2], keys, resource.category, resource.marks


@pytest.fixture
def other(written):
    """Another patient, without any fact, for the commands to write on."""
    with acting(SYSTEM):
        traits = bulk_people.traits_of(written[1][0].person)
        bare = type(traits)(birth_name="AUTRE", first_given_name="PERSONNE", birth_date="1950")
        yield receive_identity(system="urn:local:test", value="1", traits=bare, sender="test")


def test_accounts_are_those_of_the_cast(region):
    told = [(one.login, one.presentation, one.name) for one in region.accounts()]
    assert [(one["login"], one["role"], one["name"]) for one in ACCOUNTS] == told


def test_documents_by_bulk_are_those_of_the_command(written, other):
    rows = [
        *Document.objects.filter(mime_type="text/xml").order_by("id")[:5],
        *Document.objects.exclude(mime_type="text/xml").order_by("id")[:5],
    ]
    clerk, stories = written
    given = {one.id: one for story in stories for one in story.documents}
    assert len(rows) == 10
    for row in rows:
        content = store.take(row.blob)
        if row.id in given:
            told = bulk_contents.Content(content, row.mime_type, row.format_code)
            meta = clerk.meta(given[row.id], told)
        else:
            names = [n for n in rules.DocumentMeta.__slots__ if n != "replaces"]
            meta = rules.DocumentMeta(**{name: getattr(row, name) for name in names})
        again = file_document(
            identity_id=other.id, patient_id=other.patient_id, content=content, meta=meta,
            source=row.source,
        )  # fmt: skip
        again.refresh_from_db()
        assert columns(again) == columns(row)
        assert published("DocumentReference", again) == published("DocumentReference", row)


def test_reports_by_bulk_are_those_of_the_command(written, other):
    clerk, stories = written
    report = Report.objects.exclude(document_unique_id="").order_by("id").first()
    story = next(one for one in stories if one.person.id == report.patient_id)
    results = [one for one in story.results if one.report_number == report.number]
    again = file_results(
        identity_id=other.id,
        patient_id=other.patient_id,
        report=clerk.report(report.number, results, report.document_unique_id),
        source=report.source,
    )
    again.refresh_from_db()
    assert columns(again) == columns(report)
    pairs = zip(
        Observation.objects.filter(report=report).order_by("rank"),
        Observation.objects.filter(report=again).order_by("rank"),
        strict=True,
    )
    for one, two in pairs:
        assert columns(one) == columns(two)
        assert published("Observation", one) == published("Observation", two)
    assert published("DiagnosticReport", report)[1:] == published("DiagnosticReport", again)[1:]


def test_stays_by_bulk_are_those_of_the_command(written, other):
    for row in Encounter.objects.filter(status="finished").order_by("id")[:5]:
        told = rules.NewStay(
            system=f"{row.system}.",
            number=row.number,
            event="A01",
            happened_at=row.admitted_at,
            patient_class=row.patient_class,
            organisation_finess=row.organisation_finess,
            organisation_name=row.organisation_name,
            unit=row.unit,
            attending_name=row.attending_name,
            attending_idnat=row.attending_idnat,
        )
        left = {"event": "A03", "happened_at": row.discharged_at}
        for stay in (told, rules.NewStay(**_fields(told) | left)):
            again = record_stay(
                identity_id=other.id, patient_id=other.patient_id, stay=stay, source="x"
            )
        again.refresh_from_db()
        assert columns(again, "system") == columns(row, "system")
        (body, *_), (expected, *_) = published("Encounter", again), published("Encounter", row)
        assert body.replace(f"{row.system}.", row.system) == expected


def _fields(value):
    return {name: getattr(value, name) for name in value.__slots__}


def test_members_and_grants_by_bulk_are_those_of_the_commands(written, other):
    followed = Member.objects.filter(basis="care_team").order_by("id")
    for row in (
        followed.filter(block="care_team").first(),
        followed.exclude(block="care_team").first(),
    ):
        again = add_member(
            patient_id=other.patient_id, block=row.block, grantee_id=row.grantee_id,
            display=row.display, role_label=row.role_label, basis=row.basis, ground=row.ground,
        )  # fmt: skip
        again.refresh_from_db()
        forgotten = ("since", "informed_on", "added_by")
        assert columns(again, *forgotten) == columns(row, *forgotten)
        one, two = Grant.objects.get(source_id=row.id), Grant.objects.get(source_id=again.id)
        kept = ("source_kind", "scope", "purpose", "level", "valid_until", "grantee_id")
        assert [getattr(one, n) for n in kept] == [getattr(two, n) for n in kept]


def test_a_stay_opens_what_the_feed_would_open(seeded, region, other):
    row = Encounter.objects.filter(patient_class="I").order_by("id").first()
    row.status, row.discharged_at, row.patient_id = "in-progress", None, other.patient_id
    row.identity_id = other.id
    registrar = Registrar(Cast.of(region), seeded, {}, datetime.now(UTC))
    bulk = registrar._stay(row)
    fed = open_for_stay(
        patient_id=other.patient_id, organisation_id=bulk.organisation_id, display=bulk.display,
        encounter_id=row.id, identity_id=row.identity_id,
    )  # fmt: skip
    command = Member.objects.get(pk=fed)
    assert columns(command, "since", "added_by") == columns(bulk, "since", "added_by")
    assert command.id == bulk.id


def test_every_account_signs_in_with_the_rights_of_its_role(written):
    roles = {}
    for login in (one["login"] for one in ACCOUNTS):
        user = User.objects.get(login=login)
        assert user.check_password(PASSWORD)
        roles[login] = actor_of(user).role
    assert roles == {
        "moreau": "physician", "kouassi": "nurse", "benhamou": "physician", "letallec": "nurse",
        "ferreira": "biologist", "nguyen": "pharmacist", "traore": "social_worker",
        "petit": "secretary", "roux": "standby", "vidal": "identity_officer",
        "castaing": "auditor", "lambert": "coordinator",
        "delmas": "social_worker", "perrin": "coordinator", "marchand": "person", "montbel": "person",
        "aubertin": "person", "benslimane": "person",
    }  # fmt: skip


RIGHTS = (
    ("moreau", "marchand", "care_team"),
    ("letallec", "marchand", "organisation"),
    ("marchand", "marchand", "self"),
    ("montbel", "marchand", "outside_circle"),
    ("aubertin", "aubertin_lucien", "proxy"),
    ("aubertin", "aubertin", "self"),
    ("benslimane", "benslimane_ines", "proxy"),
    ("castaing", "marchand", "outside_circle"),
    ("traore", "aubertin_lucien", "profession"),
)


def test_the_personas_hold_the_rights_of_their_story(written, region):
    found = []
    for login, whose, _ in RIGHTS:
        actor = actor_of(User.objects.get(login=login))
        decision = may("read", "results", patient_id=region.lives[whose].id, actor=actor)
        found.append((login, whose, decision.reason))
    assert found == list(RIGHTS)


def test_the_long_record_has_curves_worth_looking_at(written, region):
    patient = region.lives["marchand"].id
    assert Observation.objects.filter(patient_id=patient, code="4548-4").count() >= 40
    assert Note.objects.filter(patient_id=patient).count() >= 36
    structured = Document.objects.filter(
        patient_id=patient, format_code="urn:ihe:lab:xd-lab:2008"
    ).order_by("id").select_related("blob")  # fmt: skip
    cda = read(store.take(structured[0].blob))
    assert header.missing(header.metadata(cda)) == []
    report = Report.objects.get(document_unique_id=structured[0].unique_id)
    values = [(one.code.code, one.value.number) for one in laboratory.observations(cda)]
    stored = report.observations.order_by("rank").values_list("code", "value")
    assert values == list(stored)


def test_a_message_of_the_hospital_changes_no_seeded_identity(seeded, region):
    hospital = region.structure_at(0)
    people = [
        one
        for one in region.people()
        if bulk_people.hospital_of(region, one).index == hospital.index
    ]
    scenario = HospitalScenario(hospital, people, region.workers[:1], datetime.now(UTC))
    before = SourceIdentity.objects.count()
    for person in people:
        adt = read_adt(parse(scenario.adt("A28", person, datetime.now(UTC))))
        partner = gateway.Sending(
            bulk_people.sender_key("ENRS-DEMO", hospital.name), "", hospital.finess, "", ""
        )
        identity = gateway.identity_of(adt.patient, partner)
        assert (identity.patient_id, identity.version) == (person.id, 1)
    assert SourceIdentity.objects.count() == before


def test_news_come_for_the_circle_of_the_demo_every_third_time(written, region):
    stream = simulator.messages(region, every=2.0, run="T")
    circle = set(
        Grant.objects.filter(
            grantee_id=bulk_people.practitioner_id(region.workers[0].rpps)
        ).values_list("patient_id", flat=True)
    )
    known = dict(SourceIdentity.objects.values_list("value", "patient_id"))
    taken = list(islice(stream, 90))
    for message in taken[::3]:
        local = parse(message).first("PID").component(3, 1).removeprefix("D")
        assert known[local] in circle
    numbers = [parse(message).header.component(10, 1) for message in taken]
    assert len(set(numbers)) == 90


def test_the_client_waits_for_answers_and_comes_back():
    """The far end cuts the line in the middle of the second message: it is sent again whole."""
    stop, got = threading.Event(), []
    server = simulator.socket.create_server(("127.0.0.1", 0))

    def serve():
        for visit in range(2):
            line, _ = server.accept()
            framer = Framer()
            with line:
                while data := line.recv(4096):
                    for message in framer.feed(data):
                        got.append(message)
                        if visit == 0 and len(got) == 2:
                            break
                        line.sendall(frame(b"MSH|^~\\&|A|B|C|D|||ACK|1|P|2.5\rMSA|AA|1\r"))
                    if len(got) in (2, 5) and visit == (len(got) == 5):
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    head = "MSH|^~\\&|A|B|C|D|||ADT^A28|{}|P|2.5\r"
    stream = (head.format(rank).encode() for rank in range(4))
    client = simulator.Client("127.0.0.1", server.getsockname()[1], stop)
    client.send(stream, every=0)
    thread.join(timeout=5)
    server.close()
    assert [parse(one).header.component(10, 1) for one in got] == ["0", "1", "1", "2", "3"]


def test_a_mark_tells_whose_the_database_is(db):
    raw = connection.cursor().connection
    assert seed.read_mark(raw) is None
    assert not seed.is_inhabited(raw)
    mark = seed.Mark("small", TODAY.isoformat(), "abc", is_done=True)
    seed.write_mark(raw, mark)
    assert seed.read_mark(raw) == mark
    assert seed.read_mark(raw).plan() == DemoPlan.small(today=TODAY)
    User.objects.create(login="x", name="X", kind="patient")
    assert seed.is_inhabited(raw)


@pytest.mark.parametrize(
    ("size", "environment"),
    [
        ("immense", {}),
        ("small", {"ENRS_MODE": "production"}),
        ("small", {"ENRS_MODE": "demo", "DATABASE_URL": "postgresql://elsewhere/x"}),
    ],
)
def test_the_seed_refuses_what_is_not_the_demo(monkeypatch, size, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(seed.SeedRefusedError):
        seed.main(size)


def test_a_directory_file_is_told_in_french(db, region, tmp_path):
    path = tmp_path / "rpps.txt"
    lines = list(bulk_people.rpps_rows(region))[:20]
    text = "".join(write_rpps(lines)) + "trop|court|\n"
    path.write_text(text, encoding="utf-8")
    told = load_directory_file("rpps", path, is_complete=False, test_numbers=False)
    assert "21 lignes lues" in told
    assert "1 lignes refusées" in told
    assert "column_count (1)" in told
    path.write_text("ceci n'est pas un fichier RPPS\n", encoding="utf-8")
    with pytest.raises(LoadError, match="RPPS"):
        load_directory_file("rpps", path, is_complete=False, test_numbers=False)
    with pytest.raises(LoadError, match="siret"):
        load_directory_file("siret", path, is_complete=False, test_numbers=False)


def test_a_pdf_made_by_hand_holds_its_text():
    data = bulk_contents.pdf("Ordonnance (copie)", "Paracétamol 1 g\n\n" + "mot " * 200)
    assert data.startswith(b"%PDF-1.4")
    place = int(data.rpartition(b"startxref\n")[2].split(b"\n")[0])
    assert data[place:].startswith(b"xref")
    assert b"(Ordonnance \\(copie\\))" in data
    assert "Paracétamol".encode("cp1252") in data


def test_every_kind_of_stay_has_its_class():
    assert set(CLASSES.values()) <= set(rules.CLASSES)


def test_a_demo_of_another_version_is_made_anew(monkeypatch):
    done = []

    def migrate():
        done.append("migrate")
        if len(done) == 1:
            raise ProgrammingError("relation exists already")

    monkeypatch.setattr(seed, "migrate", migrate)
    monkeypatch.setattr(seed, "renew", lambda cluster: done.append("renew"))
    monkeypatch.setattr(seed.connections, "close_all", lambda: None)
    old = seed.Mark("small", "2026-11-22", "0", is_done=True)
    assert seed._bring_up(None, old) is None
    assert done == ["migrate", "renew", "migrate"]
    assert seed._bring_up(None, old) is old


def test_a_new_journal_begins_without_the_seals_of_another(monkeypatch, tmp_path):
    class Stand:
        def dsn(self, role):
            return ""

    monkeypatch.setenv("ENRS_DATA", str(tmp_path))
    monkeypatch.setattr(seed.psycopg, "connect", lambda *_, **__: nullcontext())
    monkeypatch.setattr(seed, "_bring_up", lambda cluster, mark: mark)
    monkeypatch.setattr(seed, "write_mark", lambda *_: None)
    monkeypatch.setattr(bulk_region, "fill", lambda *_: None)
    monkeypatch.setattr("enrs.config.nomenclatures.load_own", lambda: None)
    seals = tmp_path / "audit.seals"
    seals.write_text("1 aa\n")
    seed._work(Stand(), seed.Mark("small", "2026-11-22", "0", is_done=True), "small")
    assert seals.exists(), "a region that is only migrated keeps its seals"
    seed._work(Stand(), None, "small")
    assert not seals.exists()
