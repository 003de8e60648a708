"""The engines underneath: rights, journal, events, published resources, jobs, accounts; identity and directory."""

from typing import Any

from enrs.core.access.rules import BREAK_GLASS_ROLES, ROLES, WRITE, permits
from enrs.referentials.geography.models import Territory
from enrs.referentials.identity.models import SourceIdentity, WorkItem
from enrs.referentials.identity.rules import Traits
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.referentials.geography.factories import commune
from tests.referentials.identity.factories import CLINIC, receive

IDENTITY = "referentials.identity"
CREATES = tuple(one for one in ROLES if permits(one, "identity", WRITE))


@case("core.access.break_glass", "physician", roles=tuple(BREAK_GLASS_ROLES), in_circle=False)
def break_glass(w: World) -> dict[str, Any]:
    """An opposition does not stop it by design: a life in danger comes first, and the person is told."""
    return {
        "patient_id": w.patient.pk,
        "reason_code": "emergency",
        "reason_text": "Trouvé inconscient",
    }


@case(f"{IDENTITY}.create_patient_by_hand", "physician", roles=CREATES)
def create_patient_by_hand(w: World) -> dict[str, Any]:
    traits = Traits(
        birth_name="RIVOAL", first_given_name="SYLVIE", given_names="SYLVIE", birth_date="1948-03-14", sex="F",
    )  # fmt: skip
    return {"traits": traits, "by": None}


@case(f"{IDENTITY}.relink_identity", "identity_officer", roles=("identity_officer",))
def relink_identity(w: World) -> dict[str, Any]:
    made = receive("77", CLINIC, ins="", ins_oid="", status="provisional")
    return {
        "identity": SourceIdentity.objects.get(pk=made.pk), "patient_id": w.patient.pk, "by": None,
        "reason": "Pièce vue au guichet",
    }  # fmt: skip


@case(f"{IDENTITY}.close_work_item", "identity_officer", roles=("identity_officer",))
def close_work_item(w: World) -> dict[str, Any]:
    receive()
    receive("A9", CLINIC, birth_date="1948-12-03")
    item = WorkItem.objects.get()
    return {
        "item_id": item.id,
        "outcome": "kept_apart",
        "reason": "Pièce vue au guichet",
        "by": None,
    }


part(
    "give and end rights for commands that decided it, and leave the line to them",
    *(f"core.access.{name}" for name in (
        "give_grant", "end_grants", "end_merged_grants", "deny", "end_denial", "follow_denials",
    )),
)  # fmt: skip
part("the journal itself", "core.audit.commands")
part("the outbox itself", "core.events.commands")
part("publishes what a command decided", "core.fhir.commands")
part("the anchor of a patient, for the commands of identity", "core.subjects.commands")
feed("the clock of the worker", "core.jobs.run_due")
feed(
    "told by an event that the worker delivers",
    "core.jobs.make_due", f"{IDENTITY}.settle_evidence",
)  # fmt: skip
feed("the command line of the installation, which prunes", "core.jobs.run_now")
feed(
    "the command line of the installation",
    "core.accounts.issue_token",
    "referentials.directory.enrol",
)
feed(
    "the national files, loaded from the command line",
    *(f"referentials.directory.{name}" for name in (
        "load_file", "load_rpps", "load_finess", "sync_positions", "sync_touched_positions", "publish_waiting",
        "take_deposits",
    )),
)  # fmt: skip
feed(
    "published nomenclatures, loaded from the command line",
    "core.terminology.load_terminology", "core.terminology.publish_pending",
)  # fmt: skip
GEOGRAPHY = "referentials.geography"


@case(f"{GEOGRAPHY}.import_territories", "operator", roles=("operator",))
def import_territories(w: World) -> dict[str, Any]:
    commune()
    return {"content": b"territoire;type;commune\nZone d'essai;Essai;99801\n"}


@case(f"{GEOGRAPHY}.delete_territory", "operator", roles=("operator",))
def delete_territory(w: World) -> dict[str, Any]:
    return {"territory_id": Territory.objects.create(name="Zone d'essai").id}


feed(
    "the national files of geography, and the region's first territories, from the command line",
    f"{GEOGRAPHY}.load_geography", f"{GEOGRAPHY}.load_contours", f"{GEOGRAPHY}.load_territories",
    f"{GEOGRAPHY}.load_cantons",
)  # fmt: skip
part(
    "brings a table of geography to what a file gives, for its load",
    f"{GEOGRAPHY}.begin", f"{GEOGRAPHY}.merge", f"{GEOGRAPHY}.tell",
)  # fmt: skip
part(
    "stages, merges and counts a nomenclature for its load",
    "core.terminology.commands.merge", "core.terminology.commands.members",
    "core.terminology.refresh", "core.terminology.count_system", "core.terminology.count_set",
)  # fmt: skip
part(
    "stages and merges a national file for its load",
    "referentials.directory.commands.merge", "referentials.directory.commands.finess",
    "referentials.directory.commands.finess_legal", "referentials.directory.commands.activities",
    "referentials.directory.commands.rpps", "referentials.directory.commands.search",
    "referentials.directory.commands.quality", "referentials.directory.commands.beside",
    "referentials.directory.commands.sirene",
    "referentials.directory.commands.publication",
)  # fmt: skip
part(
    "tells what a file is and opens it",
    "referentials.directory.kind_of",
    "referentials.directory.opened",
)
feed(
    "what hospitals send about identities, and a region's first load",
    f"{IDENTITY}.receive_identity", f"{IDENTITY}.merge_local", f"{IDENTITY}.unmerge_local",
    f"{IDENTITY}.change_number", f"{IDENTITY}.link_declared", f"{IDENTITY}.load_patients",
)  # fmt: skip
part(
    "the rows of identities, their links and the unit's list, for the commands that decided",
    f"{IDENTITY}.commands.store", f"{IDENTITY}.commands.items", f"{IDENTITY}.commands.neighbourhood",
    f"{IDENTITY}.commands.links", f"{IDENTITY}.write_new", f"{IDENTITY}.changed_fields",
    f"{IDENTITY}.compared_rows", f"{IDENTITY}.follow_change", f"{IDENTITY}.moment_of",
    f"{IDENTITY}.settle_changed",
    f"{IDENTITY}.settle_decided",
    f"{IDENTITY}.decide", f"{IDENTITY}.withdraw_decisions", f"{IDENTITY}.withdraw_parting", f"{IDENTITY}.check_officer",
)  # fmt: skip
part(
    "asks the database's exact search, which tells ids alone, for the commands that create somebody",
    f"{IDENTITY}.possible_twins",
)  # fmt: skip
