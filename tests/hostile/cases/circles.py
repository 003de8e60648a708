"""The circle: who may change it, who speaks for the person, who asks to come in."""

from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.referentials.circles import commands
from enrs.referentials.circles.models import Opposition
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

CIRCLES = "referentials.circles"
PERSON = {"role:patient": "it is the person's own circle"}
REASON = "Je remplace son médecin traitant cette semaine."


def joining(w: World) -> dict[str, Any]:
    guest = w.user("nurse", w.elsewhere)
    return {
        "patient_id": w.patient.pk, "block": "care_team", "grantee_id": guest.grantee_id,
        "display": guest.name, "role_label": "Infirmière", "basis": "care_team", "role": "nurse",
        "informed_on": timezone.localdate(),
    }  # fmt: skip


def consent(w: World) -> Any:
    with w.as_right():
        return commands.record_consent(**consenting(w))


def consenting(w: World) -> dict[str, Any]:
    return {
        "patient_id": w.patient.pk, "grantee_id": uuid7(), "grantee_display": "Paul IMBERT",
        "given_on": timezone.localdate(), "means": "written", "leaflet_version": "2026-1",
    }  # fmt: skip


def opposing(w: World) -> dict[str, Any]:
    return {
        "patient_id": w.patient.pk, "grantee_id": uuid7(), "grantee_display": "Paul IMBERT",
        "informed_on": timezone.localdate(), "means": "oral",
    }  # fmt: skip


def asked(w: World) -> Any:
    with w.acting_as(w.user("physician", w.elsewhere)):
        return commands.request_access(patient_id=w.patient.pk, reason=REASON)


@case(f"{CIRCLES}.add_member", "physician", category="circle", but=PERSON)
def add_member(w: World) -> dict[str, Any]:
    return joining(w)


@case(f"{CIRCLES}.remove_member", "physician", category="circle", but=PERSON)
def remove_member(w: World) -> dict[str, Any]:
    with w.as_right():
        return {"member": commands.add_member(**joining(w))}


@case(f"{CIRCLES}.record_consent", "physician", category="circle", but=PERSON)
def record_consent(w: World) -> dict[str, Any]:
    return consenting(w)


@case(f"{CIRCLES}.withdraw_consent", "physician", category="circle", but=PERSON)
def withdraw_consent(w: World) -> dict[str, Any]:
    return {"consent": consent(w)}


@case(f"{CIRCLES}.oppose", "physician", category="circle", but=PERSON)
def oppose(w: World) -> dict[str, Any]:
    return opposing(w)


@case(f"{CIRCLES}.lift_opposition", "physician", category="circle", but=PERSON)
def lift_opposition(w: World) -> dict[str, Any]:
    with w.as_right():
        made = commands.oppose(**opposing(w))
    return {"opposition": Opposition.objects.get(pk=made.pk)}


@case(
    f"{CIRCLES}.request_access",
    "physician",
    more=("role:patient", "other_patient"),
    in_circle=False,
)
def request_access(w: World) -> dict[str, Any]:
    """Asking opens nothing: any professional may, from outside above all."""
    return {"patient_id": w.patient.pk, "reason": REASON}


@case(f"{CIRCLES}.answer_request", "physician", category="circle", but=PERSON)
def answer_request(w: World) -> dict[str, Any]:
    return {"request": asked(w), "accepted": True, "informed_on": timezone.localdate()}


feed("a hospital's movements open the stay", f"{CIRCLES}.open_for_stay")
part(
    "end a place, follow a merge, leave traces: for commands that checked",
    f"{CIRCLES}.end_member", f"{CIRCLES}.current_members", f"{CIRCLES}.settle_merge",
    f"{CIRCLES}.commands.traces",
)  # fmt: skip
