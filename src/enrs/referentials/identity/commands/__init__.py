"""Every write on identities."""

from enrs.referentials.identity.commands.acts import (
    correct_identity,
    lift_attribute,
    mark_identity,
    step_back,
    validate_identity,
)
from enrs.referentials.identity.commands.asking import ask_ins
from enrs.referentials.identity.commands.by_hand import (
    PossibleDuplicateError,
    create_patient_by_hand,
)
from enrs.referentials.identity.commands.decisions import relink_identity
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.keeping import own_systems
from enrs.referentials.identity.commands.load import NewPerson, load_patients
from enrs.referentials.identity.commands.merge import (
    change_number,
    link_declared,
    merge_local,
    unmerge_local,
)
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.commands.runs import pause_run, resume_run, start_run
from enrs.referentials.identity.commands.worklist import close_work_item, reopen_work_item

__all__ = [
    "NewPerson",
    "PossibleDuplicateError",
    "ask_ins",
    "change_number",
    "close_work_item",
    "correct_identity",
    "create_patient_by_hand",
    "lift_attribute",
    "link_declared",
    "load_patients",
    "mark_identity",
    "merge_local",
    "open_work_item",
    "own_systems",
    "pause_run",
    "receive_identity",
    "relink_identity",
    "reopen_work_item",
    "resume_run",
    "start_run",
    "step_back",
    "unmerge_local",
    "validate_identity",
]
