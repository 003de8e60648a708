"""Access: the matrix is changed by the exploitation alone."""

from typing import Any

from tests.hostile.table import case
from tests.hostile.world import World


@case("core.access.change_matrix", "operator", roles=("operator",), in_circle=False)
def change_matrix(w: World) -> dict[str, Any]:
    return {
        "wanted": {("pharmacist", "social"): "r"},
        "reason": "Convention régionale du 12 mars",
        "expected_version": 0,
    }
