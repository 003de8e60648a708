"""What a protocol may say, its thresholds, its rhythm, its nights."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.services import home_monitoring
from enrs.services.home_monitoring.rules import protocols, rhythm
from enrs.services.home_monitoring.rules.orientation import orient
from enrs.services.home_monitoring.rules.protocols import Night, ProtocolError
from enrs.services.home_monitoring.rules.thresholds import judge, state_of
from tests.services.home_monitoring.factories import CONTENT

KINDS = ("saturation", "breathing", "temperature", "pulse", "weight", "pressure")
SHIPPED = sorted((Path(home_monitoring.__file__).parent / "protocols").glob("*.json"))
PARIS = ZoneInfo("Europe/Paris")


def shipped(name: str) -> protocols.Content:
    path = next(one for one in SHIPPED if one.stem == name)
    return protocols.read(json.loads(path.read_text(encoding="utf-8")), kinds=KINDS)


def changed(**values: Any) -> dict[str, Any]:
    return deepcopy(CONTENT) | values


@pytest.mark.parametrize("path", SHIPPED, ids=lambda one: one.stem)
def test_what_comes_with_the_release_is_sound(path: Path) -> None:
    tree = json.loads(path.read_text(encoding="utf-8"))
    read = protocols.read(tree, kinds=KINDS)
    assert protocols.CODE.fullmatch(tree["code"])
    assert read.steps["red"]
    assert read.steps["silent"]
    assert read.source
    assert all(read.advice.values())
    assert "15" in read.advice["red"]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"title": " "}, "title", "missing"),
        ({"title": "x" * 121}, "title", "length"),
        ({"days": 0}, "days", "number"),
        ({"days": True}, "days", "number"),
        ({"days": "14"}, "days", "number"),
        ({"every_days": 40}, "every_days", "number"),
        ({"grace_minutes": 5}, "grace_minutes", "number"),
        ({"times": []}, "times", "missing"),
        ({"times": ["25:00"]}, "times", "number"),
        ({"times": ["10:00"] * 7}, "times", "many"),
        ({"measures": [], "questions": []}, "measures", "missing"),
        ({"measures": [{"kind": "humeur"}]}, "measures", "choice"),
        ({"measures": [{"kind": "pulse"}, {"kind": "pulse"}]}, "measures", "many"),
        ({"measures": [{"kind": "pulse", "red_low": "beaucoup"}]}, "pulse_red_low", "number"),
        ({"measures": [{"kind": "pulse", "red_low": "NaN"}]}, "pulse_red_low", "number"),
        ({"measures": [{"kind": "pulse", "red_low": "60", "amber_low": "50"}]}, "pulse_amber_low", "order"),
        ({"measures": [{"kind": "pulse", "amber_high": "60", "red_high": "60"}]}, "pulse_amber_low", "order"),
        ({"measures": [{"kind": "weight", "rise": "2"}]}, "weight_rise", "order"),
        ({"measures": [{"kind": "weight", "rise": "-2", "rise_days": 3}]}, "weight_rise", "order"),
        ({"questions": [{"code": "A", "text": "?", "level": "red"}]}, "questions", "choice"),
        ({"questions": [{"code": "ok", "text": "", "level": "red"}]}, "text", "missing"),
        ({"questions": [{"code": "ok", "text": "?", "level": "green"}]}, "questions", "choice"),
        ({"steps": {}}, "steps_red", "missing"),
        ({"steps": CONTENT["steps"] | {"silent": []}}, "steps_silent", "missing"),
        ({"steps": CONTENT["steps"] | {"amber": []}}, "steps_amber", "missing"),
        ({"questions": [{"code": "ok", "text": "?", "level": "red"}] * 2}, "questions", "many"),
        ({"steps": {"red": [{"who": "maire", "after": 0}]}}, "steps_red", "choice"),
        ({"steps": {"red": [{"who": "watcher", "after": -1}]}}, "steps_red", "number"),
        ({"steps": {"red": [{"who": "watcher", "after": 5}, {"who": "cell", "after": 5}]}}, "steps_red", "order"),
        ({"night": {"who": "maire"}}, "night_who", "choice"),
        ({"night": {"who": "cell", "starts": "20:00", "ends": "20:00"}}, "night_starts", "order"),
        ({"night": {"who": "cell", "starts": "20:00", "ends": "08:00"}}, "night_text", "missing"),
        ({"leaflet": "\x00"}, "leaflet", "length"),
    ],
)  # fmt: skip
def test_what_a_protocol_may_not_say(values: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        protocols.read(changed(**values), kinds=KINDS)
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.parametrize(
    ("values", "yes", "level"),
    [
        ({"saturation": "97"}, (), "green"),
        ({"saturation": "95"}, (), "green"),
        ({"saturation": "94.9"}, (), "amber"),
        ({"saturation": "92"}, (), "amber"),
        ({"saturation": "91"}, (), "red"),
        ({"temperature": "38.5"}, (), "green"),
        ({"temperature": "38.6"}, (), "amber"),
        ({"temperature": "40.1"}, (), "red"),
        ({"temperature": "34"}, (), "red"),
        ({"breathing": "31", "saturation": "96"}, (), "red"),
        ({"saturation": "97"}, ("souffle",), "amber"),
        ({"saturation": "94"}, ("parler",), "red"),
        ({}, (), "green"),
    ],
)
def test_thresholds_of_covid(values: dict[str, str], yes: tuple[str, ...], level: str) -> None:
    said = judge(
        shipped("covid-domicile"), values={key: Decimal(one) for key, one in values.items()},
        answers=yes, earlier={}, at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    assert said.level == level
    assert bool(said.findings) is (level != "green")
    assert not said.findings or said.findings[0]["level"] == level


@pytest.mark.parametrize(
    ("before", "days", "now", "level"),
    [
        ("70", 2, "72", "amber"),
        ("70", 2, "71.9", "green"),
        ("70", 4, "73", "green"),
        ("74", 2, "72", "green"),
    ],
)
def test_a_rise_of_weight(before: str, days: int, now: str, level: str) -> None:
    at = datetime(2026, 3, 9, 8, tzinfo=UTC)
    said = judge(
        shipped("insuffisance-cardiaque"), values={"weight": Decimal(now)}, answers=(),
        earlier={"weight": [(at - timedelta(days=days), Decimal(before))]}, at=at,
    )  # fmt: skip
    assert said.level == level


@given(st.decimals(min_value=60, max_value=100, places=1))
def test_a_lower_saturation_is_never_less_grave(value: Decimal) -> None:
    levels = protocols.LEVELS
    content = shipped("covid-domicile")

    def level_of(one: Decimal) -> int:
        said = judge(
            content, values={"saturation": one}, answers=(), earlier={}, at=datetime.now(UTC)
        )
        return levels.index(said.level)

    assert level_of(value - 1) >= level_of(value)


@pytest.mark.parametrize(
    ("level", "is_silent", "alerts", "state", "rank"),
    [
        ("", False, (), "green", 7),
        ("green", False, (), "green", 7),
        ("green", True, (), "silent", 5),
        ("green", True, ("silent",), "silent", 4),
        ("amber", False, (), "amber", 3),
        ("amber", True, ("silent",), "amber", 2),
        ("green", False, ("red",), "red", 0),
        ("red", False, (), "red", 1),
        ("amber", False, ("red", "amber"), "red", 0),
    ],
)
def test_states(
    level: str, is_silent: bool, alerts: tuple[str, ...], state: str, rank: int
) -> None:
    assert state_of(level=level, is_silent=is_silent, open_alerts=alerts) == (state, rank)


def due(content: protocols.Content, after: datetime, days: int = 30) -> datetime | None:
    return rhythm.next_due(
        content, after=after, started_on=date(2026, 3, 1),
        ends_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=days), zone=PARIS,
    )  # fmt: skip


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=PARIS)


def test_the_next_reading_is_due_at_the_next_hour_of_the_protocol() -> None:
    twice = shipped("covid-domicile")
    assert due(twice, at(2, 7)) == at(2, 9)
    assert due(twice, at(2, 9)) == at(2, 18)
    assert due(twice, at(2, 20)) == at(3, 9)
    assert due(twice, at(29, 1), days=60) == at(29, 9)
    assert due(twice, at(14, 19), days=14) is None


@pytest.mark.parametrize(
    ("read_at", "awaited", "is_silent", "next_at"),
    [
        (at(2, 9, 20), at(2, 9), False, at(2, 18)),
        (at(2, 8), at(2, 9), False, at(2, 18)),  # a little early is on time
        (at(2, 4), at(2, 9), False, at(2, 9)),
        (at(2, 15, 30), at(2, 18), False, at(2, 18)),  # made again
        (at(2, 16, 30), at(2, 9), False, at(2, 18)),  # late
        (at(2, 16, 30), at(2, 18), True, at(2, 18)),  # so late that its absence was told
        (at(2, 17, 30), at(3, 9), False, at(3, 9)),  # again, the coming one was met
        (at(2, 19), at(2, 18), True, at(3, 9)),
        (at(14, 19), None, False, None),
    ],
)
def test_a_reading_stands_for_one_due_time(
    read_at: datetime, awaited: datetime | None, is_silent: bool, next_at: datetime | None
) -> None:
    found = rhythm.due_after(
        shipped("covid-domicile"), at=read_at, awaited=awaited, is_silent=is_silent,
        started_on=date(2026, 3, 1), ends_at=at(20, 0), zone=PARIS,
    )  # fmt: skip
    assert found == next_at


def test_sums_hold_over_a_change_of_hour() -> None:
    """On the 29th of March 2026 the hour goes from 2 to 3."""
    found = due(shipped("covid-domicile"), at(28, 19), days=60)
    assert found == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert found.tzinfo is UTC
    twice = protocols.read(changed(every_days=1, times=["01:30", "23:00"]), kinds=KINDS)
    late = due(twice, datetime(2026, 3, 28, 23, tzinfo=UTC), days=60)
    assert late is not None
    assert late + timedelta(minutes=60) == datetime(2026, 3, 29, 3, 30, tzinfo=PARIS)


def test_a_grace_is_shorter_than_the_time_between_two_readings() -> None:
    for grace, times, every in ((180, ["09:00", "12:00"], 2), (120, ["00:30", "22:30"], 1)):
        tree = changed(grace_minutes=grace, times=times, every_days=every)
        with pytest.raises(ProtocolError, match="grace_minutes: gap"):
            protocols.read(tree, kinds=KINDS)
        assert protocols.read(tree | {"grace_minutes": grace - 1}, kinds=KINDS)


def test_days_are_counted_from_the_first() -> None:
    one_in_two = protocols.read(CONTENT, kinds=KINDS)
    assert due(one_in_two, at(1, 9)) == at(1, 10)
    assert due(one_in_two, at(1, 11)) == at(3, 10)
    assert due(one_in_two, at(2, 9)) == at(3, 10)


@given(st.datetimes(datetime(2026, 3, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_due_time_is_always_after_and_within_two_days(moment: datetime) -> None:
    found = due(shipped("covid-domicile"), moment, days=400)
    assert found is not None
    assert timedelta(0) < found - moment <= timedelta(hours=25)
    assert found.astimezone(PARIS).time() in (time(9), time(18))


NIGHT = Night(time(20), time(8), weekends=False, who="cell", text="")
ENDS = Night(time(20), time(8), weekends=True, who="cell", text="")
NOON = Night(time(12), time(14), weekends=False, who="cell", text="")


@pytest.mark.parametrize(
    ("night", "moment", "is_night"),
    [
        (None, at(4, 3), False),
        (NIGHT, at(4, 19, 59), False),
        (NIGHT, at(4, 20), True),
        (NIGHT, at(4, 3), True),
        (NIGHT, at(4, 8), False),
        (NIGHT, at(7, 12), False),
        (ENDS, at(7, 12), True),
        (ENDS, at(10, 12), True),
        (NOON, at(4, 13), True),
        (NOON, at(4, 15), False),
    ],
)
def test_nights_week_ends_and_holidays(
    night: Night | None, moment: datetime, is_night: bool
) -> None:
    """The 7th of March 2026 is a Saturday; the 10th stands for a holiday."""
    found = rhythm.is_night(
        night, at=moment, zone=PARIS, is_holiday=lambda day: day == date(2026, 3, 10)
    )
    assert found is is_night


def test_a_night_ends_at_its_hour_or_with_the_week_end() -> None:
    """The 6th of March 2026 is a Friday."""
    whole = Night(time(20), time(8), True, "cell", "Appelez le 15.")
    plain = Night(time(20), time(8), False, "cell", "Appelez le 15.")
    daily = Night(time(12), time(14), True, "cell", "Appelez le 15.")

    def end(night: Night, moment: datetime) -> datetime | None:
        return rhythm.night_end(night, at=moment, zone=PARIS, is_holiday=lambda _: False)

    assert end(plain, at(6, 23)) == at(7, 8)
    assert end(plain, at(7, 2)) == at(7, 8)
    assert end(whole, at(6, 23)) == at(9, 8)
    assert end(daily, at(7, 10)) == at(9, 0)


ORIENTATION = json.loads(
    (Path(home_monitoring.__file__).parent / "orientation" / "covid.json").read_text(
        encoding="utf-8"
    )
)
CALM = {
    "conscience": False, "deshydratation": False, "parole": False, "essoufflement": False,
    "age": False, "seul": False, "isolement": True, "telephone": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, "green"),
        ({"saturation": 95}, "green"),
        ({"saturation": 94}, "amber"),
        ({"saturation": 90}, "amber"),
        ({"saturation": 89}, "red"),
        ({"respiration": 22}, "green"),
        ({"respiration": 23}, "red"),
        ({"systolique": 89}, "red"),
        ({"conscience": True}, "red"),
        ({"age": True}, "amber"),
        ({"fragilites": ["heart"]}, "amber"),
        ({"fragilites": []}, "green"),
        ({"isolement": False}, "amber"),
        ({"age": True, "parole": True}, "red"),
    ],
)
def test_orientation_by_its_stated_rules(values: dict[str, Any], level: str) -> None:
    said = orient(CALM | values, ORIENTATION["rules"], {})
    assert said.level == level
    assert not said.reasons or said.reasons[0][0] == level


def test_every_rule_asks_a_question_of_the_form() -> None:
    form = json.loads(
        (Path(home_monitoring.__file__).parent / "forms" / "orientation-covid.json").read_text()
    )
    asked = {one["linkId"] for one in form["item"]}
    assert {one["question"] for one in ORIENTATION["rules"]} <= asked
    assert set(ORIENTATION["outcomes"]) == {*protocols.LEVELS, "incomplete"}
    assert set(ORIENTATION["needed"]) <= asked


def test_no_gravity_is_not_said_without_its_signs() -> None:
    needed = ORIENTATION["needed"]
    bare = orient(CALM, ORIENTATION["rules"], needed)
    assert (bare.level, bare.outcome, len(bare.missing)) == ("green", "incomplete", 2)
    taken = {"saturation": 97, "respiration": 16}
    assert orient(CALM | taken, ORIENTATION["rules"], needed).outcome == "green"
    assert orient(CALM | {"parole": True}, ORIENTATION["rules"], needed).outcome == "red"
