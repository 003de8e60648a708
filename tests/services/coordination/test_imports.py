"""Files of older tools: what is read, what is guessed, what is refused and why, what is made."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.events.models import Event
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.circles.models import Member
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.coordination import commands, queries
from enrs.services.coordination.models import Case, Import
from enrs.services.coordination.rules import imports
from tests.services.coordination.factories import desk, teammate
from tests.services.record.factories import BARE, feed, give, patient

HEAD = (
    "N° dossier;Nom de naissance;Prénom;Date de naissance;Sexe;Date d'inclusion;Temps;Date clôture"
)
TOLD = date(2026, 2, 3)
GOOD = "A12;Rivoal;Sylvie;14/03/1948;F;02/01/2026;120;"


def file_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([HEAD, *lines]).encode(encoding)


def test_usual_headings_are_recognised() -> None:
    table = imports.read_csv(file_of(GOOD))
    assert imports.guess(table.headings) == {
        "source_id": 0, "birth_name": 1, "first_given_name": 2, "birth_date": 3, "sex": 4,
        "opened_on": 5, "minutes": 6, "closed_on": 7,
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_both_encodings_are_read(encoding: str) -> None:
    table = imports.read_csv(file_of("A1;Lefèvre;Zoé;1940-01-01;F;2026-01-02;;", encoding=encoding))
    assert table.lines[0][1:3] == ["Lefèvre", "Zoé"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"Nom;Prenom\r\n", "empty"),
        (b"PK\x03\x04\x00\x00", "text"),
        (b"Nom\r\nRivoal\r\n", "columns"),
        (b"x" * (imports.MAX_BYTES + 1), "large"),
        (b"a;b\n" + b"1;2\n" * (imports.MAX_LINES + 1), "lines"),
        ((";".join("c" * 130) + "\n1;2\n").encode(), "columns"),
    ],
)
def test_what_is_not_a_file_of_cases_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(imports.FileRefusedError) as refused:
        imports.read_csv(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("A;;Sylvie;14/03/1948;F;02/01/2026;;", ("birth_name", "empty")),
        ("A;Rivoal;Sylvie;31/02/1948;F;02/01/2026;;", ("birth_date", "date")),
        ("A;Rivoal;Sylvie;14/03/2090;F;02/01/2026;;", ("birth_date", "future")),
        ("A;Rivoal;Sylvie;14/03/1948;X;02/01/2026;;", ("sex", "sex")),
        ("A;Rivoal;Sylvie;14/03/1948;F;02/01/2026;beaucoup;", ("minutes", "number")),
        ("A;Rivoal;Sylvie;14/03/1948;F;02/01/2026;;01/01/2025", ("closed_on", "order")),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line: str, fault: tuple[str, str]) -> None:
    table = imports.read_csv(file_of(line))
    mapping = imports.guess(table.headings)
    found = imports.read_line(2, table.lines[0], mapping, date(2026, 6, 1))
    assert found.faults == (fault,)


DAYS = (
    "14/03/1948", "1948-03-14", "14-03-1948", "14.03.1948", "1948-03-14T00:00:00", "14/03/1948 00:00",
)  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_days_of_every_usual_shape_are_read(text: str) -> None:
    assert imports.read_day(text) == date(1948, 3, 14)


# --- taken in --------------------------------------------------------------------------------------


@pytest.fixture
def place(db: None) -> Organisation:
    return desk()


@pytest.fixture
def ines(place: Organisation) -> Actor:
    return teammate(place)


def taken_in(by: Actor, *lines: str) -> Import:
    with acting(by):
        job = commands.start_import(content=file_of(*lines), filename="maia.csv", tool="maia")
        return commands.run_import(job=job, expected_version=1, informed_on=TOLD)


def test_sound_lines_become_cases_and_the_file_is_erased(
    place: Organisation, ines: Actor, as_actor: Callable[..., Any]
) -> None:
    with as_actor(ines):
        job = commands.start_import(content=file_of(GOOD), filename="maia.csv", tool="maia")
        commands.run_import(job=job, expected_version=1, informed_on=TOLD)
        case = Case.objects.get()
        assert queries.cases_of(case.patient_id) == [case]
    assert (case.origin, case.minutes, case.source) == ("import", 120, "maia:A12")
    assert case.opened_at.date() == date(2026, 1, 2)
    job.refresh_from_db()
    assert (job.lines, job.made_count, [one["code"] for one in job.outcome]) == ([], 1, ["made"])


def test_a_file_taken_in_tells_nobody_of_each_line(ines: Actor) -> None:
    taken_in(ines, GOOD, "A13;Rivoal;Anne;14/03/1948;F;02/01/2026;60;01/03/2026")
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert not [one for one in kinds if one.startswith("task.told.")]
    assert "task.changed" in kinds


def test_an_ended_case_is_closed(ines: Actor) -> None:
    taken_in(ines, "A13;Rivoal;Anne;14/03/1948;F;02/01/2026;60;01/03/2026")
    case = Case.objects.get()
    assert case.closed_at is not None
    assert case.closed_at.date() == date(2026, 3, 1)
    assert case.closed_code == "other"


CLOSED = "A13;Rivoal;Anne;14/03/1948;F;02/01/2026;60;01/03/2026"


def test_an_ended_case_brings_nobody_into_a_circle(ines: Actor) -> None:
    taken_in(ines, CLOSED)
    assert Case.objects.get().closed_at
    with feed():
        assert not Member.objects.exists()


def test_people_join_with_the_day_they_were_told(ines: Actor, place: Organisation) -> None:
    taken_in(ines, GOOD)
    with feed():
        member = Member.objects.get()
        assert (member.organisation_id, member.informed_on) == (place.id, TOLD)


@pytest.mark.parametrize("told", [None, date(2999, 1, 1)])
def test_nothing_is_taken_in_before_people_were_told(ines: Actor, told: date | None) -> None:
    with acting(ines):
        job = commands.start_import(content=file_of(GOOD), filename="a.csv", tool="maia")
        with pytest.raises(commands.ImportRefusedError, match="informed"):
            commands.run_import(job=job, expected_version=1, informed_on=told)
    assert not Case.objects.exists()


def test_a_social_worker_takes_in_those_of_their_circle_alone(place: Organisation) -> None:
    known = patient("400", birth_name="RIVOAL", first_given_name="SYLVIE", given_names="SYLVIE",
                    birth_date="1948-03-14", sex="F", **BARE)  # fmt: skip
    worker = teammate(place, "social_worker")
    give(known, worker)
    job = taken_in(worker, GOOD, "A14;Rivoal;Anne;14/03/1950;F;02/01/2026;;")
    assert [one["code"] for one in job.outcome] == ["made", "refused"]
    assert Case.objects.get().patient_id == known


def test_refused_lines_leave_the_others(ines: Actor) -> None:
    outside = patient(
        "300",
        birth_name="DUPONT",
        first_given_name="JEAN",
        birth_date="1940-05-01",
        sex="M",
        **BARE,
    )
    job = taken_in(
        ines,
        GOOD,
        GOOD,
        "A14;Rivoal;Sylvie;14/03/1948;F;02/01/2026;;",
        "A15;;Paul;01/01/1940;M;02/01/2026;;",
        "A16;Dupont;Jean;01/05/1940;M;02/01/2026;;",
    )
    assert [one["code"] for one in job.outcome] == ["made", "known", "open", "faults", "outside"]
    assert Case.objects.count() == 1
    assert not Case.objects.filter(patient_id=outside).exists()
    assert "Dupont" not in str(job.outcome)


def test_a_person_of_the_circle_is_not_made_twice(ines: Actor, place: Organisation) -> None:
    taken_in(ines, "A1;Rivoal;Sylvie;14/03/1948;F;02/01/2026;;01/02/2026")
    first = Case.objects.get()
    taken_in(ines, "A2;Rivoal;Sylvie;14/03/1948;F;02/03/2026;;")
    assert set(Case.objects.values_list("patient_id", flat=True)) == {first.patient_id}


def test_long_files_are_taken_in_by_parts(ines: Actor) -> None:
    lines = [f"B{n};Rivoal;Sylvie{chr(97 + n)};14/03/1948;F;02/01/2026;;" for n in range(3)]
    with acting(ines):
        job = commands.start_import(content=file_of(*lines), filename="a.csv", tool="pta")
        commands.run_import(job=job, expected_version=1, informed_on=TOLD, size=2)
        assert (len(job.outcome), job.done_at) == (2, None)
        with pytest.raises(StaleSaveError):
            commands.run_import(job=Import.objects.get(), expected_version=1)
        commands.run_import(job=job, expected_version=2, size=2)
        assert job.done_at
        with pytest.raises(commands.ImportRefusedError, match="done"):
            commands.run_import(job=job, expected_version=3)
    assert Case.objects.count() == 3


def test_a_wrong_mapping_is_refused(ines: Actor) -> None:
    with acting(ines):
        job = commands.start_import(content=file_of(GOOD), filename="a.csv", tool="x")
        for mapping in ({}, {**job.mapping, "sex": 99}, {**job.mapping, "patient_id": 1}):
            with pytest.raises(commands.ImportRefusedError, match="mapping"):
                commands.map_import(job=job, mapping=mapping, expected_version=1)
    assert job.tool == "other"


def test_only_the_team_brings_and_sees_a_file(
    ines: Actor, place: Organisation, as_actor: Callable[..., Any]
) -> None:
    with acting(ines):
        job = commands.start_import(content=file_of(GOOD), filename="a.csv", tool="x")
    for role in ("physician", "secretary", "nurse"):
        with as_actor(teammate(place, role)), pytest.raises(AccessRefusedError):
            commands.start_import(content=file_of(GOOD), filename="a.csv", tool="x")
    with as_actor(teammate(desk("Ailleurs"))):
        assert Import.objects.count() == 0
        assert queries.import_of(job.id) is None
        with pytest.raises(AccessRefusedError):
            commands.run_import(job=job, expected_version=1)


def test_the_made_person_is_provisional(ines: Actor) -> None:
    taken_in(ines, GOOD)
    made: UUID = Case.objects.get().patient_id
    assert RegionalIdentity.objects.get(pk=made).status == "provisional"
