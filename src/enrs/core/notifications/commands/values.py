"""What the sentences that leave are filled with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from enrs.core.notifications.rules import texts
from enrs.core.ui.french import moment_words


def values_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """What the sentences that leave may be filled with: the safe part of the details, and our own address."""
    kept = {name: value for name, value in details.items() if name in texts.SAFE_VARIABLES}
    if isinstance(kept.get("at"), str):
        kept["at"] = _moment(kept["at"])
    return kept | {
        "region": settings.REGION.short_name,
        "link": settings.PUBLIC_URL + reverse("notifications:list"),
        "contact": settings.REGION.contact,
    }


def _moment(text: str) -> str:
    try:
        return f"le {moment_words(datetime.fromisoformat(text))}"
    except ValueError:
        return text
