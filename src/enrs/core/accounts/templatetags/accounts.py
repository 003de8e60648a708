"""Words for the pages of one's account: `{% load accounts %}`."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

from enrs.core.accounts.models import User
from enrs.core.accounts.queries.federation import Linkable
from enrs.core.accounts.queries.federation import linkable_providers as providers_of

register = template.Library()

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser_words(user_agent: str) -> str:
    """« Firefox, Windows » from what the browser says of itself; the order of the tables decides."""
    names = [
        next((word for mark, word in table if mark in user_agent), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or "Autre navigateur"


@register.simple_tag
def linkable_providers(user: User) -> list[Linkable]:
    """The providers that a person may link to this account."""
    return providers_of(user)


@register.filter
def as_json(value: Any) -> str:
    """A value as the text of an attribute that a script of the page reads."""
    return json.dumps(value, cls=DjangoJSONEncoder)
