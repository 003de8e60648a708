"""How a person wants to be told: their own choices, saved by themselves alone."""

from collections.abc import Mapping
from datetime import time

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
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

    Raises:
        PhoneError: the mobile is not a French one.
        ValueError: a kind, channel or mode that does not exist.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise ValueError("nobody is signed in")
    for (kind, channel), mode in modes.items():
        allowed = ("now", "off") if channel == "sms" else tuple(Preference.Mode.values)
        if kind not in KINDS or channel not in KINDS[kind].channels or mode not in allowed:
            raise ValueError(f"{kind}, {channel}: {mode}")
    with act():
        Delivery.objects.update_or_create(
            user_id=user_id,
            defaults={
                "mobile": normal_mobile(mobile) if mobile.strip() else "",
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "digest_at": digest_at,
            },
        )
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
