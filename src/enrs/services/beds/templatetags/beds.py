"""Words of codes on the pages of the beds."""

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from enrs.services.beds import tables
from enrs.services.beds.models import Capacity

register = template.Library()

ACTS = {
    "entered": "Saisi",
    "same": "Rien n’a changé",
    "undone": "Saisie annulée",
    "received": "Reçu",
    "late": "Plus ancien, laissé de côté",
    "arrived": "Patient de la cellule arrivé",
}


@register.filter
def crisis_label(code: str) -> str:
    """The name of a crisis."""
    kind = tables.crisis_kinds().get(code)
    return kind.label if kind else code


@register.filter
def act_words(act: str) -> str:
    """What a line of the history says."""
    return ACTS.get(act, act)


@register.filter
def source_words(source: str) -> str:
    """Where a figure comes from."""
    return dict(Capacity.Source.choices).get(source, source)


@register.filter
def unlocalized(value: float) -> str:
    """A number for a drawing: a point, whatever the language."""
    return f"{value:g}"


@register.simple_tag
def drawn(name: str, **given: Any) -> SafeString:
    """What the region's page repeats by the hundred: lines of a table, circles of the map."""
    return SafeString(get_template(name, using="jinja2").render(given))
