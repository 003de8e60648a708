"""Tags and filters of forms: the control of a node, and an answer shown inside another page."""

from typing import Any

from django import template

from enrs.core.questionnaires import queries
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.rules.comparison import lines
from enrs.core.questionnaires.rules.sheets import Node
from enrs.core.questionnaires.views.controls import Control
from enrs.core.questionnaires.views.controls import control as control_of
from enrs.core.questionnaires.words import sentence, value_words

register = template.Library()


@register.filter
def control(node: Node) -> Control:
    """The control that a node is drawn with."""
    return control_of(node)


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
