"""Structures, professionals, their activities, and what each load of a file did."""

from enrs.referentials.directory.models.activities import Activity
from enrs.referentials.directory.models.legal import Group, GroupMember, LegalEntity
from enrs.referentials.directory.models.loads import (
    Change,
    Facet,
    LoadReport,
    Mistake,
    RefusedRow,
    Unpublished,
    Word,
)
from enrs.referentials.directory.models.people import (
    Mailbox,
    Practitioner,
    PractitionerRole,
    Qualification,
)
from enrs.referentials.directory.models.places import Organisation
from enrs.referentials.directory.models.sirene import SireneSite, SireneUnit

__all__ = [
    "Activity",
    "Change",
    "Facet",
    "Group",
    "GroupMember",
    "LegalEntity",
    "LoadReport",
    "Mailbox",
    "Mistake",
    "Organisation",
    "Practitioner",
    "PractitionerRole",
    "Qualification",
    "RefusedRow",
    "SireneSite",
    "SireneUnit",
    "Unpublished",
    "Word",
]
