"""The table of a workflow: its states and transitions, what makes it sound, places in lists, deadlines (pure)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from enrs.core.access import rules as access_rules
from enrs.core.spreadsheets import csv_cell
from enrs.core.working_time import WorkCalendar

PRIORITIES = ("stat", "asap", "urgent", "routine")
"""Codes of FHIR R4 `request-priority`, the most pressing first."""

REQUESTER, ASSIGNEE, ADDRESSEE, SYSTEM = "@requester", "@assignee", "@addressee", "@system"
PARTS = (REQUESTER, ASSIGNEE, ADDRESSEE, SYSTEM)
"""What a person is to one task; `@assignee` and `@addressee` also mean their place of work."""

TOLD = ("requester", "assignee", "team", "addressees")
"""Whom a transition may tell."""

CLOSES = ("", "others", "all")
"""Which sendings a transition closes: none, those of everybody else, all."""

TONES = ("sur", "attention", "alerte", "information", "action", "neutre")

ANSWERS = ("sent", "seen", "studied", "agreed", "declined", "withdrawn", "closed")
"""Where one addressee stands: each answers alone. `closed` says that the sender needs no answer any more."""
PENDING = frozenset({"sent", "seen", "studied"})
ANSWERABLE = frozenset({"seen", "studied", "agreed", "declined"})

FHIR_STATUSES = frozenset({
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
})  # fmt: skip
"""FHIR R4 `task-status`."""

Guard = Callable[[Any, Any], str]
"""Takes the task and the actor; gives nothing, or the French sentence that says why not."""
Escalation = Callable[[Any, int], Collection[UUID]]
"""Takes the task and the rank of the escalation (1, 2, …); gives the users to tell."""


def is_among(who: Collection[str], role: str, parts: Collection[str]) -> bool:
    """Whether somebody of this role, who plays these parts, is among `who` (words of `Transition.who`)."""
    if SYSTEM in parts:
        return not who or SYSTEM in who
    roles = [one for one in who if not one.startswith("@")]
    wanted = [one for one in who if one.startswith("@") and one != SYSTEM]
    if not roles and not wanted:
        return SYSTEM not in who
    return (not roles or role in roles) and (not wanted or any(one in parts for one in wanted))


@dataclass(frozen=True, slots=True)
class To:
    """Somebody to whom a task goes: `kind` is `person` (a grantee) or `organisation` (a team)."""

    grantee_id: UUID
    name: str
    kind: str = "organisation"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What another software asks to open: the words of `open_task`, read and checked."""

    workflow: str
    patient_id: UUID
    title: str
    reason: str = ""
    priority: str = "routine"
    addressees: tuple[To, ...] = ()
    assignee: To | None = None
    due_at: datetime | None = None
    answer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One state: a word, a tone, an icon; `fhir` is its code in FHIR R4 `task-status`."""

    code: str
    label: str
    tone: str = "neutre"
    icon: str = "circle"
    is_final: bool = False
    fhir: str = ""

    @property
    def status(self) -> str:
        """The FHIR status: the declared one, or what finality says."""
        return self.fhir or ("completed" if self.is_final else "in-progress")


@dataclass(frozen=True, slots=True)
class Limit:
    """A time within which the task must leave the state it enters: one of `hours` and `working_days`.

    It runs from the step: `hours` by the clock, `working_days` by the hours in which the region's offices
    work, a day being as long as theirs (asked on Friday at 16:00, two days end on Tuesday at 16:00).
    `remind_before` are hours before the end, `escalate_after` hours after it, of work too when the limit is
    in working days; each is done once. It ends when the task leaves the state, or all of `holds_in` when given.
    `then` is a transition that the platform takes at the end (`@system` among its `who`). `escalate_to` names
    the users of each rank; without it, or when it names nobody, the requester and the team are told.
    """

    name: str
    label: str
    hours: float = 0
    remind_before: tuple[float, ...] = ()
    escalate_after: tuple[float, ...] = (0,)
    holds_in: tuple[str, ...] = ()
    then: str = ""
    escalate_to: Escalation | None = None
    working_days: float = 0

    def due(self, start: datetime, calendar: WorkCalendar) -> datetime:
        """When it ends, begun at `start`."""
        hours = self.working_days * calendar.day_hours if self.working_days else self.hours
        return self.shift(start, hours, calendar)

    def shift(self, moment: datetime, hours: float, calendar: WorkCalendar) -> datetime:
        """A moment so many hours later (earlier when negative), in this limit's time."""
        if self.working_days:
            return calendar.add(moment, hours)
        return moment + timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class Transition:
    """One act on a task.

    `who` holds roles of the matrix and parts (`@requester`…): when roles are named the actor has one of
    them, when parts are named the actor plays one of them; both when both are. `claims` makes the actor the
    assignee, and exactly one may. `reasons` are (code, label) to choose from. `page` gives, for a task, the
    address of the service's page where the act is done when it wants more than a reason: the task's page
    then leads there under `page_label`, whatever the guard says until it is done.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...] = ()
    guard: Guard | None = None
    needs_reason: bool = False
    reasons: tuple[tuple[str, str], ...] = ()
    undo_minutes: int = 0
    deadline: Limit | None = None
    tells: tuple[str, ...] = ()
    closes: str = ""
    claims: bool = False
    icon: str = "arrow-right"
    is_rare: bool = False
    is_dangerous: bool = False
    page: Callable[[Any], str] | None = None
    page_label: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the matrix that are named."""
        return tuple(one for one in self.who if not one.startswith("@"))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are named."""
        return tuple(one for one in self.who if one.startswith("@"))

    def is_for(self, role: str, parts: Collection[str]) -> bool:
        """Whether somebody of this role, who plays these parts, is among `who`."""
        return is_among(self.who, role, parts)


@dataclass(frozen=True, slots=True)
class Workflow:
    """The whole table that a service declares; the first state is where a task opens.

    `category` is asked of access for tasks about a patient. `openers` are the roles that may open one
    (all who may write the category, when empty). `agreed` names the transition that follows the agreement
    of one addressee, `refused` the one that follows when all have declined. A right given to an addressee
    lasts `sending_days` at most. `assigners` (words of `who`) may assign, set the priority and the deadline;
    `senders` may send to others and withdraw a sending. `page` gives the address of the service's own page of
    a task, to which the task's address leads in place of the engine's. `turn` gives the moment by which
    boards order a task when it is not its deadline (a discharge, a surgery).
    """

    name: str
    label: str
    category: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    openers: tuple[str, ...] = ()
    limit: Limit | None = None
    agreed: str = ""
    refused: str = ""
    sending_days: int = 90
    plural: str = ""
    assigners: tuple[str, ...] = (ASSIGNEE, ADDRESSEE)
    senders: tuple[str, ...] = (REQUESTER, ASSIGNEE)
    page: Callable[[Any], str] | None = None
    turn: Callable[[Any], datetime | None] | None = None
    places: dict[str, State] = field(init=False, repr=False, compare=False)
    acts: dict[str, Transition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {one.code: one for one in self.states})
        object.__setattr__(self, "acts", {one.name: one for one in self.transitions})

    @property
    def initial(self) -> State:
        """Where a task opens."""
        return self.states[0]

    def state(self, code: str) -> State:
        """A state by its code; one that a later version of the table dropped is shown by its code."""
        return self.places.get(code) or State(code, code)

    def turn_of(self, task: Any) -> datetime | None:
        """The moment by which boards order a task: its own, else its deadline."""
        return (self.turn(task) if self.turn else None) or task.due_at

    def limits(self) -> dict[str, Limit]:
        """Every limit of the table by its name."""
        found = [self.limit, *(one.deadline for one in self.transitions)]
        return {one.name: one for one in found if one}

    def from_state(self, code: str) -> list[Transition]:
        """What may leave a state."""
        return [one for one in self.transitions if code in one.sources]


class WorkflowError(Exception):
    """A declared table is not sound: the message lists every fault."""


def faults(table: Workflow) -> list[str]:
    """What is wrong in a declared table, one sentence each; empty for a sound one."""
    if not table.states:
        return ["no state"]
    found = [*_names(table), *_words(table)]
    if not found:
        found = [*_ways(table), *_limits(table)]
    return found


def _names(table: Workflow) -> Iterable[str]:
    codes, acts = [one.code for one in table.states], [one.name for one in table.transitions]
    for kind, listed in (("state", codes), ("transition", acts)):
        yield from (
            f"{kind} {one} twice" for one in sorted({x for x in listed if listed.count(x) > 1})
        )
    if table.category not in access_rules.CATEGORIES:
        yield f"unknown category {table.category}"
    for one in table.transitions:
        yield from (
            f"{one.name}: unknown source {code}" for code in one.sources if code not in codes
        )
        if one.target not in codes:
            yield f"{one.name}: unknown target {one.target}"
        if not one.sources:
            yield f"{one.name}: no source"
    for name in filter(None, (table.agreed, table.refused)):
        if name not in acts:
            yield f"unknown transition {name}"


def _words(table: Workflow) -> Iterable[str]:
    for state in table.states:
        if state.tone not in TONES:
            yield f"{state.code}: unknown tone {state.tone}"
        if state.status not in FHIR_STATUSES:
            yield f"{state.code}: unknown FHIR status {state.fhir}"
    for word in {*table.openers, *table.assigners, *table.senders} - {*access_rules.ROLES, *PARTS}:
        yield f"unknown role or part {word}"
    for one in table.transitions:
        known = {*access_rules.ROLES, *PARTS}
        yield from (
            f"{one.name}: unknown role or part {word}" for word in one.who if word not in known
        )
        yield from (f"{one.name}: tells unknown {word}" for word in one.tells if word not in TOLD)
        if one.closes not in CLOSES:
            yield f"{one.name}: closes unknown {one.closes}"
        if one.undo_minutes < 0:
            yield f"{one.name}: undo in negative time"


def _ways(table: Workflow) -> Iterable[str]:
    """States that nothing reaches, states that nothing leaves, states from which no end is reached."""
    onward = {code: {one.target for one in table.from_state(code)} for code in table.places}
    reached = _spread({table.initial.code}, onward)
    yield from (f"state {code} is unreachable" for code in table.places if code not in reached)
    ends = {code for code, state in table.places.items() if state.is_final}
    if not ends:
        yield "no final state"
        return
    back: dict[str, set[str]] = {code: set() for code in table.places}
    for code, targets in onward.items():
        for target in targets:
            back[target].add(code)
    ending = _spread(ends, back)
    yield from (f"no end is reached from {code}" for code in table.places if code not in ending)


def _spread(start: set[str], onward: dict[str, set[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        fresh = onward[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def _limits(table: Workflow) -> Iterable[str]:
    placed = [(table.limit, table.initial.code)] if table.limit else []
    placed += [(one.deadline, one.target) for one in table.transitions if one.deadline]
    known: dict[str, Limit] = {}
    for limit, state in placed:
        if known.setdefault(limit.name, limit) != limit:
            yield f"limit {limit.name} declared in two ways"
        if min(limit.hours, limit.working_days) < 0 or (limit.hours > 0) == (
            limit.working_days > 0
        ):
            yield f"limit {limit.name}: either hours or working days"
        yield from (
            f"limit {limit.name}: unknown state {one}"
            for one in limit.holds_in
            if one not in table.places
        )
        if limit.then and limit.then not in {one.name for one in table.from_state(state)}:
            yield f"limit {limit.name}: {limit.then} does not leave {state}"
        if limit.then in table.acts and SYSTEM not in table.acts[limit.then].who:
            yield f"limit {limit.name}: {limit.then} is not for {SYSTEM}"


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment of a limit: `rank` orders them, `kind` is `reminder`, `escalation` or `end`."""

    rank: int
    kind: str
    at: datetime
    step: int = 0


