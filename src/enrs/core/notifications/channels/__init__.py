"""The channels by which something leaves: SMTP, an HTTP gateway of SMS, callbacks; a stand-in for each."""

from django.conf import settings

from enrs.core.notifications.channels.callback import CallbackChannel
from enrs.core.notifications.channels.contract import Channel
from enrs.core.notifications.channels.mail import SmtpChannel
from enrs.core.notifications.channels.sms import HttpSmsChannel
from enrs.core.notifications.channels.stand_in import StandInChannel


def channel_for(name: str) -> Channel | None:
    """The channel in service; outside production a local stand-in, there None: what waits then waits on."""
    if name == "callback":
        return CallbackChannel()
    if name == "mail" and settings.MAIL_URL:
        return SmtpChannel(settings.MAIL_URL, settings.REGION.contact)
    if name == "sms" and settings.SMS_URL:
        return HttpSmsChannel(
            settings.SMS_URL, settings.SMS_TOKEN, is_idempotent=settings.SMS_TAKES_KEYS
        )
    return StandInChannel(name) if settings.MODE != "production" else None


def stand_ins() -> list[str]:
    """Names of the channels whose stand-in is in use."""
    return [name for name in ("mail", "sms") if isinstance(channel_for(name), StandInChannel)]


def missing() -> list[str]:
    """Names of the channels that nothing serves: what is to leave by them waits."""
    return [name for name in ("mail", "sms") if channel_for(name) is None]
