"""The guard of the exploitation's desk."""

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError

DESK_ROLES = ("operator",)
"""Roles that send again, stop numbers, and open the members' accounts and keys."""


def demand_desk() -> None:
    """Refuse whoever is not of the exploitation (AccessRefusedError); the platform itself passes."""
    by = current_actor()
    if by.kind != "system" and by.role not in DESK_ROLES:
        raise AccessRefusedError("profession")
