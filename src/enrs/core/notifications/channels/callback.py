"""Receipts told to a member's software at the address that it gave, signed."""

import hmac
import time
from uuid import UUID

from django.conf import settings

from enrs.core.notifications.channels.contract import Outgoing
from enrs.core.notifications.channels.http import post
from enrs.core.notifications.rules.signing import sign


def callback_secret(account_id: UUID | str) -> str:
    """The secret of one account, derived from the installation's: hexadecimal."""
    name = f"enrs.sms.callback:{account_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), name, "sha256").hexdigest()


class CallbackChannel:
    """A JSON POST told at least once: the receiver knows a repetition by the receipt's `id`."""

    is_idempotent = True

    def send(self, outgoing: Outgoing) -> str:
        """Tell one receipt; `X-Enrs-Signature` signs the body with the account's secret."""
        body = outgoing.text.encode()
        secret = callback_secret(outgoing.account).encode()
        post(outgoing.recipient, body, {"X-Enrs-Signature": sign(secret, body, int(time.time()))})
        return ""
