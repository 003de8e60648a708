"""Source identities and their links, what waits for the identity unit, what is compared, what the INSi said."""

from enrs.referentials.identity.models.active_file import ActiveFile, ActiveLine
from enrs.referentials.identity.models.desk import (
    IdentityContact,
    IdentityProposal,
    IdentityQuarantine,
    IdentityQuestion,
    IdentitySource,
    ItemAct,
    MendLine,
    SourceDay,
)
from enrs.referentials.identity.models.emergency import EmergencyIdentity
from enrs.referentials.identity.models.governance import (
    CharterSigning,
    GovernanceAct,
    IdentityCharter,
    IdentityIncident,
    SourceAction,
    SourceAudit,
)
from enrs.referentials.identity.models.identities import (
    ExactSearchQuota,
    IdentityLink,
    IdentityVersion,
    RegionalIdentity,
    SourceIdentity,
    TraitColumns,
)
from enrs.referentials.identity.models.insi import InsCheck, InsRun
from enrs.referentials.identity.models.matching import HotKey, IdentityFeature, IdentityPair
from enrs.referentials.identity.models.probe import ProbeFile
from enrs.referentials.identity.models.work import WorkItem

__all__ = [
    "ActiveFile",
    "ActiveLine",
    "CharterSigning",
    "EmergencyIdentity",
    "ExactSearchQuota",
    "GovernanceAct",
    "HotKey",
    "IdentityCharter",
    "IdentityContact",
    "IdentityFeature",
    "IdentityIncident",
    "IdentityLink",
    "IdentityPair",
    "IdentityProposal",
    "IdentityQuarantine",
    "IdentityQuestion",
    "IdentitySource",
    "IdentityVersion",
    "InsCheck",
    "InsRun",
    "ItemAct",
    "MendLine",
    "ProbeFile",
    "RegionalIdentity",
    "SourceAction",
    "SourceAudit",
    "SourceDay",
    "SourceIdentity",
    "TraitColumns",
    "WorkItem",
]
