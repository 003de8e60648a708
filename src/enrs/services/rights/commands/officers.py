"""Who may act at the desk for the whole region."""

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError


def demand_officer() -> Actor:
    """The data-protection officer at work.

    Raises:
        AccessRefusedError: the actor is somebody else.
    """
    by = current_actor()
    if by.role != "auditor":
        raise AccessRefusedError("officer")
    return by
