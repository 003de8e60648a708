"""People with tokens, rights, and published resources."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.idp.oidc.models import Token
from django.utils import timezone

from enrs.core.access.models import FOREVER, Grant
from enrs.core.accounts.models import Position, User
from enrs.core.fhir.commands import insert_resources, publication
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient

ORGANISATION = UUID("0190a000-0000-7000-8000-00000000a001")


def make_user(
    login: str, *, kind: str = "professional", role: str = "physician", **fields: Any
) -> User:
    user = User.objects.create(login=login, name=f"Compte {login}", kind=kind, **fields)
    if kind == "professional":
        Position.objects.create(
            user=user, label="Médecin", role=role, organisation_id=ORGANISATION,
            organisation_name="Hôpital d'essai", is_default=True,
        )  # fmt: skip
    return user


def make_token(user: User, scopes: str = "user/*.rs", *, hours: float = 1, data: Any = None) -> str:
    value = f"token-{uuid7()}"
    token = Token(
        type=Token.Type.ACCESS_TOKEN, user=user, data=data or {},
        expires_at=timezone.now() + timedelta(hours=hours),
    )  # fmt: skip
    token.set_value(value)
    token.set_scopes(scopes.split())
    token.save()
    return value


def give(
    patient: Patient,
    grantee: UUID,
    *,
    purpose: str = "care_team",
    level: int = 2,
    until: Any = FOREVER,
) -> None:
    Grant.objects.create(
        patient=patient, grantee_id=grantee, source_id=uuid7(), source_kind="member", purpose=purpose,
        level=level, valid_until=until, valid_from=timezone.now() - timedelta(days=1),
    )  # fmt: skip


def put(kind: str, patient: Patient | None, category: str, keys: Any = (), **fields: Any) -> UUID:
    """Publish one resource; returns its id. `marks`, `is_deleted` and `id` are taken from `fields`."""
    own = fields.pop("id", None) or uuid7()
    options = {name: fields.pop(name) for name in ("marks", "is_deleted") if name in fields}
    tree = {"resourceType": kind, "id": str(own), **fields}
    patient_id = patient.id if patient else None
    insert_resources(
        [publication(tree, patient_id=patient_id, category=category, keys=keys, **options)]
    )
    return own


def put_patient(
    patient: Patient, family: str = "durand", ins: str = "", birth: str = "1956-03-12"
) -> UUID:
    keys = [("family", family), ("name", family), ("birthdate", birth), ("gender", "female")]
    if ins:
        keys += [("identifier", ins), ("identifier", f"urn:oid:1.2.250.1.213.1.4.10|{ins}")]
    return put(
        "Patient", patient, "identity", keys, id=patient.id, name=[{"family": family.upper()}]
    )


def put_observation(patient: Patient, at: str, code: str = "718-7", **fields: Any) -> UUID:
    keys = [
        ("patient", str(patient.id)), ("code", code), ("code", f"http://loinc.org|{code}"),
        ("category", "laboratory"), ("date", at),
    ]  # fmt: skip
    subject = {"reference": f"Patient/{patient.id}"}
    return put(
        "Observation", patient, "results", keys, subject=subject, effectiveDateTime=at, **fields
    )
