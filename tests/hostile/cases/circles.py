"""The circle: who may change it, who speaks for the person, who asks to come in."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.referentials.circles import commands
from enrs.referentials.circles.measures import Decided
from enrs.referentials.circles.models import Opposition
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

CIRCLES = "referentials.circles"
PERSON = {"role:patient": "it is the person's own circle"}
KEEPERS = ("physician", "midwife", "dentist", "coordinator")
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


def represented(w: World, kind: str) -> dict[str, Any]:
    """Somebody in charge of a measure of protection of the person."""
    guest, today = w.user("nurse", w.elsewhere), timezone.localdate()
    with w.as_right():
        made = commands.add_member(
            patient_id=w.patient.pk, block="relatives", grantee_id=guest.grantee_id, display=guest.name,
            role_label="Fils", basis="proxy", proxy_kind=kind, decided=renewed(today),
        )  # fmt: skip
    return {"member": made}


def renewed(today: date) -> Decided:
    return Decided("Tribunal judiciaire d’Arras", today, today + timedelta(days=300))


@case(
    f"{CIRCLES}.open_to_representative", "physician", category="circle", but=PERSON,
    more=("role:nurse",),
)  # fmt: skip
def open_to_representative(w: World) -> dict[str, Any]:
    return represented(w, "curatelle_simple")


@case(
    f"{CIRCLES}.close_to_representative", "physician", category="circle", but=PERSON,
    more=("role:nurse",),
)  # fmt: skip
def close_to_representative(w: World) -> dict[str, Any]:
    given = represented(w, "curatelle_simple")
    with w.as_right():
        commands.open_to_representative(**given)
    return given


@case(
    f"{CIRCLES}.renew_mandate",
    "physician",
    category="circle",
    roles=KEEPERS,
    more=("role:patient",),
)
def renew_mandate(w: World) -> dict[str, Any]:
    return represented(w, "tutelle") | {"decided": renewed(timezone.localdate())}


@case(
    f"{CIRCLES}.end_mandate", "physician", category="circle", roles=KEEPERS, more=("role:patient",)
)
def end_mandate(w: World) -> dict[str, Any]:
    return represented(w, "tutelle") | {"reason": "Mainlevée"}


feed("a measure of protection ends at its date", f"{CIRCLES}.sweep_mandates")
feed("a hospital's movements open the stay", f"{CIRCLES}.open_for_stay")
part(
    "end a place, follow a merge, leave traces: for commands that checked",
    f"{CIRCLES}.keep_mandate", f"{CIRCLES}.open_member",
    f"{CIRCLES}.end_member", f"{CIRCLES}.current_members", f"{CIRCLES}.settle_merge",
    f"{CIRCLES}.commands.traces",
)  # fmt: skip
