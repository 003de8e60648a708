"""Files of people whom somebody looks for, without anybody being created."""

from typing import Any

from enrs.referentials.identity.commands.probes import ROLES
from enrs.referentials.identity.commands.probes import open_probe as hand_in
from tests.hostile.table import case, feed
from tests.hostile.world import World

IDENTITY = "referentials.identity"
CONTENT = b"nom_naissance;date_naissance\nDURAND;1948-03-12\n"


@case(f"{IDENTITY}.open_probe", "identity_officer", roles=ROLES)
def open_probe(w: World) -> dict[str, Any]:
    return {"content": CONTENT, "file_name": "liste.csv"}


@case(f"{IDENTITY}.erase_probe", "identity_officer", roles=ROLES, own=True)
def erase_probe(w: World) -> dict[str, Any]:
    with w.as_right():
        return {"probe": hand_in(content=CONTENT, file_name="liste.csv")}


feed(
    "the clock of the worker, for whoever handed the file in",
    f"{IDENTITY}.run_probes", f"{IDENTITY}.sweep_probes",
)  # fmt: skip
