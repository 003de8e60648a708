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
from enrs.referentials.identity.commands.desk import (
    ChangedTraitsError,
    assign_items,
    decide_item,
    note_item,
)
from enrs.referentials.identity.commands.emergency import (
    create_emergency,
    fill_emergency,
    recognise_emergency,
    restore_emergency,
    withdraw_emergency,
)
from enrs.referentials.identity.commands.governance import (
    AlreadyThereError,
    cancel_audit,
    cancel_signing,
    open_action,
    publish_charter,
    record_audit,
    reopen_action,
    settle_action,
    sign_charter,
)
from enrs.referentials.identity.commands.incidents import (
    close_incident,
    declare_incident,
    qualify_incident,
    reopen_incident,
)
from enrs.referentials.identity.commands.items import open_work_item
from enrs.referentials.identity.commands.keeping import own_systems
from enrs.referentials.identity.commands.load import NewPerson, load_patients
from enrs.referentials.identity.commands.merge import (
    change_number,
    link_declared,
    merge_local,
    unmerge_local,
)
from enrs.referentials.identity.commands.parting import part_identity, rejoin_identity
from enrs.referentials.identity.commands.quality import count_quality, list_to_mend
from enrs.referentials.identity.commands.quarantine import apply_quarantined, refuse_quarantined
from enrs.referentials.identity.commands.questions import (
    answer_question,
    ask_source,
    remind_of_questions,
)
from enrs.referentials.identity.commands.receive import receive_identity
from enrs.referentials.identity.commands.runs import pause_run, resume_run, start_run
from enrs.referentials.identity.commands.settling import (
    OutdatedProposalError,
    settle_proposal,
    withdraw_proposal,
)
from enrs.referentials.identity.commands.teams import (
    UnknownAccountError,
    add_contact,
    end_contact,
    know_sources,
)
from enrs.referentials.identity.commands.undoing import undo_decision
from enrs.referentials.identity.commands.worklist import close_work_item, reopen_work_item

__all__ = [
    "AlreadyThereError",
    "ChangedTraitsError",
    "NewPerson",
    "OutdatedProposalError",
    "PossibleDuplicateError",
    "UnknownAccountError",
    "add_contact",
    "answer_question",
    "apply_quarantined",
    "ask_ins",
    "ask_source",
    "assign_items",
    "cancel_audit",
    "cancel_signing",
    "change_number",
    "close_incident",
    "close_work_item",
    "correct_identity",
    "count_quality",
    "create_emergency",
    "create_patient_by_hand",
    "decide_item",
    "declare_incident",
    "end_contact",
    "fill_emergency",
    "know_sources",
    "lift_attribute",
    "link_declared",
    "list_to_mend",
    "load_patients",
    "mark_identity",
    "merge_local",
    "note_item",
    "open_action",
    "open_work_item",
    "own_systems",
    "part_identity",
    "pause_run",
    "publish_charter",
    "qualify_incident",
    "receive_identity",
    "recognise_emergency",
    "record_audit",
    "refuse_quarantined",
    "rejoin_identity",
    "relink_identity",
    "remind_of_questions",
    "reopen_action",
    "reopen_incident",
    "reopen_work_item",
    "restore_emergency",
    "resume_run",
    "settle_action",
    "settle_proposal",
    "sign_charter",
    "start_run",
    "step_back",
    "undo_decision",
    "unmerge_local",
    "validate_identity",
    "withdraw_emergency",
    "withdraw_proposal",
]
