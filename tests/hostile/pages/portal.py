"""Pages of the life of accounts."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.hostile.pages.shared import Given, page, patient, trusted
from tests.hostile.world import World

P = "services.portal"


def at(w: World, k: Given) -> dict[str, Any]:
    return {"organisation_id": w.place.id}


def of_user(w: World, k: Given) -> dict[str, Any]:
    return at(w, k) | {"user_id": k["user_id"]}


page("portal:confirm", f"{P}.confirm_person", of_user)
page("portal:close", f"{P}.close_access", of_user, lambda w, k: {"reason": "Partie"})
page("portal:person", f"{P}.help_factor", of_user, lambda w, k: {"recognised": "voice"})
page(
    "portal:reopen",
    f"{P}.reopen_access",
    lambda w, k: at(w, k) | {"closing_id": k["closing"].pk},
)
page(
    "portal:answer", f"{P}.vouch",
    lambda w, k: at(w, k) | {"enrolment_id": k["enrolment"].pk}, lambda w, k: {"acte": "vouch"},
)  # fmt: skip
page(
    "portal:referents", f"{P}.name_referent", at,
    lambda w, k: {
        "user": str(k["user_id"]), "kind": "delegate",
        "until": (timezone.localdate() + timedelta(days=20)).isoformat(),
    },
)  # fmt: skip
page(
    "portal:end_referent",
    f"{P}.end_referent",
    lambda w, k: at(w, k) | {"referent_id": k["referent"].pk},
)
page(
    "portal:register", f"{P}.register_local", at,
    lambda w, k: {key: k[key] for key in ("given", "family", "function_code", "proof")},
)  # fmt: skip
page(
    "portal:merge", f"{P}.merge_local", lambda w, k: at(w, k) | {"person_id": k["person"].pk},
    lambda w, k: {"number": k["number"]},
)  # fmt: skip
page(
    "portal:match", f"{P}.accept_number", lambda w, k: at(w, k) | {"match_id": k["match"].pk},
    lambda w, k: {"acte": "accepter"},
)  # fmt: skip
page(
    "portal:opening", f"{P}.set_opening", lambda w, k: {"key": k["key"]},
    lambda w, k: {"roles": k["roles"], "version": 0},
)  # fmt: skip
page("portal:letter", f"{P}.print_letter", lambda w, k: {"enrolment_id": k["enrolment"].pk})

page("portal:posts", f"{P}.register_post", at, lambda w, k: {"unit": "Médecine B"})
page("portal:revoke_post", f"{P}.revoke_post", lambda w, k: at(w, k) | {"post_id": k["post"].pk})
page(
    "portal:persons", f"{P}.invite_person", patient,
    lambda w, k: {key: k[key] for key in ("kind", "given", "family", "proof", "proxy_kind")},
)  # fmt: skip

trusted["portal:own_number"] = "one's own numbers alone; tried in tests/services/portal"
trusted |= dict.fromkeys(
    ("portal:shift", "portal:take_over", "portal:lock"),
    "opened by the secret that a post's browser holds: tests/services/portal try it without, and with another's",
)
trusted |= dict.fromkeys(
    (
        "portal:number", "portal:identity", "portal:code", "portal:resume", "portal:password", "portal:restart",
        "portal:rescue", "portal:arrival",
    ),
    "enrolment is for who has no account, at a measured pace: tests/services/portal tries strangers",
)  # fmt: skip


def announced(w: World, k: Given) -> dict[str, Any]:
    return {"announcement_id": k["announcement"].pk}


def posted(w: World, k: Given) -> dict[str, Any]:
    words = k["words"]
    return {
        "title": words.title, "text": words.text, "tone": words.tone, "roles": list(words.roles),
        "starts_at": f"{timezone.localtime(words.starts_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{timezone.localtime(words.ends_at):%Y-%m-%dT%H:%M}",
        "version": k.get("expected_version", ""),
    }  # fmt: skip


page("portal:announcements", f"{P}.publish_announcement", None, posted)
page("portal:announcement", f"{P}.change_announcement", announced, posted)
page("portal:end_announcement", f"{P}.end_announcement", announced)
page("portal:favourite", f"{P}.keep_favourite", None, lambda w, k: {"key": k["key"]})
page(
    "portal:first_referents", f"{P}.name_first_referent", lambda w, k: {"organisation_id": k["organisation_id"]},
    lambda w, k: {"user": str(k["user_id"]), "reason": k["reason"]},
)  # fmt: skip
trusted["portal:put_away"] = "one's own session alone: which banner its holder has read"
