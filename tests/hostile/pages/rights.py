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
page(
    "rights:opening", f"{R}.mark_line",
    lambda w, k: {name: k[name] for name in ("place", "user_id", "reference")},
    lambda w, k: {"mark": k["mark"], "text": k["text"]},
)  # fmt: skip


def of_review(w: World, k: Given) -> dict[str, Any]:
    return {"review_id": k["review"].pk}


page("rights:review", f"{R}.close_line", of_review, lambda w, k: {"text": k["text"]})
page("rights:own_review", f"{R}.explain_line", of_review, lambda w, k: {"text": k["text"]})


page(
    "rights:ask", f"{R}.ask_right", None,
    lambda w, k: {"patient": str(k["patient_id"]), "kind": k["kind"], "text": k["text"]},
)  # fmt: skip
page(
    "rights:register", f"{R}.register_right", None,
    lambda w, k: k | {"received_on": k["received_on"].isoformat()},
)  # fmt: skip
page(
    "rights:request", f"{R}.answer_right", lambda w, k: {"request_id": k["asked"].pk},
    lambda w, k: {"acte": "answer", "text": k["text"]},
)  # fmt: skip
page(
    "rights:ask_copy", f"{R}.ask_copy", None, lambda w, k: {"patient": str(k["patient_id"])},
)  # fmt: skip
page(
    "rights:retention", f"{R}.approve", None,
    lambda w, k: {"dossier": [str(one) for one in k["records"]], "decision": k["decision"]},
)  # fmt: skip
page(
    "rights:retained", f"{R}.keep_back", lambda w, k: {"record_id": k["record"].pk},
    lambda w, k: {"acte": "keep", "hold_code": k["hold_code"], "hold_text": k["hold_text"]},
)  # fmt: skip
