"""Pages of monitoring at home."""

from typing import Any

from tests.hostile.pages.shared import Given, page, patient
from tests.hostile.world import World
from tests.services.home_monitoring.factories import protocol, today

HM = "services.home_monitoring"
PROTOCOL = {
    "title": "Escarre", "days": "10", "every_days": "1", "times": "10:00", "grace_minutes": "60",
    "temperature_ask": "required", "temperature_red_high": "39", "red1_who": "watcher", "red1_after": "0",
    "silent1_who": "watcher",
}  # fmt: skip
READING = {"m_saturation": "97", "m_temperature": "37,2", "at": "", "note": "Va bien"} | {
    f"q_{code}": "non" for code in ("souffle", "parler", "somnolence", "douleur", "boire")
}


def one_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"follow_up_id": k["follow_up"].pk}


def alert_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"follow_up_id": k["alert"].follow_up_id, "alert_id": k["alert"].pk}


def protocol_of(w: World, k: Given) -> Given:
    return {"protocol_id": k["protocol"].pk}


def version(name: str) -> Any:
    return lambda w, k: {"version": k[name].version}


page(
    "home_monitoring:start", f"{HM}.start_follow_up", patient,
    lambda w, k: {
        "protocol": str(k["protocol"].pk), "watcher": k["watcher"], "entry_means": "nurse",
        "informed_on": today().isoformat(),
    },
)  # fmt: skip
page(
    "home_monitoring:enter", f"{HM}.enter_reading", one_of,
    lambda w, k: READING | {"at": f"{today().isoformat()}T00:00"},
)  # fmt: skip
page("home_monitoring:answer", f"{HM}.answer_alert", alert_of, lambda w, k: {"text": "J’appelle."})
page("home_monitoring:note", f"{HM}.write_note", one_of, lambda w, k: {"text": "A bien dormi."})
page(
    "home_monitoring:hand_over", f"{HM}.hand_over", one_of,
    lambda w, k: {
        "watcher": k["watcher"], "reason": "Congés", "informed_on": today().isoformat(),
        "version": k["expected_version"],
    },
)  # fmt: skip
page(
    "home_monitoring:end", f"{HM}.end_follow_up", one_of,
    lambda w, k: {"code": "other", "note": "Déménagement", "version": k["expected_version"]},
)  # fmt: skip
page(
    "home_monitoring:protocol_new", f"{HM}.draft_protocol", None,
    lambda w, k: PROTOCOL | {"code": "escarre"},
)  # fmt: skip
page(
    "home_monitoring:protocol_next", f"{HM}.draft_protocol", protocol_of, lambda w, k: PROTOCOL,
    scene=lambda w: {"protocol": protocol()},
)  # fmt: skip
page(
    "home_monitoring:protocol_edit", f"{HM}.revise_draft", protocol_of,
    lambda w, k: PROTOCOL | {"version": k["protocol"].version},
)  # fmt: skip
page("home_monitoring:protocol_publish", f"{HM}.publish_protocol", protocol_of, version("protocol"))
page("home_monitoring:protocol_retire", f"{HM}.retire_protocol", protocol_of, version("protocol"))
page(
    "home_monitoring:teams", f"{HM}.declare_team", None,
    lambda w, k: {"place": str(w.place.pk), "kind": "cell", "hours": "8 h à 22 h", "phone": ""},
)  # fmt: skip
page(
    "home_monitoring:team_close", f"{HM}.close_team", lambda w, k: {"team_id": k["team"].pk},
    version("team"),
)  # fmt: skip
