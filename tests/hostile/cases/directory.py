"""The directory: any professional tells a mistake, who runs the region settles it."""

from typing import Any

from enrs.referentials.directory.commands.mistakes import tell_mistake
from tests.hostile.table import case
from tests.hostile.world import World


@case("referentials.directory.tell_mistake", "nurse", more=("role:patient",))
def telling(w: World) -> dict[str, Any]:
    return {"subject": w.elsewhere, "about": "place", "words": "A déménagé au 12, rue des Lilas"}


@case("referentials.directory.settle_mistake", "operator", roles=("operator",))
def settling(w: World) -> dict[str, Any]:
    with w.acting_as(w.user("nurse", w.elsewhere)):
        told = tell_mistake(**telling(w))
    return {
        "mistake": told,
        "state": "sent",
        "answer": "Transmis",
        "expected_version": told.version,
    }
