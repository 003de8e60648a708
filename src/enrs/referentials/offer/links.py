"""Signed links « toujours exact ? »: one unit, one referent, for a month."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from enrs.core.access.actor import Actor
from enrs.referentials.offer.models import HealthcareService, Referent
from enrs.referentials.offer.queries import rights

SALT = "enrs.offer.verify"
LASTS_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Link:
    """What a link gives: the unit, and the referent as the actor of that one act."""

    service: HealthcareService
    actor: Actor


def write(service: HealthcareService, referent: Referent) -> str:
    """The signed part of the address that a referent is sent."""
    return signing.dumps([str(service.pk), str(referent.pk)], salt=SALT)


def read(token: str) -> Link | None:
    """The unit and the referent of a link; None when it is forged, too old, or the trust ended."""
    try:
        service_id, referent_id = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
        keys = UUID(service_id), UUID(referent_id)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    referent = Referent.objects.filter(pk=keys[1], ended_at=None).first()
    if referent is None:
        return None
    actor = Actor(
        kind="professional", name=referent.display, role="anonymous", grantee_id=referent.grantee_id,
        organisation_id=referent.site_id, channel="link",
    )  # fmt: skip
    if not rights.works_at(referent):
        return None
    service = rights.service(keys[0], actor)
    if service is None or service.state != HealthcareService.State.PUBLISHED:
        return None
    return Link(service, actor) if rights.describes(service, actor) else None
