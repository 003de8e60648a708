"""What the portal keeps: enrolments and their codes, referents, reviews, posts, the kiosk."""

from enrs.services.portal.models.accounts import (
    Closing,
    FactorHelp,
    LocalPerson,
    NumberMatch,
    Referent,
    Review,
)
from enrs.services.portal.models.enrolment import Enrolment, OneTimeCode
from enrs.services.portal.models.kiosk import Announcement, AnnouncementChange, Favourite
from enrs.services.portal.models.openings import ServiceOpening, ServiceOpeningChange
from enrs.services.portal.models.posts import Invitation, Post, PostShift

__all__ = [
    "Announcement",
    "AnnouncementChange",
    "Closing",
    "Enrolment",
    "FactorHelp",
    "Favourite",
    "Invitation",
    "LocalPerson",
    "NumberMatch",
    "OneTimeCode",
    "Post",
    "PostShift",
    "Referent",
    "Review",
    "ServiceOpening",
    "ServiceOpeningChange",
]
