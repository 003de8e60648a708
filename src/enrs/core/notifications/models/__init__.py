"""Tables of notifications: what people are told, what leaves, for which member."""

from enrs.core.notifications.models.members import SmsAccount, SmsKey, SmsStop, SmsUsage
from enrs.core.notifications.models.notices import Delivery, DigestItem, Notice, Preference
from enrs.core.notifications.models.sendings import Sending, SendingReceipt, StandInMessage

__all__ = [
    "Delivery",
    "DigestItem",
    "Notice",
    "Preference",
    "Sending",
    "SendingReceipt",
    "SmsAccount",
    "SmsKey",
    "SmsStop",
    "SmsUsage",
    "StandInMessage",
]
