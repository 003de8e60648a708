"""A follow-up begins, changes hands and ends; who may, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import rights_on
from enrs.core.events.models import Event
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.measures import write_measures
from enrs.referentials.circles import queries as circles
from enrs.referentials.circles.commands import CircleError, add_member, oppose, remove_member
from enrs.services.coordination.commands.cases import open_case
from enrs.services.coordination.models import Case
from enrs.services.home_monitoring import commands, letter, queries
from enrs.services.home_monitoring.commands import MonitoringRefusedError
from enrs.services.home_monitoring.commands.places import end_places
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp, Protocol
from tests.services.coordination.factories import desk, teammate
from tests.services.home_monitoring.factories import (
    AMBER,
    RED,
    begun,
    fresh,
    protocol,
    read,
    team,
    today,
)
from tests.services.record.factories import signed_in

pytestmark = pytest.mark.django_db


def key_of(place: Any) -> str:
    return f"organisation:{place.id}"


def test_a_team_that_watches_joins_the_circle_and_sees_the_person(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    who = teammate(place, "nurse")
    one = begun(awa, doctor, watcher=key_of(place), phone="01 99 00 12 34")
    assert (one.watcher_name, one.is_delegated, one.state) == (place.name, False, "green")
    assert one.due_at is not None
    assert one.silent_at is not None
    with as_actor(who):
        assert [row.display for row in circles.members(awa).organisations] == [place.name]
        lines, _ = queries.board()
        assert [line.follow_up.id for line in lines] == [one.id]
        assert "NDIAYE" in lines[0].name.upper()


def test_the_support_cell_watches_by_delegation_and_begins_follow_ups_itself(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    place = desk("Cellule de soutien")
    team(place, "cell")
    one = begun(awa, doctor, watcher=key_of(place))
    assert one.is_delegated
    by_cell = teammate(place, "nurse")
    with as_actor(by_cell):
        made = commands.start_follow_up(
            patient_id=awa, protocol=protocol("insuffisance-cardiaque"), watcher=key_of(place),
            informed_on=today(),
        )  # fmt: skip
    assert made.starter_name == by_cell.name


def test_the_cell_joins_the_circle_when_the_protocol_calls_it(awa: UUID, doctor: Actor) -> None:
    place = desk("Cellule de soutien")
    team(place, "cell")
    begun(awa, doctor)
    with acting(doctor):
        assert [one.display for one in circles.members(awa).organisations] == [place.name]


def test_one_follow_up_under_a_protocol_at_a_time(awa: UUID, doctor: Actor) -> None:
    begun(awa, doctor)
    with pytest.raises(MonitoringRefusedError, match="open"):
        begun(awa, doctor)
    begun(awa, doctor, code="insuffisance-cardiaque")
    assert FollowUp.objects.count() == 2


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"entry_means": "pigeon"}, "means"),
        ({"entry_means": "call"}, "phone"),
        ({"reason": "x" * 4001}, "long"),
    ],
)
def test_what_a_beginning_may_not_say(
    awa: UUID, doctor: Actor, told: dict[str, Any], reason: str
) -> None:
    with pytest.raises(MonitoringRefusedError, match=reason):
        begun(awa, doctor, **told)
    assert not FollowUp.objects.exists()


def test_only_a_known_watcher_and_a_protocol_in_service(awa: UUID, doctor: Actor) -> None:
    stranger = desk("Ailleurs")
    with pytest.raises(MonitoringRefusedError, match="watcher"):
        begun(awa, doctor, watcher=key_of(stranger))
    found = protocol()
    Protocol.objects.update(status="retired")
    with acting(doctor), pytest.raises(MonitoringRefusedError, match="protocol"):
        commands.start_follow_up(
            patient_id=awa, protocol=fresh(found), watcher=f"person:{doctor.grantee_id}",
            informed_on=today(),
        )  # fmt: skip


def test_a_person_who_opposes_is_not_watched_by_that_team(
    awa: UUID, doctor: Actor, own: Actor
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    with acting(own):
        oppose(
            patient_id=awa, grantee_id=place.id, grantee_display=place.name, informed_on=today(),
            means="oral",
        )  # fmt: skip
    with pytest.raises(CircleError):
        begun(awa, doctor, watcher=key_of(place))
    assert not FollowUp.objects.exists()


def test_a_person_who_opposes_the_cell_is_watched_without_it(
    awa: UUID, doctor: Actor, own: Actor
) -> None:
    place = desk("Cellule de soutien")
    team(place, "cell")
    with acting(own):
        oppose(
            patient_id=awa, grantee_id=place.id, grantee_display=place.name, informed_on=today(),
            means="oral",
        )  # fmt: skip
    begun(awa, doctor)
    with acting(doctor):
        assert circles.members(awa).organisations == []


def test_the_person_begins_none_themselves(awa: UUID, doctor: Actor, own: Actor) -> None:
    found = protocol()
    with acting(own), pytest.raises(AccessRefusedError):
        commands.start_follow_up(
            patient_id=awa,
            protocol=found,
            watcher=f"person:{doctor.grantee_id}",
            informed_on=today(),
        )


def test_a_hand_over_moves_the_board_and_tells_who_receives(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    place = desk("HAD de Melun")
    team(place)
    receiver = teammate(place, "nurse")
    one = begun(awa, doctor)
    read(one, doctor, RED)
    with as_actor(doctor):
        done = commands.hand_over(
            follow_up=fresh(one), watcher=key_of(place), reason="Congés", informed_on=today(),
            expected_version=one.version,
        )  # fmt: skip
        assert queries.board()[0] == []
    with as_actor(receiver):
        assert [line.is_waiting for line in queries.board()[0]] == [True]
        assert [right.purpose for right in rights_on(awa)] == ["organisation"]
    assert done.version == one.version + 1
    assert Entry.objects.get(kind="handed").text == (f"De {doctor.name} à {place.name}. Congés")
    event = Event.objects.get(kind="home_monitoring.handed_over")
    assert event.payload["follow_up"] == str(one.id)
    assert f"grantee:{place.id}" in event.topics
    left = Event.objects.get(kind="home_monitoring.left")
    assert left.topics == [f"grantee:{doctor.grantee_id}"]


def test_a_hand_over_that_is_late_or_to_the_same_is_refused(awa: UUID, doctor: Actor) -> None:
    place = desk()
    team(place)
    one = begun(awa, doctor)

    def hand(to: str, reason: str = "Relais", version: int = one.version) -> None:
        with acting(doctor):
            commands.hand_over(
                follow_up=fresh(one), watcher=to, reason=reason, informed_on=today(),
                expected_version=version,
            )  # fmt: skip

    with pytest.raises(MonitoringRefusedError, match="watcher"):
        hand(f"person:{doctor.grantee_id}")
    with pytest.raises(MonitoringRefusedError, match="reason"):
        hand(key_of(place), reason=" ")
    with pytest.raises(StaleSaveError):
        hand(key_of(place), version=7)
    assert fresh(one).watcher_name == doctor.name


def test_an_end_answers_what_waited_and_awaits_nothing_more(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    with acting(doctor):
        commands.end_follow_up(
            follow_up=fresh(one), code="hospital", note="Admis au CH.", expected_version=one.version,
            seen=[(row.id, row.version) for row in queries.waiting(one)],
        )  # fmt: skip
    done = fresh(one)
    assert (done.ended_code, done.due_at, done.silent_at) == ("hospital", None, None)
    alert = Alert.objects.get()
    assert (alert.answer, alert.next_at) == ("Fin de la surveillance", None)
    for refused in (
        lambda: read(done, doctor, RED),
        lambda: commands.end_follow_up(follow_up=done, code="planned", expected_version=2),
    ):
        with acting(doctor), pytest.raises(MonitoringRefusedError, match="ended"):
            refused()
    begun(awa, doctor)


def test_an_end_is_refused_when_an_alert_was_not_shown(
    awa: UUID, doctor: Actor, client: Client
) -> None:
    one = begun(awa, doctor)
    signed_in(client, doctor)
    address = f"/surveillance/dossier/{awa}/{one.id}/fin/"
    assert "Alertes sans réponse" not in client.get(address).content.decode()
    read(one, doctor, RED)
    alert = Alert.objects.get()
    values = {"code": "planned", "note": "", "version": one.version}
    page = client.post(address, values | {"seen": "?"}).content.decode()
    assert "Une alerte sans réponse n’était pas dans cette page" in page
    assert f'name="seen" value="{alert.id}:1"' in page
    assert fresh(one).ended_at is None
    assert client.post(address, values | {"seen": f"{alert.id}:1"}).status_code == 302
    assert fresh(one).ended_at is not None
    assert fresh(alert).answer == "Fin de la surveillance"


def test_an_end_is_refused_when_an_alert_says_something_else_since(
    awa: UUID, doctor: Actor, client: Client
) -> None:
    one = begun(awa, doctor)
    read(one, doctor, AMBER)
    signed_in(client, doctor)
    address = f"/surveillance/dossier/{awa}/{one.id}/fin/"
    alert = Alert.objects.get()
    values = {"code": "planned", "note": "", "version": one.version}
    read(one, doctor, AMBER | {"saturation": ("93", "")})
    assert fresh(alert).version == 2
    page = client.post(address, values | {"seen": f"{alert.id}:1"}).content.decode()
    assert "Une alerte sans réponse n’était pas dans cette page" in page
    assert fresh(one).ended_at is None
    assert client.post(address, values | {"seen": f"{alert.id}:2"}).status_code == 302


@pytest.mark.parametrize(("code", "reason"), [("lune", "code"), ("other", "note")])
def test_an_end_wants_its_reason(awa: UUID, doctor: Actor, code: str, reason: str) -> None:
    one = begun(awa, doctor)
    with acting(doctor), pytest.raises(MonitoringRefusedError, match=reason):
        commands.end_follow_up(follow_up=one, code=code, expected_version=one.version)


def test_notes_stay_in_the_journal(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    one = begun(awa, doctor)
    with acting(nurse):
        commands.write_note(follow_up=one, text=" A bien mangé. ")
        with pytest.raises(MonitoringRefusedError, match="text"):
            commands.write_note(follow_up=one, text=" ")
        kinds = [row.kind for row in queries.entries(one)]
    assert sorted(kinds) == ["note", "started"]


def places(awa: UUID) -> list[str]:
    """The organisations of the circle, once the places that may end have ended."""
    FollowUp.objects.filter(places_at__isnull=False).update(places_at=timezone.now())
    end_places()
    return [row.display for row in circles.members(awa).organisations]


def ended(one: FollowUp, by: Actor) -> None:
    with acting(by):
        held = fresh(one)
        commands.end_follow_up(follow_up=held, code="planned", expected_version=held.version)


def test_the_place_that_a_follow_up_brought_ends_some_days_after_it(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    who = teammate(place, "nurse")
    one = begun(awa, doctor, watcher=key_of(place))
    assert places(awa) == [place.name]
    ended(one, doctor)
    assert not end_places()
    assert fresh(one).places_at > timezone.now() + timedelta(days=6)
    with as_actor(who):
        assert rights_on(awa)
    FollowUp.objects.filter(pk=one.pk).update(places_at=timezone.now())
    with as_actor(SYSTEM, role="enrs_feed"):
        assert not end_places()
    with as_actor(who):
        assert not rights_on(awa)
    assert (fresh(one).brought, fresh(one).places_at) == ([], None)


def test_a_place_stays_while_another_follow_up_or_case_needs_it(awa: UUID, doctor: Actor) -> None:
    place = desk("Cellule de soutien")
    team(place, "cell")
    one = begun(awa, doctor)
    other = begun(awa, doctor, code="insuffisance-cardiaque")
    ended(one, doctor)
    assert places(awa) == [place.name]
    with acting(teammate(place)):
        case = open_case(patient_id=awa, need="Seule", informed_on=today(), origin="form")
    ended(other, doctor)
    assert places(awa) == [place.name]
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now())
    assert places(awa) == []


def test_a_place_that_was_there_before_is_not_the_follow_up_s(awa: UUID, doctor: Actor) -> None:
    place = desk("HAD de Melun")
    team(place)
    with acting(doctor):
        add_member(
            patient_id=awa, block="organisations", grantee_id=place.id, display=place.name,
            role_label="HAD", basis="care_team", ground="coordinated", informed_on=today(),
        )  # fmt: skip
    ended(begun(awa, doctor, watcher=key_of(place)), doctor)
    assert places(awa) == [place.name]


def test_a_hand_over_ends_the_place_of_who_watched(awa: UUID, doctor: Actor) -> None:
    first, second = desk("Plateforme de Melun"), desk("HAD de Melun")
    team(first)
    team(second)
    one = begun(awa, doctor, watcher=key_of(first))
    with acting(doctor):
        commands.hand_over(
            follow_up=fresh(one), watcher=key_of(second), reason="Relais", informed_on=today(),
            expected_version=one.version,
        )  # fmt: skip
    assert places(awa) == [second.name]


def test_the_letter_counts_nothing_past_the_end(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    with acting(doctor):
        commands.end_follow_up(
            follow_up=fresh(one), code="planned", expected_version=one.version,
            seen=[(row.id, row.version) for row in queries.waiting(one)],
        )  # fmt: skip
        write_measures(awa, [{"kind": "saturation", "value": "99", "measured_at": timezone.now()}])
    with acting(nurse):
        for _ in range(31):
            commands.write_note(follow_up=fresh(one), text="Appel.")
        rows = letter._measures(fresh(one))
        assert [row[1:] for row in rows if "Saturation" in row[0]] == [
            ["1", "88", "88", "88", "88"]
        ]
        # A limit of one point keeps that of the follow-up, not the later one.
        found = queries.measures(fresh(one), queries.content_of(one.protocol), 1)
        assert [str(row.value.normalize()) for row in found["saturation"]] == ["88"]
        assert letter._signature(fresh(one))[0] == doctor.name


def test_a_place_that_is_added_again_for_the_same_work_ends_with_the_follow_up(
    awa: UUID, doctor: Actor
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    one = begun(awa, doctor, watcher=key_of(place))
    _remove_then_add(awa, doctor, place)
    ended(one, doctor)
    assert places(awa) == []


@pytest.mark.parametrize("when", ["other_ground", "since"])
def test_a_place_that_is_added_for_something_else_stays(
    awa: UUID, doctor: Actor, when: str
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    one = begun(awa, doctor, watcher=key_of(place))
    if when == "other_ground":
        _remove_then_add(awa, doctor, place, ground="recognised")
        ended(one, doctor)
    else:
        ended(one, doctor)
        _remove_then_add(awa, doctor, place)
    assert places(awa) == [place.name]


def test_a_place_that_is_added_again_after_a_hand_over_stays(awa: UUID, doctor: Actor) -> None:
    place, second = desk("Plateforme de Melun"), desk("HAD de Melun")
    team(place)
    team(second)
    one = begun(awa, doctor, watcher=key_of(place))
    with acting(doctor):
        commands.hand_over(
            follow_up=fresh(one), watcher=key_of(second), reason="Relais",
            informed_on=today(), expected_version=one.version,
        )  # fmt: skip
    _remove_then_add(awa, doctor, place)
    assert places(awa) == [place.name]


def _remove_then_add(awa: UUID, by: Actor, place: Any, ground: str = "coordinated") -> None:
    """Somebody takes an organisation out of the circle, then puts it back."""
    with acting(by):
        for one in circles.members(awa).organisations:
            remove_member(member=one, reason="erreur")
        add_member(
            patient_id=awa, block="organisations", grantee_id=place.id, display=place.name,
            role_label="Surveillance", basis="care_team", ground=ground, informed_on=today(),
        )  # fmt: skip
