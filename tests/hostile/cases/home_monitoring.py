"""Monitoring at home: a follow-up is its circle's, protocols and teams are the region's team's."""

from copy import deepcopy
from typing import Any

from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.models import Alert, FollowUp, Protocol, Team
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.services.home_monitoring.factories import (
    CONTENT,
    GREEN,
    RED,
    begun,
    protocol,
    read,
    team,
    today,
)

HM = "services.home_monitoring"
RECORD: dict[str, Any] = {"category": "summary"}
REGION: dict[str, Any] = {"roles": ("operator",)}


def followed(w: World) -> FollowUp:
    """A follow-up that the right actor watches."""
    known = FollowUp.objects.filter(patient_id=w.patient.pk, ended_at=None).first()
    return known or begun(w.patient.pk, w.actor)


def alerted(w: World) -> Alert:
    """An alert that waits."""
    read(followed(w), w.actor, RED)
    return Alert.objects.get(kind="red", answered_at=None)


def draft(w: World) -> Protocol:
    """A protocol that is being written."""
    known = Protocol.objects.filter(code="plaie", status="draft").first()
    if known:
        return known
    with w.as_right():
        return commands.draft_protocol(code="plaie", content=deepcopy(CONTENT))


@case(f"{HM}.start_follow_up", "nurse", **RECORD)
def start_follow_up(w: World) -> dict[str, Any]:
    return {
        "patient_id": w.patient.pk, "protocol": protocol(), "informed_on": today(),
        "watcher": f"organisation:{w.place.pk}",
    }  # fmt: skip


@case(f"{HM}.hand_over", "nurse", **RECORD)
def hand_over(w: World) -> dict[str, Any]:
    one = followed(w)
    return {
        "follow_up": one, "watcher": f"organisation:{w.place.pk}", "reason": "Congés",
        "informed_on": today(), "expected_version": one.version,
    }  # fmt: skip


@case(f"{HM}.write_note", "nurse", **RECORD)
def write_note(w: World) -> dict[str, Any]:
    return {"follow_up": followed(w), "text": "A bien dormi."}


@case(f"{HM}.end_follow_up", "nurse", **RECORD)
def end_follow_up(w: World) -> dict[str, Any]:
    one = followed(w)
    return {
        "follow_up": one,
        "code": "other",
        "note": "Déménagement",
        "expected_version": one.version,
    }


@case(f"{HM}.enter_reading", "nurse", **RECORD)
def enter_reading(w: World) -> dict[str, Any]:
    return {"follow_up": followed(w), "entered": commands.Entered(GREEN)}


@case(f"{HM}.answer_alert", "nurse", **RECORD)
def answer_alert(w: World) -> dict[str, Any]:
    return {"alert": alerted(w), "text": "J’appelle."}


@case(f"{HM}.draft_protocol", "operator", **REGION)
def draft_protocol(w: World) -> dict[str, Any]:
    return {"code": "escarre", "content": deepcopy(CONTENT)}


@case(f"{HM}.revise_draft", "operator", **REGION)
def revise_draft(w: World) -> dict[str, Any]:
    one = draft(w)
    return {"protocol": one, "content": deepcopy(CONTENT), "expected_version": one.version}


@case(f"{HM}.publish_protocol", "operator", **REGION)
def publish_protocol(w: World) -> dict[str, Any]:
    one = draft(w)
    return {"protocol": one, "expected_version": one.version}


@case(f"{HM}.retire_protocol", "operator", **REGION)
def retire_protocol(w: World) -> dict[str, Any]:
    one = draft(w)
    return {"protocol": one, "expected_version": one.version}


@case(f"{HM}.declare_team", "operator", **REGION)
def declare_team(w: World) -> dict[str, Any]:
    return {"organisation_id": w.place.pk, "kind": "cell", "hours": "8 h à 22 h"}


@case(f"{HM}.close_team", "operator", **REGION)
def close_team(w: World) -> dict[str, Any]:
    one = Team.objects.filter(organisation_id=w.place.pk).first() or team(w.place, "cell")
    return {"team": one, "expected_version": one.version}


feed(
    "periodic jobs of the platform, without a caller",
    f"{HM}.call_due",
    f"{HM}.tell_silent",
    f"{HM}.end_places",
    f"{HM}.tell_overdue",
    f"{HM}.end_overdue",
)
feed("after each migration, what comes with the release", f"{HM}.sync_protocols")
part("what the commands are made of, which have decided before", f"{HM}.commands.shared")
part("the place of whoever watches from now on, which adding to the circle decides", f"{HM}.bring")
part(
    "opens the alert of a reading or of a silence, or has it call again, decided before",
    f"{HM}.open_alert",
    f"{HM}.call_again",
)
feed(
    "measures that reached the record, which whoever wrote them could write",
    f"{HM}.followed_among",
    f"{HM}.judge_received",
)
part("the end of a follow-up, which its command or the rule of the platform decided", f"{HM}.close")
part("reads what came before a reading", f"{HM}.earlier")
