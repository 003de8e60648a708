"""SMS through an HTTP gateway: the contract that an operator's adapter answers."""

import json

from enrs.core.notifications.channels.contract import Outgoing
from enrs.core.notifications.channels.http import post


class HttpSmsChannel:
    """`POST <address>/messages` with {to, from, text}, a bearer token and `Idempotency-Key`.

    The gateway answers 2xx with {"id": "…"}; the same key again answers the same number and sends
    nothing more. A gateway without keys is said so (`ENRS_SMS_KEYS=0`): a broken answer is then
    *incertain*.
    """

    def __init__(self, address: str, token: str, *, is_idempotent: bool) -> None:
        self.address = address.rstrip("/")
        self.token = token
        self.is_idempotent = is_idempotent

    def send(self, outgoing: Outgoing) -> str:
        """Hand one SMS to the gateway; returns its number."""
        body = {"to": outgoing.recipient, "from": outgoing.sender, "text": outgoing.text}
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.is_idempotent:
            headers["Idempotency-Key"] = outgoing.key
        answer = post(f"{self.address}/messages", json.dumps(body).encode(), headers)
        return str(answer.get("id", ""))[:100]
