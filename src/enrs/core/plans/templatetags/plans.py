"""Marks of the states of a plan."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from enrs.core.plans import rules
from enrs.core.plans.rules import templates
from enrs.core.ui.templatetags.ui import pill

register = template.Library()


@register.simple_tag
def plan_mark(status: str, words: str) -> SafeString:
    """A state of a plan, a goal, an action or an answer, in its word, icon and colour."""
    return pill(rules.TONES.get(status, "neutre"), words)


@register.filter
def template_who(row: Mapping[str, Any]) -> str:
    """What an action of a template is, and to whom it goes: « Prévention, Infirmier »."""
    kind = dict(rules.ACTION_KINDS).get(row.get("type", ""), "")
    return ", ".join(filter(None, [kind, templates.ROLE_WORDS.get(row.get("role", ""), "")]))
