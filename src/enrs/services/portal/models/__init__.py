"""What the portal keeps: enrolments and their codes, referents, reviews, posts, the kiosk."""

from enrs.services.portal.models.accounts import (
    Closing,
    FactorHelp,
    LocalPerson,
    Referent,
    Review,
)
from enrs.services.portal.models.enrolment import Enrolment, OneTimeCode
from enrs.services.portal.models.posts import Invitation, Post, PostShift

__all__ = [
    "Closing",
    "Enrolment",
    "FactorHelp",
    "Invitation",
    "LocalPerson",
    "OneTimeCode",
    "Post",
    "PostShift",
    "Referent",
    "Review",
]
