"""The page that changes the matrix."""

from tests.hostile.pages.shared import page

page(
    "access:change",
    "core.access.change_matrix",
    None,
    lambda w, k: {"pharmacist.social": "r", "reason": k["reason"], "version": "0"},
)
