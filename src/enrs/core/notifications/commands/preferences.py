"""How a person wants to be told: their own choices, saved by themselves alone."""

from collections.abc import Mapping
from datetime import time

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.notifications.commands.mobiles import send_code
from enrs.core.notifications.models import Delivery, Preference
from enrs.core.notifications.registry import KINDS
from enrs.core.notifications.rules.phones import mobile as normal_mobile


def save_preferences(
    *,
    modes: Mapping[tuple[str, str], str],
    mobile: str,
    quiet_from: time,
    quiet_until: time,
    digest_at: time,
) -> None:
    """Save what the current user chose: {(kind, channel): mode}, their mobile, legal hours.

    Another mobile than before is to be confirmed: a code is sent there.

    Raises:
        PhoneError: the mobile is not a French one.
        MobileCodeError: too many codes were sent today.
        ValueError: a kind, channel or mode that does not exist.
        AccessRefusedError: nobody is signed in.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    for (kind, channel), mode in modes.items():
        allowed = ("now", "off") if channel == "sms" else tuple(Preference.Mode.values)
        if kind not in KINDS or channel not in KINDS[kind].channels or mode not in allowed:
            raise ValueError(f"{kind}, {channel}: {mode}")
    number = normal_mobile(mobile) if mobile.strip() else ""
    with act():
        delivery = Delivery.objects.filter(user_id=user_id).first() or Delivery(user_id=user_id)
        is_other = delivery.mobile != number
        delivery.mobile, delivery.quiet_from = number, quiet_from
        delivery.quiet_until, delivery.digest_at = quiet_until, digest_at
        if is_other:
            delivery.confirmed_at, delivery.code_hash = None, ""
        delivery.save()
        if is_other and number:
            send_code(delivery)
        Preference.objects.bulk_create(
            [
                Preference(user_id=user_id, kind=kind, channel=channel, mode=mode)
                for (kind, channel), mode in modes.items()
            ],
            update_conflicts=True,
            unique_fields=["user", "kind", "channel"],
            update_fields=["mode"],
        )
        note("notice.preferences.saved", object_kind="user", object_id=user_id)
