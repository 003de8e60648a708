"""Traits as a JSON value, for those that are kept aside, and back."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from enrs.referentials.identity.rules.traits import Traits


def as_told(traits: Traits) -> dict[str, Any]:
    """Traits as a JSON value."""
    values = asdict(traits)
    at = values["deceased_at"]
    return values | {"deceased_at": at.isoformat() if at else None}


def traits_of(told: dict[str, Any]) -> Traits:
    """The traits of a JSON value."""
    at = told["deceased_at"]
    return Traits(**told | {"deceased_at": datetime.fromisoformat(at) if at else None})
