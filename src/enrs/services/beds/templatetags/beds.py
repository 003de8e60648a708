"""Words of codes on the pages of the beds."""

from django import template

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
