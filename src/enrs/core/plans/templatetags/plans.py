"""Marks of the states of a plan."""

from django import template
from django.utils.safestring import SafeString

from enrs.core.plans import rules
from enrs.core.ui.templatetags.ui import pill

register = template.Library()


@register.simple_tag
def plan_mark(status: str, words: str) -> SafeString:
    """A state of a plan, a goal, an action or an answer, in its word, icon and colour."""
    return pill(rules.TONES.get(status, "neutre"), words)
