"""The workflows and boards that services declare when they are loaded; an unsound table is refused at once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from enrs.core.access.actor import Actor
from enrs.core.workflow.rules import Asked, Workflow, WorkflowError, faults

if TYPE_CHECKING:
    from enrs.core.workflow.models import Task


@dataclass(frozen=True, slots=True)
class Pill:
    """A cell that is a state: a word, a tone and an icon, and the moment that it is about."""

    text: str
    tone: str = "neutre"
    icon: str = ""
    at: datetime | None = None

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
    """One column: `value` gives text, a number, a moment, a day or a `Pill`; only for `roles` when they are named.

    The first of a board is its link; a person may put any other away, and finds those that are
    `is_optional` put away.
    """

    key: str
    label: str
    value: Callable[[Row], Any]
    roles: tuple[str, ...] = ()
    is_optional: bool = False

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


@dataclass(frozen=True, slots=True)
class Opening:
    """How other software opens a task: the service's own command when it does more than `open_task`, and
    the name of the form that must go with it."""

    command: Callable[[Asked], "Task"] | None = None
    form: str = ""


@dataclass
class _Registry:
    workflows: dict[str, Workflow] = field(default_factory=dict)
    openings: dict[str, Opening] = field(default_factory=dict)
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


def register_opening(
    name: str, command: Callable[[Asked], "Task"] | None = None, *, form: str = ""
) -> None:
    """Let other software open tasks of a workflow (FHIR `Task`, `ServiceRequest`).

    `command` is the service's own when it does more than `open_task`; `form` names the form that must be
    filled for it. A workflow without this line is opened by its service alone.

    Raises:
        WorkflowError: an unknown workflow.
    """
    if name not in _registry.workflows:
        raise WorkflowError(f"unknown workflow {name}")
    _registry.openings[name] = Opening(command, form)


def opening_of(name: str) -> Opening | None:
    """How other software opens a task of this workflow; None when its service alone does."""
    return _registry.openings.get(name)


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


def boards_for(role: str, workflow_names: Collection[str] | None = None) -> list[Board]:
    """The boards that a role of the matrix is shown, all of them or those of some workflows, by name."""
    return [one for one in boards(workflow_names) if not one.roles or role in one.roles]


def forget(name: str) -> None:
    """Take back a workflow and its boards (tests)."""
    _registry.workflows.pop(name, None)
    _registry.openings.pop(name, None)
    for key in [key for key, one in _registry.boards.items() if one.workflow == name]:
        del _registry.boards[key]
