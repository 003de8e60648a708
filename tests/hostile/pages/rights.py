"""Pages of the desk of rights."""

from typing import Any

from tests.hostile.pages.shared import Given, page
from tests.hostile.world import World

R = "services.rights"


def of_glass(w: World, k: Given) -> dict[str, Any]:
    return {"glass_id": k["glass"].pk}


page(
    "rights:glass", f"{R}.judge_glass", of_glass,
    lambda w, k: {"answer": k["verdict"], "text": k["text"]},
)  # fmt: skip
page("rights:own_glass", f"{R}.explain_glass", of_glass, lambda w, k: {"text": k["text"]})
