"""Every write of the engine."""

from enrs.core.questionnaires.commands.answers import (
    amend_answer,
    receive_response,
    save_answer,
    share_answer,
    start_answer,
    start_trial,
    withdraw_answer,
)
from enrs.core.questionnaires.commands.errors import FormRefusedError, UnknownFormError
from enrs.core.questionnaires.commands.forms import (
    publish_form,
    retire_form,
    sync_forms,
    try_form,
    upload_form,
)
from enrs.core.questionnaires.commands.populating import (
    Populated,
    extract,
    extract_response,
    form_of,
    populate,
)

__all__ = [
    "FormRefusedError",
    "Populated",
    "UnknownFormError",
    "amend_answer",
    "extract",
    "extract_response",
    "form_of",
    "populate",
    "publish_form",
    "receive_response",
    "retire_form",
    "save_answer",
    "share_answer",
    "start_answer",
    "start_trial",
    "sync_forms",
    "try_form",
    "upload_form",
    "withdraw_answer",
]
