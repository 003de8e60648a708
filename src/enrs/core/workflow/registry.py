"""The workflows and boards that services declare when they are loaded; an unsound table is refused at once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from enrs.core.access.actor import Actor
from enrs.core.workflow.rules import Workflow, WorkflowError, faults

if TYPE_CHECKING:
    from enrs.core.workflow.models import Task


@dataclass(frozen=True, slots=True)
class Pill:
    """A cell that is a state: a word, a tone and an icon."""

    text: str
    tone: str = "neutre"
    icon: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One task as a column reads it: `names` are the patients' (id to name), `extra` what `load` gave."""

    task: "Task"
    workflow: Workflow
    patient_name: str
    extra: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `value` gives text, a moment, a day or a `Pill`; only for `roles` when they are named."""

    key: str
    label: str
    value: Callable[[Row], Any]
    roles: tuple[str, ...] = ()

    def is_for(self, role: str) -> bool:
        """Whether a role sees it."""
        return not self.roles or role in self.roles


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter beside the state: `options` are (value, label), `apply` narrows a queryset of tasks."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]
    apply: Callable[[Any, str, Actor], Any]


@dataclass(frozen=True, slots=True)
class Board:
    """The list of one workflow's tasks: `load` reads, in a constant number of queries, what columns need.

    `bulk` names the transitions offered for several tasks at once; `new_url` is the named address of the
    page where a task is opened.
    """

    name: str
    workflow: str
    columns: tuple[Column, ...]
    label: str = ""
    lead: str = ""
    icon: str = "inbox"
    filters: tuple[Choice, ...] = ()
    bulk: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    new_url: str = ""
    new_label: str = "Nouvelle demande"
    load: Callable[[Sequence["Task"]], dict[str, Any]] | None = None


@dataclass
class _Registry:
    workflows: dict[str, Workflow] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    listeners: list[Callable[[Workflow], None]] = field(default_factory=list)


_registry = _Registry()


def register(table: Workflow) -> Workflow:
    """Declare a workflow, from the service's `offer.py`.

    Raises:
        WorkflowError: the table is not sound; the message lists its faults.
    """
    found = faults(table)
    if found:
        raise WorkflowError(f"{table.name}: {'; '.join(found)}")
    _registry.workflows[table.name] = table
    for listen in _registry.listeners:
        listen(table)
    return table


def register_board(board: Board) -> Board:
    """Declare a board of a registered workflow.

    Raises:
        WorkflowError: an unknown workflow, a column twice, an unknown transition among `bulk`.
    """
    table = _registry.workflows.get(board.workflow)
    if table is None:
        raise WorkflowError(f"{board.name}: unknown workflow {board.workflow}")
    keys = [one.key for one in board.columns] + [one.key for one in board.filters]
    if len(keys) != len(set(keys)):
        raise WorkflowError(f"{board.name}: a column or filter twice")
    if unknown := set(board.bulk) - set(table.acts):
        raise WorkflowError(f"{board.name}: unknown transitions {sorted(unknown)}")
    _registry.boards[board.name] = board
    return board


def on_register(listen: Callable[[Workflow], None]) -> None:
    """Have each workflow, known or to come, handed to `listen`."""
    _registry.listeners.append(listen)
    for table in _registry.workflows.values():
        listen(table)


def workflow(name: str) -> Workflow:
    """A declared workflow by its name (KeyError when nothing declares it)."""
    return _registry.workflows[name]


def workflows() -> list[Workflow]:
    """Every declared workflow, by name."""
    return [_registry.workflows[name] for name in sorted(_registry.workflows)]


def board(name: str) -> Board | None:
    """A declared board by its name."""
    return _registry.boards.get(name)


def boards(workflow_names: Collection[str] | None = None) -> list[Board]:
    """Every declared board, or those of some workflows, by name."""
    return [
        one
        for name, one in sorted(_registry.boards.items())
        if workflow_names is None or one.workflow in workflow_names
    ]


def forget(name: str) -> None:
    """Take back a workflow and its boards (tests)."""
    _registry.workflows.pop(name, None)
    for key in [key for key, one in _registry.boards.items() if one.workflow == name]:
        del _registry.boards[key]
