"""Words, icons and tones of appointments."""

from django import template

from enrs.core.agenda.rules import KINDS, TONES

register = template.Library()


@register.filter
def kind_word(kind: str) -> str:
    """« Visite à domicile »."""
    return KINDS.get(kind, KINDS["other"])[0]


@register.filter
def kind_icon(kind: str) -> str:
    """The icon of a kind."""
    return KINDS.get(kind, KINDS["other"])[1]


@register.filter
def status_tone(status: str) -> str:
    """The tone of a status."""
    return TONES.get(status, "neutre")
