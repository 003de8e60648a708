"""Every write on what people are told and on what leaves."""

from enrs.core.notifications.commands.desk import (
    SendingStateError,
    cancel_sending,
    lift_stop,
    resend,
    stop_number,
)
from enrs.core.notifications.commands.members import (
    AccountError,
    create_key,
    edit_account,
    open_account,
    revoke_key,
)
from enrs.core.notifications.commands.mobiles import (
    MobileCodeError,
    ask_code,
    confirm_mobile,
)
from enrs.core.notifications.commands.notices import mark_read, notify, tell
from enrs.core.notifications.commands.preferences import save_preferences
from enrs.core.notifications.commands.sendings import RecipientError, send_mail, send_sms

__all__ = [
    "AccountError",
    "MobileCodeError",
    "RecipientError",
    "SendingStateError",
    "ask_code",
    "cancel_sending",
    "confirm_mobile",
    "create_key",
    "edit_account",
    "lift_stop",
    "mark_read",
    "notify",
    "open_account",
    "resend",
    "revoke_key",
    "save_preferences",
    "send_mail",
    "send_sms",
    "stop_number",
    "tell",
]
