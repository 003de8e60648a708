"""The table of pages that write, room by room."""

from tests.hostile.pages import (  # noqa: F401
    access,
    accounts,
    agenda,
    beds,
    care,
    circles,
    desk,
    directory,
    home_monitoring,
    home_support,
    identity,
    identity_governance,
    offer,
    portal,
    record,
    rights,
    teams,
    vaccination,
    work,
)
from tests.hostile.pages.shared import Given, Page, pages, trusted

__all__ = ["Given", "Page", "pages", "trusted"]
