"""Tags of forms: the questions of a page, and an answer shown inside another page."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from enrs.core.questionnaires import queries
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.rules.comparison import lines
from enrs.core.questionnaires.rules.sheets import Node
from enrs.core.questionnaires.words import sentence, value_words

register = template.Library()


@register.simple_tag
def form_nodes(
    nodes: Iterable[Node], answer: Answer | None = None, is_changed: bool = False
) -> SafeString:
    """The questions of a page; `is_changed`: those that take the place of others by their ids."""
    drawn = get_template("questionnaires/nodes.html", using="jinja2")
    answer_id = answer.pk if answer else None
    return SafeString(
        drawn.render({"several": nodes, "answer_id": answer_id, "is_changed": is_changed})
    )


@register.filter
def fault_words(fault: Any) -> str:
    """What is wrong, in French."""
    return sentence(fault)


@register.inclusion_tag("questionnaires/_lines.html")
def answer_table(answer: Answer, with_empty: bool = False) -> dict[str, Any]:
    """The answers that the reader is shown, as a table: for inside another page.

    It asks the access decision itself, and shows nothing to whoever may not read.
    """
    role = queries.reader_role(answer)
    if not role:
        return {"lines": []}
    definition = queries.definition_of(answer.form)
    return {
        "lines": lines(
            definition, answer.items, answer.scores, role, value_words, with_empty=with_empty
        )
    }
