"""The page that changes the matrix, and those of the exploitation's sessions."""

from tests.hostile.pages.shared import page, trusted

page(
    "access:change",
    "core.access.change_matrix",
    None,
    lambda w, k: {"pharmacist.social": "r", "reason": k["reason"], "version": "0"},
)
page(
    "access:end_session", "core.access.end_session", lambda w, k: {"session_id": k["session"].pk},
    more=("role:standby",),
)  # fmt: skip

trusted["access:open_session"] = (
    "wants a proof of who one is, shown lately; tried in tests/core/access"
)