def marks(limit: Limit, due_at: datetime, calendar: WorkCalendar) -> list[Mark]:
    """Every moment of a limit that ends at `due_at`, in time order; ranks never change."""
    moments = [
        (limit.shift(due_at, -one, calendar), "reminder", 0)
        for one in sorted(limit.remind_before, reverse=True)
    ]
    if limit.then:
        moments.append((due_at, "end", 0))
    moments += [
        (limit.shift(due_at, one, calendar), "escalation", step)
        for step, one in enumerate(sorted(limit.escalate_after), 1)
    ]
    return [Mark(rank, kind, at, step) for rank, (at, kind, step) in enumerate(moments, 1)]


FAR = 4_102_444_800.0
"""1 January 2100 in Unix seconds: the turn of a task without a deadline."""


def place(priority: str, due_at: datetime | None, closed_at: datetime | None) -> tuple[int, float]:
    """Where a task stands in a list: open ones by priority then deadline, closed ones newest first."""
    if closed_at is not None:
        return 9, -closed_at.timestamp()
    rank = PRIORITIES.index(priority) if priority in PRIORITIES else len(PRIORITIES)
    return rank, due_at.timestamp() if due_at else FAR


def csv_lines(rows: Sequence[Sequence[object]]) -> str:
    """A CSV text for French spreadsheets: semicolons, quoted cells, CRLF."""

    def quoted(value: object) -> str:
        return '"' + csv_cell(value).replace('"', '""') + '"'

    return "".join(";".join(map(quoted, row)) + "\r\n" for row in rows)
