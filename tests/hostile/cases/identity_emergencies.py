"""People without a name: written by who may write identities, named by their place, recognised by who sees both."""

from typing import Any

from django.utils import timezone

from enrs.core.access.rules import ROLES, WRITE, permits
from enrs.core.ids import uuid7
from enrs.referentials.identity import rules
from enrs.referentials.identity.models import EmergencyIdentity, SourceIdentity
from enrs.referentials.identity.rules.emergencies import name_of
from tests.hostile.cases.identity import typed
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

E = "referentials.identity"
WRITERS = tuple(one for one in ROLES if permits(one, "identity", WRITE))
RANK = 7


def _unknown(w: World) -> EmergencyIdentity:
    """The patient of this world as somebody whom the right actor's place admitted without a name."""
    made = typed(w)["identity"]
    SourceIdentity.objects.filter(pk=made.pk).update(
        own_attribute=rules.EMERGENCY, attribute=rules.EMERGENCY
    )
    found, _ = EmergencyIdentity.objects.get_or_create(
        identity_id=made.pk,
        defaults={
            "id": uuid7(), "rank": RANK, "name": name_of(RANK), "circumstance": "Trouvé inconscient",
            "place_id": w.place.id, "made_at": timezone.now(),
        },
    )  # fmt: skip
    return EmergencyIdentity.objects.select_related("identity").get(pk=found.pk)


@case(f"{E}.create_emergency", "physician", roles=WRITERS)
def create_emergency(w: World) -> dict[str, Any]:
    return {"sex": "M", "age": 40, "circumstance": "Trouvé inconscient à la gare", "by": None}


@case(f"{E}.fill_emergency", "physician", category="identity", placed=True)
def fill_emergency(w: World) -> dict[str, Any]:
    emergency = _unknown(w)
    traits = rules.Traits(
        birth_name="OUEDRAOGO", first_given_name="SALIF", birth_date="1961-05-02", sex="M"
    )
    return {
        "emergency": emergency, "traits": traits, "expected_version": emergency.identity.version, "by": None
    }  # fmt: skip


@case(f"{E}.recognise_emergency", "physician", category="identity")
def recognise_emergency(w: World) -> dict[str, Any]:
    return {
        "emergency": _unknown(w), "patient_id": w.other.pk, "reason": "Sa fille l’a reconnu", "by": None
    }  # fmt: skip


@case(f"{E}.withdraw_emergency", "physician", category="identity", placed=True)
def withdraw_emergency(w: World) -> dict[str, Any]:
    return {"emergency": _unknown(w), "reason": "Saisie en double", "by": None}


@case(f"{E}.restore_emergency", "physician", category="identity", placed=True)
def restore_emergency(w: World) -> dict[str, Any]:
    emergency = _unknown(w)
    EmergencyIdentity.objects.filter(pk=emergency.pk).update(
        is_open=False, withdrawn_at=timezone.now(), withdrawn_by="X", withdrawn_for="Saisie en double"
    )  # fmt: skip
    return {"emergency": emergency, "by": None}


feed("the worker, after a link was made or undone", f"{E}.follow_moves")
part(
    "what the unit's answer does to what was said of somebody, for the commands that decide and undo it",
    f"{E}.follow_answer", f"{E}.follow_undoing",
)  # fmt: skip
part("no name of an emergency is typed for a real one", f"{E}.demand_real_name")
part(
    "tells the unit of a likeness, for who typed somebody, or writes them with their place's right",
    f"{E}.tell_twins", f"{E}.write_typed", f"{E}.identities_of",
)  # fmt: skip
