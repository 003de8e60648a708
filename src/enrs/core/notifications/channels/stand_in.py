"""What stands for a gateway that is not there: it keeps what would have left, for a screen to show."""

from enrs.core.notifications.channels.contract import Outgoing
from enrs.core.notifications.models import StandInMessage


class StandInChannel:
    """Keeps each thing once, by its key; nothing leaves the machine."""

    is_idempotent = True

    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, outgoing: Outgoing) -> str:
        """Keep one thing; returns a number that says where it is."""
        StandInMessage.objects.bulk_create(
            [
                StandInMessage(
                    channel=self.name,
                    recipient=outgoing.recipient,
                    sender=outgoing.sender,
                    subject=outgoing.subject[:200],
                    text=outgoing.text,
                    key=outgoing.key,
                )
            ],
            ignore_conflicts=True,
        )
        return f"essai-{outgoing.key}"
