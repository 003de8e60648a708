"""Searches: inside one's circle, exactly outside of it, under row security."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from enrs.core.access.actor import ANONYMOUS, acting
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.referentials.identity import queries
from enrs.referentials.identity.commands import (
    NewPerson,
    PossibleDuplicateError,
    create_patient_by_hand,
    load_patients,
    open_work_item,
)
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem
from enrs.referentials.identity.rules import Traits
from tests.referentials.identity.factories import (
    AWA,
    CLINIC,
    actor_in,
    fictional_ins,
    grant,
    receive,
)

pytestmark = pytest.mark.django_db
EXACT = {"birth_name": "N'Diaye", "first_given_name": "Awa", "birth_date": "1948-03-12", "sex": "F"}


class as_app:  # noqa: N801
    """Act as someone under the application's role, with row security."""

    def __init__(self, actor):
        self.acting = acting(actor)

    def __enter__(self):
        self.acting.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("set local role enrs_app")

    def __exit__(self, *error):
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("set local role none")
        self.acting.__exit__(*error)


@pytest.fixture
def nurse():
    return actor_in("nurse")


@pytest.mark.parametrize(
    "text",
    [
        "ndi",
        "N'Diaye Awa",
        "ndiaye 12/03/1948",
        "NDIAYE 1948",
        "12/03/1948",
        AWA.ins,
        "10099",
        "sow aw",
    ],
)
def test_a_person_of_the_circle_is_found_by_what_one_knows(nurse, text):
    inside = receive("10099", used_name="SOW")
    receive("10098", ins=fictional_ins(2))
    grant(inside.patient_id, nurse)
    with as_app(nurse):
        assert [row.patient_id for row in queries.search(text)] == [inside.patient_id]


@pytest.mark.parametrize("text", ["NDIAYE", AWA.ins, "100", "", "N"])
def test_outside_the_circle_a_search_gives_nothing(nurse, text):
    receive()
    with as_app(nurse):
        assert queries.search(text) == []
        assert not RegionalIdentity.objects.exists()
        assert not SourceIdentity.objects.exists()


def test_a_role_without_identity_searches_nothing():
    actor = actor_in("auditor")
    grant(receive().patient_id, actor)
    with as_app(actor):
        assert queries.search("NDIAYE") == []


def test_pages_follow_one_another_without_gap_or_repeat(nurse):
    made = [
        receive(str(n), birth_name=name, ins=fictional_ins(n + 10))
        for n, name in enumerate(["MAAR", "MARTIN", "MARTIN", "MARTINEZ", "MARTY", "MOREL"])
    ]
    for identity in made:
        grant(identity.patient_id, nurse)
    seen, after = [], None
    with as_app(nurse):
        while rows := queries.search("mar", limit=2, after=after):
            seen += [row.patient_id for row in rows]
            last = rows[-1]
            after = queries.After(last.name_key, last.given_key, last.patient_id)
    assert seen == [made[n].patient_id for n in (1, 2, 3, 4)]


def test_the_exact_search_tells_one_line_and_seals_whom_it_is_about(nurse):
    identity = receive()
    with as_app(nurse):
        by_ins = queries.exact_search(ins=AWA.ins)
        by_traits = queries.exact_search(**EXACT)
        assert by_ins.kind == by_traits.kind == "outside"
        assert by_ins.patient_id is None
        assert identity.patient_id.hex not in by_ins.token
        assert queries.patient_of_token(by_ins.token) == identity.patient_id
        assert queries.exact_search(**EXACT | {"sex": "M"}).kind == "none"
        assert queries.exact_search(birth_name="NDIAYE").kind == "none"
    assert queries.patient_of_token(by_ins.token, actor=actor_in("nurse")) is None
    assert queries.patient_of_token("nothing", actor=nurse) is None
    lines = AuditLine.objects.filter(action="identity.search.exact").order_by("at")
    assert lines[0].patient_ids == [identity.patient_id]


def test_the_exact_search_inside_the_circle_gives_the_patient(nurse):
    identity = receive()
    grant(identity.patient_id, nurse)
    with as_app(nurse):
        assert queries.exact_search(ins=AWA.ins).patient_id == identity.patient_id


