"""The state diagram of a declared workflow as a Markdown page with Mermaid, drawn from its table alone."""

from enrs.core.workflow.rules import Limit, State, Transition, Workflow

PART_WORDS = {
    "@requester": "qui demande",
    "@assignee": "qui l’a en main",
    "@addressee": "destinataire",
    "@system": "la plateforme",
}
CLOSED_WORDS = {"others": "ceux des autres", "all": "tous"}


def page(table: Workflow) -> str:
    """The whole page of one workflow; the same table gives the same bytes."""
    head = [
        f"# {table.label}",
        "",
        f"`{table.name}`, category `{table.category}` of the matrix. Drawn from its table by "
        "`scripts/workflow_diagrams.py`: do not edit.",
        "",
        "```mermaid",
        *diagram(table),
        "```",
        "",
        "| Act | From | To | Who | Wants a reason | Undo | Closes sendings | Time then given |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = [_row(table, one) for one in table.transitions]
    limit = [f"Time to leave the first state: {_limit(table.limit)}."] if table.limit else []
    return "\n".join([*head, *rows, *([""] if limit else []), *limit, ""])


def diagram(table: Workflow) -> list[str]:
    """The lines of a Mermaid `stateDiagram-v2`."""
    lines = ["stateDiagram-v2"]
    lines += [f'  state "{_plain(one.label)}" as {_code(one)}' for one in table.states]
    lines.append(f"  [*] --> {_code(table.initial)}")
    for one in table.transitions:
        target = _code(table.places[one.target])
        lines += [
            f"  {_code(table.places[source])} --> {target}: {_plain(one.label)}"
            for source in one.sources
        ]
    lines += [f"  {_code(one)} --> [*]" for one in table.states if one.is_final]
    return lines


def _code(state: State) -> str:
    """`end` and the like are words of Mermaid: ours are marked."""
    return f"s_{state.code.replace('-', '_').replace('.', '_')}"


def _plain(text: str) -> str:
    return text.replace('"', "'").replace(":", "\u00a0").replace("\n", " ")


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _row(table: Workflow, one: Transition) -> str:
    cells = [
        one.label,
        ", ".join(table.state(source).label for source in one.sources),
        table.state(one.target).label,
        ", ".join(PART_WORDS.get(word, word) for word in one.who) or "whoever may write",
        "yes" if one.needs_reason else "",
        f"{one.undo_minutes} min" if one.undo_minutes else "",
        CLOSED_WORDS.get(one.closes, ""),
        _limit(one.deadline) if one.deadline else "",
    ]
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _limit(limit: Limit) -> str:
    days = limit.working_days
    unit = "h of work" if days else "h"
    span = f"{days:g} working day{'s' if days > 1 else ''}" if days else f"{limit.hours:g} h"
    words = [f"{limit.label}, {span}"]
    if limit.remind_before:
        words.append(f"reminded {_hours(limit.remind_before, unit)} before")
    if limit.escalate_after:
        words.append(f"escalated {_hours(limit.escalate_after, unit)} after")
    if limit.then:
        words.append(f"then `{limit.then}`")
    return "; ".join(words)


def _hours(hours: tuple[float, ...], unit: str) -> str:
    return f"{', '.join(f'{one:g}' for one in hours)} {unit}"


def index(tables: list[Workflow]) -> str:
    """The page that lists them."""
    lines = [
        "# Workflows",
        "",
        "One page for each declared workflow, drawn from its table by `scripts/workflow_diagrams.py`.",
        "",
        *[f"- [{one.label}]({one.name}.md) `{one.name}`" for one in tables],
    ]
    return "\n".join(lines) + "\n"
