"""Pages of the beds."""

from typing import Any

from tests.hostile.cases.beds import file_of, row_of
from tests.hostile.pages.shared import Given, file, page
from tests.hostile.world import World
from tests.services.beds import factories as beds

B = "services.beds"


def unit_id(w: World, k: Given) -> Given:
    return {"unit_id": k["unit"].pk}


def reservation_id(w: World, k: Given) -> Given:
    return {"reservation_id": k["reservation"].pk}


def asked_id(w: World, k: Given) -> Given:
    return {"request_id": k["asked"].pk}


def asked_and_row(w: World) -> dict[str, Any]:
    return {"asked": beds.asked(), "capacity": row_of(w)}


page(
    "beds:enter",
    f"{B}.enter_figures",
    lambda w, k: {"capacity_id": k["capacity"].pk},
    lambda w, k: {"available": 2, "version": 1},
)
page(
    "beds:confirm",
    f"{B}.confirm_figures",
    unit_id,
    lambda w, k: {"seen": [f"{key}:{version}" for key, version in k["seen"].items()]},
)
page("beds:undo", f"{B}.undo_entry", lambda w, k: {"reading_id": k["reading"].pk})
page(
    "beds:word",
    f"{B}.write_word",
    unit_id,
    lambda w, k: {"word": "Deux respirateurs", "version": 1},
)
page("beds:code", f"{B}.set_code", unit_id, lambda w, k: {"code": "UF12", "version": 1})
page(
    "beds:kind",
    f"{B}.open_capacity",
    unit_id,
    lambda w, k: {"type": "bed", "age": "child", "sex": "any", "installed": 2},
)
page(
    "beds:attach",
    f"{B}.attach_software_unit",
    lambda w, k: {"software_unit_id": k["software_unit"].pk},
    lambda w, k: {"unit": str(k["unit"].pk)},
)
page("beds:files", f"{B}.receive_file", None, lambda w, k: {"file": file(file_of())})
page("beds:replay", f"{B}.replay_line", lambda w, k: {"line_id": k["line"].pk})
page(
    "beds:open_crisis",
    f"{B}.open_crisis",
    None,
    lambda w, k: {"site": str(w.place.id), "code": "plan-blanc"},
)
page("beds:close_crisis", f"{B}.close_crisis", lambda w, k: {"crisis_id": k["crisis"].pk})
page(
    "beds:answer", f"{B}.answer_crisis", lambda w, k: unit_id(w, k) | {"crisis_id": k["crisis"].pk},
    lambda w, k: {"question": "1h", "count": 3, "version": 1},
)  # fmt: skip
page("beds:ask", f"{B}.ask_bed", None, lambda w, k: {"kind": "rea", "age": "adult", "sex": "any"})
page(
    "beds:hold",
    f"{B}.hold_bed",
    asked_id,
    lambda w, k: {"capacity": str(k["capacity"].pk), "version": 1},
    scene=asked_and_row,
)
page("beds:accept", f"{B}.confirm_hold", reservation_id)
page(
    "beds:release", f"{B}.release_hold", reservation_id, lambda w, k: {"reason": "Plus de soignant"}
)
page("beds:arrived", f"{B}.arrive", reservation_id)
page(
    "beds:cancel",
    f"{B}.cancel_ask",
    asked_id,
    lambda w, k: {"reason": "Patient stabilisé", "version": 1},
)