@pytest.mark.usefixtures("by_ins_only")
def test_two_people_with_the_same_traits_are_several(nurse):
    receive(status="provisional")
    receive("A9", CLINIC, status="provisional")
    with as_app(nurse):
        assert queries.exact_search(**EXACT) == queries.ExactAnswer("several")


def test_exact_searches_are_counted(nurse):
    with as_app(nurse):
        for _ in range(queries.EXACT_PER_MINUTE):
            queries.exact_search(ins=AWA.ins)
        with pytest.raises(queries.TooManySearchesError):
            queries.exact_search(ins=AWA.ins)
    assert AuditLine.objects.filter(action="identity.search.exact", outcome="refused").count() == 1


def test_nobody_searches_exactly_without_a_profession():
    with acting(ANONYMOUS), pytest.raises(PermissionDenied):
        queries.exact_search(ins=AWA.ins)


def test_the_banner_says_what_the_status_is():
    identity = receive()
    shown = queries.banner(identity.patient_id)
    assert (shown.birth_name, shown.shows_ins, shown.ins_is_test) == ("NDIAYE", True, True)
    doubtful = receive("A9", CLINIC, birth_date="1990-01-01")
    assert queries.banner(doubtful.patient_id).status_words == "Identité douteuse"
    retrieved = receive("A10", CLINIC, status="retrieved", ins=fictional_ins(5))
    assert queries.banner(retrieved.patient_id).shows_ins is False


def test_the_unit_alone_reads_the_identities_of_an_item(nurse):
    receive()
    receive("A9", CLINIC, birth_date="1990-01-01")
    item, officer = WorkItem.objects.get(), actor_in("identity_officer")
    with as_app(nurse):
        assert queries.identities_of_items([item.id]) == {}
    with as_app(officer):
        found = queries.identities_of_items([item.id])[item.id]
    assert [one.birth_date for one in found] == ["1948-03-12", "1990-01-01"]


def test_a_patient_made_by_hand_has_no_ins_and_is_read_by_who_made_it():
    secretary = actor_in("secretary")
    with as_app(secretary):
        made = create_patient_by_hand(traits=AWA, by=secretary)
        assert [row.patient_id for row in queries.search("NDIAYE")] == [made.patient_id]
        row = queries.regional_identity(made.patient_id)
    assert (row.status, row.ins) == ("provisional", "")


def test_a_likely_double_is_warned_of_then_told_to_the_unit():
    known, secretary = receive(), actor_in("secretary")
    with as_app(secretary):
        with pytest.raises(PossibleDuplicateError) as warning:
            create_patient_by_hand(traits=AWA, by=secretary)
        made = create_patient_by_hand(traits=AWA, by=secretary, is_confirmed=True)
    assert (warning.value.inside, warning.value.outside_count) == ([], 1)
    item = WorkItem.objects.get()
    assert (item.kind, item.identity_ids) == ("possible_duplicate", [made.id, known.id])


def test_the_same_thing_is_never_twice_on_the_list():
    for _ in range(2):
        open_work_item(kind="ins_refused", identity_ids=[UUID(int=1)], patient_ids=[], evidence={})
    assert WorkItem.objects.count() == 1


def test_a_loaded_region_is_the_same_as_a_received_one():
    people = [
        NewPerson(uuid7(), uuid7(), CLINIC, str(n), "load", replace(AWA, ins=fictional_ins(n + 30)))
        for n in range(5)
    ]
    people.append(NewPerson(uuid7(), uuid7(), CLINIC, "x", "load", Traits("LE GOFF", "Anne")))
    report = load_patients(people, publishes=True, chunk=4)
    assert report.persons == 6
    loaded = SourceIdentity.objects.get(pk=people[0].identity_id)
    received = receive("777", CLINIC)
    skipped = {
            "id", "value", "patient_id", "ins", "sender", "told_at", "told_by", "digest",
            "created_at",
            "changed_at", "_state",
        }  # fmt: skip
    same = {k: v for k, v in vars(loaded).items() if k not in skipped}
    assert same == {k: v for k, v in vars(received).items() if k in same}
    assert RegionalIdentity.objects.get(pk=people[5].patient_id).name_key == "LEGOFF"
    again = receive("0", CLINIC, ins=fictional_ins(30))
    assert (again.id, again.version) == (people[0].identity_id, 1)
