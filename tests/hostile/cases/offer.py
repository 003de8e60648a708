"""The offer: the referents of a site describe its units; a colleague who is none, and those of elsewhere, do not."""

from typing import Any

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.offer import commands
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation, Referent
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.referentials.offer.factories import make_unit

OFFER = "referentials.offer"
REFERENT: dict[str, Any] = {"own": True, "placed": True, "in_circle": False}


def referent(w: World) -> Referent:
    found = Referent.objects.filter(site=w.place, grantee_id=w.right.grantee_id).first()
    return found or Referent.objects.create(
        id=uuid7(), site=w.place, grantee_id=w.right.grantee_id, display=w.right.name
    )


def unit(w: World) -> HealthcareService:
    """A published unit of the place, whose referent the right actor is."""
    referent(w)
    return make_unit(
        w.place, contacts=[{"nature": "accueil", "label": "Accueil", "phone": "0199000000", "email": "", "level": "1"}]
    )  # fmt: skip


def somebody(w: World) -> Practitioner:
    """A professional who works at the place."""
    made = Practitioner.objects.create(
        id=uuid7(),
        idnat="899700366240",
        rpps="99700366240",
        family="IMBERT",
        name_key="IMBERT",
        row_hash="",
    )
    PractitionerRole.objects.create(
        id=uuid7(), practitioner=made, organisation=w.place, row_hash=""
    )
    return made


@case(f"{OFFER}.create_unit", "secretary", **REFERENT)
def create_unit(w: World) -> dict[str, Any]:
    referent(w)
    return {"site": w.place, "name": "Hôpital de jour"}


@case(f"{OFFER}.save_draft", "secretary", **REFERENT)
def save_draft(w: World) -> dict[str, Any]:
    made = unit(w)
    return {
        "service": made,
        "expected_version": made.version,
        "values": {"description": "Douze lits."},
    }


@case(f"{OFFER}.discard_draft", "secretary", **REFERENT)
def discard_draft(w: World) -> dict[str, Any]:
    made = unit(w)
    return {"service": made, "expected_version": made.version}


@case(f"{OFFER}.publish_unit", "secretary", **REFERENT)
def publish_unit(w: World) -> dict[str, Any]:
    made = unit(w)
    return {"service": made, "expected_version": made.version}


@case(f"{OFFER}.amend_unit", "secretary", **REFERENT)
def amend_unit(w: World) -> dict[str, Any]:
    made = unit(w)
    values = {"description": "Douze lits."}
    return {"service": made, "expected_version": made.version, "values": values}


@case(f"{OFFER}.verify_unit", "secretary", **REFERENT)
def verify_unit(w: World) -> dict[str, Any]:
    return {"service": unit(w)}


@case(f"{OFFER}.close_unit", "secretary", **REFERENT)
def close_unit(w: World) -> dict[str, Any]:
    made = unit(w)
    return {"service": made, "expected_version": made.version, "reason": "Travaux"}


@case(f"{OFFER}.name_referent", "secretary", **REFERENT)
def name_referent(w: World) -> dict[str, Any]:
    referent(w)
    return {"site": w.place, "practitioner": somebody(w)}


@case(f"{OFFER}.end_referent", "secretary", **REFERENT)
def end_referent(w: World) -> dict[str, Any]:
    return {"referent": referent(w)}


def part_of(w: World) -> InternalOrganisation:
    """A pole of the place, whose referent the right actor is."""
    referent(w)
    return InternalOrganisation.objects.create(
        id=uuid7(), site=w.place, kind="pole", name="Pôle médecine"
    )


@case(f"{OFFER}.create_part", "secretary", **REFERENT)
def create_part(w: World) -> dict[str, Any]:
    referent(w)
    return {"site": w.place, "kind": "pole", "name": "Pôle médecine"}


@case(f"{OFFER}.change_part", "secretary", **REFERENT)
def change_part(w: World) -> dict[str, Any]:
    made = part_of(w)
    return {"part": made, "expected_version": made.version, "name": "Pôle chirurgie"}


@case(f"{OFFER}.close_part", "secretary", **REFERENT)
def close_part(w: World) -> dict[str, Any]:
    made = part_of(w)
    return {"part": made, "expected_version": made.version}


@case(f"{OFFER}.keep_favourite", "nurse", in_circle=False)
def keep_favourite(w: World) -> dict[str, Any]:
    return {"service": unit(w)}


WORDS = {"words": ["cheville"], "tokens": ["activity:dialyse-centre"]}
OPERATOR: dict[str, Any] = {"in_circle": False, "roles": ("operator",)}


def added(w: World) -> dict[str, Any]:
    """A need that the exploitation added, by its kind, its key and its version."""
    with acting(SYSTEM):
        made = commands.write_vocabulary(kind="need", content=WORDS)
    return {"kind": made.kind, "key": made.key, "expected_version": made.version}


@case(f"{OFFER}.write_vocabulary", "operator", **OPERATOR)
def write_vocabulary(w: World) -> dict[str, Any]:
    return added(w) | {"content": WORDS | {"words": ["cheville", "entorse"]}}


@case(f"{OFFER}.hide_vocabulary", "operator", **OPERATOR)
def hide_vocabulary(w: World) -> dict[str, Any]:
    return added(w)


@case(f"{OFFER}.undo_vocabulary", "operator", **OPERATOR)
def undo_vocabulary(w: World) -> dict[str, Any]:
    return added(w)


feed(
    "the nightly load, the weekly asking, the operator's refresh, or a service that tells capacities",
    f"{OFFER}.derive_city_offer", f"{OFFER}.follow_directory", f"{OFFER}.refresh_search", f"{OFFER}.publish_locations",
    f"{OFFER}.ask_referents", f"{OFFER}.import_offers",
)  # fmt: skip
part(
    "decide and leave the traces for the commands that describe",
    f"{OFFER}.demand", f"{OFFER}.demand_naming", f"{OFFER}.leave", f"{OFFER}.show",
    f"{OFFER}.index_services", f"{OFFER}.closed_days", f"{OFFER}.tokens_of", f"{OFFER}.words_of",
    f"{OFFER}.hold_part",
)  # fmt: skip
