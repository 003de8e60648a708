"""The desk of rights: who reads again what was opened in an emergency."""

from typing import Any

from enrs.services.rights import commands
from tests.hostile.table import case, feed
from tests.hostile.world import World
from tests.services.portal import factories as portal
from tests.services.rights.factories import opened, opener

RIGHTS = "services.rights"
DESK: dict[str, Any] = {
    "own": True, "placed": True, "roles": (), "more": ("role:operator", "role:patient"), "in_circle": False,
}  # fmt: skip


def reviewed(w: World) -> Any:
    """The right actor answers for the place where a colleague opened a record."""
    portal.referent(w.place, w.right)
    return opened(opener(w.place), w.patient)


@case(f"{RIGHTS}.ask_explanation", "nurse", **DESK)
def ask_explanation(w: World) -> dict[str, Any]:
    return {"glass": reviewed(w), "text": "Que s’est-il passé cette nuit-là ?"}


@case(f"{RIGHTS}.judge_glass", "nurse", **DESK)
def judge_glass(w: World) -> dict[str, Any]:
    return {"glass": reviewed(w), "verdict": "unjustified", "text": "Aucune urgence au journal."}


@case(f"{RIGHTS}.explain_glass", "nurse", **DESK)
def explain_glass(w: World) -> dict[str, Any]:
    held = opened(w.right, w.patient)
    officer = w.user("auditor")
    with w.acting_as(officer):
        commands.ask_explanation(glass=held, text="Que s’est-il passé cette nuit-là ?")
    return {"glass": held, "text": "Une personne inconsciente, sans papiers."}


feed("what was opened comes on the list by itself", f"{RIGHTS}.receive_openings")
