"""`{% load rosters %}`: whom to call now in some organisations, inside the page of another."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import template

from enrs.core.access.actor import current_actor
from enrs.core.rosters import queries

register = template.Library()


@register.inclusion_tag("rosters/_on_duty.html")
def on_duty(places: Iterable[Any]) -> dict[str, Any]:
    """Who is on call now in these organisations (ids, or rows with `organisation_id`); professionals alone see it."""
    if current_actor().kind != "professional":
        return {"duties": []}
    ids = [
        one if isinstance(one, UUID) else getattr(one, "organisation_id", None) for one in places
    ]
    return {"duties": queries.on_duty([one for one in ids if one])}
