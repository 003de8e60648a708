"""Access: the matrix is changed by the exploitation alone, in a session that it alone opens."""

from typing import Any

from tests.factories import operating_session
from tests.hostile.table import case, feed
from tests.hostile.world import World


@case("core.access.change_matrix", "operator", roles=("operator",), in_circle=False)
def change_matrix(w: World) -> dict[str, Any]:
    return {
        "wanted": {("pharmacist", "social"): "r"},
        "reason": "Convention régionale du 12 mars",
        "expected_version": 0,
    }


REASON = "Message HL7 mis de côté, à corriger"


@case("core.access.open_session", "standby", roles=("operator", "standby"), in_circle=False)
def open_session(w: World) -> dict[str, Any]:
    return {"reason": REASON, "minutes": 30, "ticket": "INC-2041"}


@case("core.access.end_session", "operator", roles=("operator",), in_circle=False)
def end_session(w: World) -> dict[str, Any]:
    """A colleague's."""
    return {"session": operating_session(w.user("standby"))}


@case(
    "core.access.end_sessions_of", "operator", in_circle=False,
    more=("colleague", "role:standby", "role:auditor", "role:nurse"),
)  # fmt: skip
def end_sessions_of(w: World) -> dict[str, Any]:
    return {"user_id": w.right.id}


feed("the worker alone ends what is over", "core.access.settle_sessions")
