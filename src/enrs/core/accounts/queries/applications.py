"""Third-party applications, what people opened to them, and what we say of people to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from allauth.idp.oidc.models import PrivateKey
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from enrs.core.accounts.models import Application, Consent, Position, SigningKey, User
from enrs.core.accounts.provider import keys
from enrs.core.accounts.queries.people import positions_of
from enrs.core.accounts.rules.applications import covers

IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
IDNST = "urn:oid:1.2.250.1.71.4.2.2"
"""National identifiers of persons and of structures (CI-SIS), as the directory publishes them."""


def applications() -> list[Application]:
    """Every application, those in service first, with how many sessions are open in it now."""
    is_open = Q(sessions__ended_at=None, sessions__started_at__gte=timezone.now() - SESSION)
    counted = Application.objects.annotate(open_sessions=Count("sessions", filter=is_open))
    return sorted(counted.order_by("name", "id"), key=lambda one: one.retired_at is not None)


SESSION = timedelta(hours=12)
"""How long a session lasts at most."""


def application(application_id: str) -> Application | None:
    """One application of the registry, in service or retired."""
    return Application.objects.filter(pk=application_id).first()


def application_in_service(application_id: str) -> Application | None:
    """An application that may still be entered."""
    return Application.objects.filter(pk=application_id, retired_at=None).first()


def applications_to_enter() -> list[Application]:
    """Applications in service that have an address of entry, by name."""
    found = Application.objects.filter(retired_at=None).exclude(home_url="")
    return list(found.order_by("name", "id"))


def consents_of(user_id: UUID) -> list[Consent]:
    """What a person opened, to which application, the latest first."""
    kept = Consent.objects.filter(user_id=user_id, withdrawn_at=None, application__retired_at=None)
    return list(kept.select_related("application").order_by("-given_at"))


def has_consented(user_id: UUID, application_id: str, scopes: Sequence[str]) -> bool:
    """Whether a person agreed already to all that is asked."""
    kept = Consent.objects.filter(
        user_id=user_id, application_id=application_id, withdrawn_at=None
    ).first()
    return kept is not None and all(covers(kept.scopes.split(), one) for one in scopes)


def signing_keys() -> list[SigningKey]:
    """The keys that are published, the newest first."""
    now = timezone.now()
    live = SigningKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return list(live.order_by("-issued_at"))


def private_keys() -> list[PrivateKey]:
    """The same with their private parts opened, for the library."""
    return [
        keys.opened(one.private_pem, one.issued_at, one.not_before, one.expires_at)
        for one in signing_keys()
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """As whom and where a person works: what the scope `professional` tells."""

    national_id: str
    position: Position | None
    place_id: str


def standing_of(user: User, position_id: str | None) -> Standing:
    """The national identifier of a professional and the place chosen, from the published directory."""
    held = positions_of(user)
    chosen = next((one for one in held if str(one.id) == position_id), held[0] if held else None)
    wanted = [("Practitioner", user.grantee_id)]
    place = chosen.organisation_id if chosen else None
    if place:
        wanted.append(("Organization", place))
    found = _identifiers(wanted)
    return Standing(
        found.get(("Practitioner", user.grantee_id, IDNPS), ""),
        chosen,
        found.get(("Organization", place, IDNST), "") if place else "",
    )


def grantee_of_national_id(number: str) -> UUID | None:
    """The professional of the directory whose national identifier (IDNPS) this is."""
    if not number:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select k.id from fhir_key k join fhir_resource r on r.type = k.type and r.id = k.id and r.is_current"
            " where k.type = 'Practitioner' and k.param = 'identifier' and k.value = %s and not r.is_deleted"
            " and k.patient_id is null",
            [f"{IDNPS}|{number}"],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _identifiers(wanted: Sequence[tuple[str, UUID]]) -> dict[tuple[str, UUID, str], str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.type, r.id, r.body from fhir_resource r join unnest(%s::text[], %s::uuid[]) n(type, id)"
            " on r.type = n.type and r.id = n.id where r.is_current and not r.is_deleted and r.patient_id is null",
            [[kind for kind, _ in wanted], [one for _, one in wanted]],
        )
        rows = cursor.fetchall()
    found: dict[tuple[str, UUID, str], str] = {}
    for kind, identifier, body in rows:
        tree: dict[str, Any] = orjson.loads(body)
        for one in tree.get("identifier", ()):
            found[kind, identifier, one.get("system", "")] = str(one.get("value", ""))
    return found
