"""Who may act on the accounts of a structure."""

from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.services.portal.models import Referent
from enrs.services.portal.queries.people import places_answered_for


def demand_referent(organisation_id: UUID | None) -> Referent | None:
    """The current actor's place on the desk of a structure; None for the platform itself.

    Raises:
        AccessRefusedError: they do not answer for it, or do not work there any more.
    """
    if current_actor().kind == "system":
        return None
    for one in places_answered_for():
        if one.organisation_id == organisation_id:
            return one
    raise AccessRefusedError("referent")


def demand_operator() -> None:
    """Refuse whoever is not of the region's exploitation; the platform itself passes.

    Raises:
        AccessRefusedError: another role.
    """
    by = current_actor()
    if by.kind != "system" and by.role != "operator":
        raise AccessRefusedError("profession")


def demand_somebody_else(grantee_id: UUID) -> None:
    """Nobody says of themselves, even as a referent, that a national number is theirs.

    Raises:
        AccessRefusedError: they are the actor (`own`).
    """
    by = current_actor()
    if by.kind == "professional" and by.grantee_id == grantee_id:
        raise AccessRefusedError("own")
