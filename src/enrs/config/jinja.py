"""What the second template language knows: the few things that fragments drawn by the hundred ask for."""

from typing import Any

from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from jinja2 import Environment, StrictUndefined

from enrs.core.questionnaires.views.controls import control
from enrs.core.questionnaires.words import sentence
from enrs.core.ui.filters import FILTERS
from enrs.core.ui.templatetags.ui import icon, pill


def environment(**options: Any) -> Environment:
    """Jinja, escaping by default as Django's backend asks; a name that nobody gave is an error."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = Environment(**options)  # noqa: S701  the backend passes autoescape=True
    made.filters |= {
        "control": control,
        "fault_words": sentence,
        "linebreaksbr": linebreaksbr,
        **{one.__name__: one for one in FILTERS},
    }
    made.globals |= {
        "icon": icon,
        "pill": pill,
        "url": lambda name, *args: reverse(name, args=args),
    }
    return made
