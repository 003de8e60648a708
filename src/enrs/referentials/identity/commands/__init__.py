"""Every write on identities."""

from enrs.referentials.identity.commands.by_hand import (
    PossibleDuplicateError,
    create_patient_by_hand,
)
from enrs.referentials.identity.commands.declared import (
    _merge_local as merge_local,
)
from enrs.referentials.identity.commands.declared import (
    _receive_identity as receive_identity,
)
from enrs.referentials.identity.commands.declared import (
    change_number,
    link_declared,
    unmerge_local,
)
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.links import relink_identity
from enrs.referentials.identity.commands.load import NewPerson, load_patients
from enrs.referentials.identity.commands.worklist import close_work_item

__all__ = [
    "NewPerson",
    "PossibleDuplicateError",
    "change_number",
    "close_work_item",
    "create_patient_by_hand",
    "link_declared",
    "load_patients",
    "merge_local",
    "open_work_item",
    "receive_identity",
    "relink_identity",
    "unmerge_local",
]
