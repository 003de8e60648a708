"""The region's team writes protocols and names teams; what is in service never changes under anybody."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.home_monitoring import commands, queries
from enrs.services.home_monitoring.commands import MonitoringRefusedError
from enrs.services.home_monitoring.commands.protocols import sync_protocols
from enrs.services.home_monitoring.models import Protocol, Team
from enrs.services.home_monitoring.protocol_forms import ProtocolForm, initial_of
from enrs.services.home_monitoring.rules.protocols import ProtocolError
from tests.factories import PositionFactory, UserFactory
from tests.services.coordination.factories import desk
from tests.services.home_monitoring.factories import CONTENT, RED, begun, fresh, protocol, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Any:
    user = UserFactory(operator=True)
    PositionFactory(user=user, role="operator")
    return user


@pytest.fixture
def region(operator: Any) -> Actor:
    return actor_of(operator)


def drafted(region: Actor, code: str = "plaie", **changes: Any) -> Protocol:
    with acting(region):
        return commands.draft_protocol(code=code, content=deepcopy(CONTENT) | changes)


def published(region: Actor, code: str = "plaie", **changes: Any) -> Protocol:
    made = drafted(region, code, **changes)
    with acting(region):
        return commands.publish_protocol(protocol=made, expected_version=made.version)


def test_the_release_s_protocols_are_taken_in_once_and_never_over_the_region_s(
    region: Actor,
) -> None:
    sync_protocols()
    assert sync_protocols() == 0
    assert set(Protocol.objects.values_list("code", "status")) == {
        ("covid-domicile", "published"), ("insuffisance-cardiaque", "published"),
    }  # fmt: skip
    second = published(region, "covid-domicile")
    assert second.number == 2
    assert sync_protocols() == 0
    assert {one.number: one.status for one in Protocol.objects.filter(code="covid-domicile")} == {
        1: "retired", 2: "published",
    }  # fmt: skip


def test_a_follow_up_keeps_the_number_under_which_it_began(
    awa: UUID, doctor: Actor, region: Actor
) -> None:
    one = begun(awa, doctor)
    gentle = protocol().content | {"measures": [{"kind": "saturation", "red_low": "50"}]}
    made = drafted(region, "covid-domicile", **gentle)
    with acting(region):
        commands.publish_protocol(protocol=made, expected_version=made.version)
    assert read(fresh(one), doctor, RED).level == "red"


def test_one_draft_at_a_time_and_a_published_number_stands(region: Actor) -> None:
    made = drafted(region)
    with pytest.raises(MonitoringRefusedError, match="draft"):
        drafted(region)
    with acting(region):
        changed = commands.revise_draft(
            protocol=made, content=CONTENT | {"title": "Plaie, deuxième essai"}, expected_version=1
        )
        assert (changed.title, changed.version) == ("Plaie, deuxième essai", 2)
        with pytest.raises(StaleSaveError):
            commands.publish_protocol(protocol=fresh(made), expected_version=1)
        commands.publish_protocol(protocol=fresh(made), expected_version=2)
        for refused in (
            lambda: commands.revise_draft(
                protocol=fresh(made), content=CONTENT, expected_version=3
            ),
            lambda: commands.publish_protocol(protocol=fresh(made), expected_version=3),
        ):
            with pytest.raises(MonitoringRefusedError, match="published"):
                refused()
        commands.retire_protocol(protocol=fresh(made), expected_version=3)
        with pytest.raises(MonitoringRefusedError, match="retired"):
            commands.retire_protocol(protocol=fresh(made), expected_version=4)
    assert "plaie" not in [one.code for one in queries.in_service()]


def test_what_is_unsound_is_not_kept(region: Actor) -> None:
    with pytest.raises(ProtocolError):
        drafted(region, title="")
    with pytest.raises(MonitoringRefusedError, match="code"):
        drafted(region, code="Plaie !")
    assert not Protocol.objects.filter(code="plaie").exists()


def test_a_doctor_writes_no_protocol(doctor: Actor) -> None:
    with pytest.raises(AccessRefusedError):
        drafted(doctor)


def test_teams_are_of_the_directory(region: Actor) -> None:
    place = desk("Cellule de soutien")
    with acting(region):
        made = commands.declare_team(organisation_id=place.id, kind="cell", hours="8 h à 22 h")
        again = commands.declare_team(organisation_id=place.id, kind="cell", hours="7 h à 23 h")
        assert (again.id, again.version, again.hours) == (made.id, 2, "7 h à 23 h")
        for values, reason in (
            ({"organisation_id": UUID(int=5)}, "place"), ({"kind": "club"}, "kind"), ({"hours": " "}, "hours"),
        ):  # fmt: skip
            right = {"organisation_id": place.id, "kind": "cell", "hours": "la nuit"}
            with pytest.raises(MonitoringRefusedError, match=reason):
                commands.declare_team(**right | values)
        commands.close_team(team=again, expected_version=2)
    assert queries.teams() == []
    assert Team.objects.count() == 1


@pytest.mark.parametrize("code", ["covid-domicile", "insuffisance-cardiaque"])
def test_the_form_says_again_what_the_protocol_says(code: str) -> None:
    one = protocol(code)
    values = {
        key: value for key, value in initial_of(one.content).items() if value not in (None, False)
    }
    form = ProtocolForm(values, has_code=True)
    assert form.is_valid(), form.errors
    assert queries.read(form.content, kinds=queries.known_measures()) == queries.content_of(one)


def test_the_region_s_team_writes_a_protocol_on_its_pages(client: Client, operator: Any) -> None:
    client.force_login(operator)
    empty = client.get(reverse("home_monitoring:protocol_new"))
    assert empty.status_code == 200
    values = {
        "title": "Diabète", "code": "diabete", "days": "30", "every_days": "1", "times": "08:00, 20:00",
        "grace_minutes": "120", "glucose_ask": "required", "glucose_red_low": "0,5",
        "glucose_red_high": "4", "red1_who": "watcher", "red1_after": "0",
        "amber1_who": "watcher", "silent1_who": "person", "q1_text": "Avez-vous soif ?",
        "q1_level": "amber",
    }  # fmt: skip
    made = client.post(reverse("home_monitoring:protocol_new"), values, follow=True)
    one = Protocol.objects.get(code="diabete")
    assert "Diabète" in made.content.decode()
    assert (one.status, one.content["measures"][0]["red_low"]) == ("draft", "0,5")
    bad = client.post(
        reverse("home_monitoring:protocol_edit", args=[one.id]),
        values | {"glucose_red_high": "0,2", "version": "1"},
    ).content.decode()
    assert "Glycémie capillaire" in bad
    assert "n’est pas dans l’ordre" in bad
    client.post(
        reverse("home_monitoring:protocol_edit", args=[one.id]),
        values | {"days": "60", "version": "1"},
    )
    client.post(reverse("home_monitoring:protocol_publish", args=[one.id]), {"version": "2"})
    assert (fresh(one).status, fresh(one).content["days"]) == ("published", 60)
    following = client.get(reverse("home_monitoring:protocol_next", args=[one.id])).content.decode()
    assert "Avez-vous soif ?" in following
    client.post(reverse("home_monitoring:protocol_retire", args=[one.id]), {"version": "3"})
    assert fresh(one).status == "retired"


def test_teams_are_declared_on_their_page(client: Client, operator: Any) -> None:
    place = desk("Cellule de soutien")
    client.force_login(operator)
    page = client.get(reverse("home_monitoring:teams"), {"structure": "Cellule"})
    assert page.status_code == 200
    given = {"place": str(place.id), "kind": "cell", "hours": "8 h à 22 h"}
    client.post(reverse("home_monitoring:teams"), given)
    one = Team.objects.get()
    assert one.name == place.name
    client.post(reverse("home_monitoring:team_close", args=[one.id]), {"version": "1"})
    assert not fresh(one).is_active


def test_a_later_release_leaves_the_region_s_own_alone(
    region: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sync_protocols()
    drafted(region, "covid-domicile")
    for code in ("covid-domicile", "insuffisance-cardiaque"):
        tree = protocol(code).content | {"code": code, "number": 9}
        (tmp_path / f"{code}.json").write_text(json.dumps(tree), encoding="utf-8")
    monkeypatch.setattr("enrs.services.home_monitoring.commands.protocols.SHIPPED", tmp_path)
    assert sync_protocols() == 1
    assert protocol("covid-domicile").number == 1
    assert protocol("insuffisance-cardiaque").number == 9
