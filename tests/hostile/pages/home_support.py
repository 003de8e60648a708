"""Pages of returns home."""

from typing import Any

from django.utils import timezone

from tests.hostile.pages.shared import Given, page, patient
from tests.hostile.world import World
from tests.services.home_support.factories import leaving

HS = "services.home_support"
FACTS = {
    "leaving_at": f"{leaving(4):%Y-%m-%dT%H:%M}", "unit": "Gériatrie", "address": "4 rue des Manguiers",
    "postal_code": "97300", "city": "Cayenne", "phone": "", "contact_name": "Rose", "contact_link": "Enfant",
    "contact_phone": "0199001122", "access_notes": "Clé chez la voisine",
}  # fmt: skip


def one_of(w: World, k: Given) -> Given:
    return patient(w, k) | {"return_id": k["home_return"].pk}


def ask_of(w: World, k: Given) -> Given:
    return one_of(w, k) | {"ask_id": k["ask_id"]}


def task_of(w: World, k: Given) -> Given:
    return {"task_id": k["task"].pk}


def version(w: World, k: Given) -> Given:
    return {"version": k["expected_version"]}


def answered(w: World, k: Given) -> Given:
    return {"code": k["code"], "note": k["note"], "version": k["expected_version"]}


def kept(name: str, of: str, args: Any = one_of, data: Any = None, **more: Any) -> None:
    """A page of whoever prepares the return."""
    page(f"home_support:{name}", f"{HS}.{of}", args, data, **more)


kept("open", "open_return", patient, lambda w, k: FACTS | {"is_agreed": "on"})
kept("change", "change_return", data=lambda w, k: FACTS | version(w, k))
kept("arrive", "arrive_home", data=version)
kept("not_home", "not_home", data=version)
kept("close", "close_return", data=answered)
kept(
    "hand_on", "hand_on",
    data=lambda w, k: {"place": str(w.elsewhere.id), "need": "Aide au long cours"},
)  # fmt: skip
kept("begin_needs", "begin_needs")
kept("take_needs", "take_needs", data=lambda w, k: {"answer": str(k["answer_id"])})
kept(
    "add_visit", "add_visit",
    data=lambda w, k: {
        "kind": "meal", "what": "À midi", "provider": "saad", "starts": "12:00", "minutes": "60", "days": ["0", "1"],
        "once_on": "",
    },
)  # fmt: skip
kept("remove_visit", "remove_visit", lambda w, k: one_of(w, k) | {"visit_id": k["visit_id"]})
kept("cover", "cover_until", lambda w, k: one_of(w, k) | {"visit_id": k["visit_id"]})
kept(
    "ask", "ask_agencies",
    data=lambda w, k: {
        "visit": [str(one) for one in k["visit_ids"]], "place": str(w.elsewhere.id), "message": "Troisième étage",
    },
)  # fmt: skip
kept("retain", "retain", ask_of)
kept("release", "release", ask_of)
kept("withdraw", "withdraw_ask", ask_of)
kept("reply", "reply_ask", ask_of, lambda w, k: {"text": "Oui, au premier."})
kept(
    "missed", "report_missed",
    data=lambda w, k: {"visit": str(k["visit_id"]), "day": timezone.localdate().isoformat(), "note": "Attendu"},
)  # fmt: skip
page(
    "home_support:accept", f"{HS}.accept_ask", task_of,
    lambda w, k: {
        "slots": [str(one) for one in k["slot_ids"]], "from_on": k["from_on"].isoformat(), "note": "Le matin",
        "version": k["expected_version"],
    },
)  # fmt: skip
page(
    "home_support:question", f"{HS}.question_ask", task_of,
    lambda w, k: {"text": k["text"], "version": k["expected_version"]},
)  # fmt: skip
page(
    "home_support:adjust", f"{HS}.adjust_ask", task_of,
    lambda w, k: {"from_on": k["from_on"].isoformat(), "note": k["note"], "version": k["expected_version"]},
)  # fmt: skip
page("home_support:refuse", f"{HS}.refuse_ask", task_of, answered)
page("home_support:give_back", f"{HS}.give_back", task_of, answered)
page(
    "home_support:started", f"{HS}.report_start", task_of,
    lambda w, k: {"visit": str(k["visit_id"]), "day": k["day"].isoformat(), "note": k["note"]},
)  # fmt: skip
