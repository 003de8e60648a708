"""Pages of the governance of identity."""

from typing import Any

from tests.hostile.cases.identity_governance import TOLD
from tests.hostile.pages.shared import Given, page, patient
from tests.hostile.world import World

E = "referentials.identity"


def _reason(w: World, k: Given) -> Given:
    return {"reason": k["reason"]}


def _event(w: World, k: Given) -> dict[str, Any]:
    return TOLD | {"discovered_on": k["discovered_on"].isoformat()}


page(
    "identity:charter_new", f"{E}.publish_charter", None,
    lambda w, k: {"version": k["version"], "text": k["text"]},
)  # fmt: skip
page(
    "identity:charter_sign", f"{E}.sign_charter", lambda w, k: {"source_id": k["source_id"]},
    lambda w, k: {"charter_id": str(k["charter_id"]), "signed_on": k["signed_on"].isoformat(),
                  "signed_by": k["signed_by"]},
)  # fmt: skip
page(
    "identity:signing_cancel", f"{E}.cancel_signing", lambda w, k: {"signing_id": k["signing_id"]}, _reason,
)  # fmt: skip
page(
    "identity:audit_new", f"{E}.record_audit", lambda w, k: {"source_id": k["source_id"]},
    lambda w, k: {"held_on": k["held_on"].isoformat(), "auditors": k["auditors"], "conclusions": k["conclusions"]},
)  # fmt: skip
page("identity:audit_cancel", f"{E}.cancel_audit", lambda w, k: {"audit_id": k["audit_id"]}, _reason)  # fmt: skip
page(
    "identity:action_new", f"{E}.open_action", lambda w, k: {"source_id": k["source_id"]},
    lambda w, k: {"title": k["title"], "owner_id": str(k["owner_id"]), "due_on": k["due_on"].isoformat()},
)  # fmt: skip
page(
    "identity:action_settle", f"{E}.settle_action", lambda w, k: {"action_id": k["action_id"]},
    lambda w, k: {"proof": k["proof"], "act": "done"},
)  # fmt: skip
page("identity:action_reopen", f"{E}.reopen_action", lambda w, k: {"action_id": k["action_id"]}, _reason)  # fmt: skip
page(
    "identity:declare", f"{E}.declare_incident", None, _event,
    but=("outside", "opposed"),
)  # fmt: skip
page("identity:declare_of", f"{E}.declare_incident", patient, _event)
page(
    "identity:incident_qualify", f"{E}.qualify_incident",
    lambda w, k: {"incident_id": k["incident_id"]},
    lambda w, k: {"qualify-kind": k["kind"], "qualify-gravity": k["gravity"]},
)  # fmt: skip
page(
    "identity:incident_close", f"{E}.close_incident", lambda w, k: {"incident_id": k["incident_id"]},
    lambda w, k: {"close-causes": k["causes"]},
)  # fmt: skip
page(
    "identity:incident_reopen", f"{E}.reopen_incident", lambda w, k: {"incident_id": k["incident_id"]}, _reason,
)  # fmt: skip
