"""The board: one's own, what waits first, page by page, at a cost that history does not change."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.ids import uuid7
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.models import FollowUp
from enrs.services.home_monitoring.queries import After
from tests.services.home_monitoring.factories import AMBER, GREEN, RED, begun, protocol, read
from tests.services.record.factories import member, patient

pytestmark = pytest.mark.django_db


def people(doctor: Actor, count: int) -> list[UUID]:
    """As many people, of whose circle the doctor is, watched by them."""
    from tests.services.record.factories import give  # noqa: PLC0415  beside its one use

    found = []
    for rank in range(count):
        one = patient(f"b{rank}", birth_name=f"PERSONNE{chr(65 + rank % 26)}", ins="", ins_oid="",
                      status="provisional", birth_date=f"19{40 + rank % 50}-0{1 + rank % 9}-1{rank % 9}")  # fmt: skip
        give(one, doctor)
        found.append(one)
    return found


def watched(patient_id: UUID, doctor: Actor, rank: int) -> FollowUp:
    """A follow-up as the board needs it, without its commands."""
    shown = ("red", "amber", "silent", "green")[rank % 4]
    now = timezone.now()
    return FollowUp.objects.create(
        id=uuid7(), patient_id=patient_id, protocol=protocol(), code="covid-domicile", title="COVID",
        started_at=now, ends_at=now, watcher_id=doctor.grantee_id, watcher_kind="person",
        watcher_name=doctor.name, starter_name=doctor.name, state=shown, level=shown,
        rank=queries.RANKS[shown] + 1, turn_at=now, last_at=now,
    )  # fmt: skip


def test_what_waits_comes_first(awa: UUID, doctor: Actor, as_actor: Callable[..., Any]) -> None:
    firsts = people(doctor, 3)
    ones = [begun(one, doctor) for one in firsts]
    for one, values in zip(ones, (GREEN, AMBER, RED), strict=True):
        read(one, doctor, values)
    with as_actor(doctor):
        lines, following = queries.board()
        assert [line.follow_up.state for line in lines] == ["red", "amber", "green"]
        assert [line.is_waiting for line in lines] == [True, True, False]
        assert following is None
        assert queries.counts() == {"red": 1, "amber": 1, "green": 1}
        assert [line.follow_up.state for line in queries.board(state="amber")[0]] == ["amber"]


def test_pages_meet_everybody_once(doctor: Actor, as_actor: Callable[..., Any]) -> None:
    for rank, one in enumerate(people(doctor, 11)):
        watched(one, doctor, rank)
    with as_actor(doctor):
        seen, after = [], None
        while True:
            lines, after = queries.board(after=after, limit=4)
            seen += [line.follow_up.id for line in lines]
            if after is None:
                break
            after = After.parse(str(after))
    assert len(seen) == len(set(seen)) == 11


@pytest.mark.parametrize(
    "text",
    ["", "x", "1~hier~2", "1~2026-01-01T00:00:00~x", "9~2026-01-01T00:00:00~" + "0" * 32],
)
def test_a_malformed_place_is_the_first_page(text: str) -> None:
    assert After.parse(text) is None


def test_nobody_sees_another_s_board(
    awa: UUID, doctor: Actor, nurse: Actor, as_actor: Callable[..., Any]
) -> None:
    begun(awa, doctor)
    with as_actor(nurse):
        assert queries.board()[0] == []
        assert queries.counts() == {}


def test_who_left_the_circle_sees_nothing_though_they_watch(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    from enrs.core.access.models import Grant  # noqa: PLC0415  beside its one use

    begun(awa, doctor)
    Grant.objects.filter(grantee_id=doctor.grantee_id).update(valid_until=timezone.now())
    with as_actor(doctor):
        assert queries.board()[0] == []


@pytest.mark.parametrize("count", [1, 30])
def test_as_many_statements_for_one_as_for_thirty(
    doctor: Actor, as_actor: Callable[..., Any], count: int
) -> None:
    for rank, one in enumerate(people(doctor, count)):
        watched(one, doctor, rank)
    with as_actor(doctor), CaptureQueriesContext(connection) as asked:
        assert len(queries.board()[0]) == count
    assert len(asked) == 3


def test_the_index_answers(doctor: Actor) -> None:
    values = {
        "grantees": [doctor.grantee_id], "low": 0, "high": 99, "rank": -1,
        "turn": timezone.now(), "key": uuid7(), "limit": 41,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_bitmapscan = off")
        cursor.execute(f"explain {queries.BOARD}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "monitoring_board" in plan


def test_other_members_follow_the_same_person(awa: UUID, doctor: Actor) -> None:
    begun(awa, doctor)
    begun(awa, member(awa, "nurse", "Yann Le Tallec"), code="insuffisance-cardiaque")
    assert len(queries.follow_ups(awa)) == 2
