"""A board's address read into a question, and its tasks turned into rows of cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from enrs.core.access.actor import Actor, current_actor
from enrs.core.notifications.registry import patient_names
from enrs.core.ui.shapes import Choice as Option
from enrs.core.ui.shapes import Filter
from enrs.core.workflow import queries
from enrs.core.workflow.models import Task
from enrs.core.workflow.queries.boards import Narrow
from enrs.core.workflow.registry import Board, Column, Pill, Row, board
from enrs.core.workflow.registry import workflow as declared_workflow
from enrs.core.workflow.rules import Workflow

WHOSE = (("", "Toutes"), ("moi", "En main par moi"), ("recues", "Reçues"), ("envoyees", "Envoyées"))
PARTS = {"recues": "addressee", "envoyees": "requester"}
CLOSED = "closes"
"""In the address: every final state. The codes of states are the services' own words."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one address asks of a board."""

    board: Board
    table: Workflow
    state: str
    whose: str
    text: str
    choices: dict[str, str]

    def page(
        self, after: queries.After | None = None, limit: int = queries.PAGE
    ) -> tuple[list[Task], queries.After | None]:
        """One page of its tasks."""
        return queries.tasks(
            self.board.workflow,
            state=self.state if self.state in self.table.places else "",
            is_open=self.state != CLOSED,
            text=self.text,
            mine=self.whose == "moi",
            part=PARTS.get(self.whose, ""),
            after=after,
            limit=limit,
            narrow=self._narrow(),
        )

    def _narrow(self) -> Narrow | None:
        chosen = [
            (one, self.choices[one.key]) for one in self.board.filters if self.choices.get(one.key)
        ]
        if not chosen:
            return None

        def narrow(rows: Any) -> Any:
            for one, value in chosen:
                rows = one.apply(rows, value, current_actor())
            return rows

        return narrow


def board_for(name: str) -> Board:
    """A declared board that the actor's role has; else a 404."""
    found, actor = board(name), current_actor()
    if found is None or (found.roles and actor.role not in found.roles):
        raise Http404
    return found


def question_of(found: Board, given: QueryDict) -> Question:
    """What an address asks; unknown values mean no filter."""
    table = declared_workflow(found.workflow)
    state, whose = given.get("etat", ""), given.get("qui", "")
    choices = {
        one.key: value
        for one in found.filters
        if (value := given.get(one.key, "")) in {key for key, _ in one.options}
    }
    return Question(
        board=found,
        table=table,
        state=state if state in table.places or state == CLOSED else "",
        whose=whose if whose in dict(WHOSE) else "",
        text=given.get("q", "").replace("\x00", "").strip()[:100],
        choices=choices,
    )


def filters_of(asked: Question) -> list[Filter]:
    """The drop-downs of a board."""
    states = [
        ("", "En cours"),
        *((one.code, one.label) for one in asked.table.states),
        (CLOSED, "Toutes les closes"),
    ]
    bars = [
        _filter("etat", "État", states, asked.state),
        _filter("qui", "Demandes", WHOSE, asked.whose),
    ]
    return bars + [
        _filter(one.key, one.label, (("", "Toutes"), *one.options), asked.choices.get(one.key, ""))
        for one in asked.board.filters
    ]  # fmt: skip


def _filter(name: str, label: str, options: Sequence[tuple[str, str]], current: str) -> Filter:
    return Filter(name, label, [Option(key, text, key == current) for key, text in options])


def columns_for(found: Board, actor: Actor) -> list[Column]:
    """The columns of the actor's role, put away or not."""
    return [one for one in found.columns if one.is_for(actor.role)]


def chosen_columns(found: Board, actor: Actor) -> list[Column]:
    """The columns that a person sees: all but those that they put away, or those that are optional."""
    offered = columns_for(found, actor)
    hidden = queries.hidden_columns(found.name, actor.user_id)
    if hidden is None:
        hidden = {one.key for one in offered if one.is_optional}
    return [one for rank, one in enumerate(offered) if not rank or one.key not in hidden]


def rows_of(
    asked: Question, tasks: Sequence[Task], columns: Sequence[Column]
) -> list[dict[str, Any]]:
    """Each task as the page and the CSV show it, in a constant number of queries."""
    names = patient_names({one.patient_id for one in tasks if one.patient_id})
    extra = asked.board.load(tasks) if asked.board.load and tasks else {}
    shown = []
    for task in tasks:
        name = names.get(task.patient_id, "") if task.patient_id else ""
        row = Row(task, asked.table, name, extra)
        cells = [_cell(one, one.value(row)) for one in columns]
        shown.append({
            "task": task, "url": reverse("workflow:task", args=[task.pk]), "cells": cells,
            "place": asked.table.state(task.state), "key": f"{task.pk}:{task.version}",
        })  # fmt: skip
    return shown


def _cell(column: Column, value: Any) -> dict[str, Any]:
    if isinstance(value, Pill):
        kind = "pill"
    elif isinstance(value, datetime):
        kind = "moment"
    elif isinstance(value, date):
        kind = "day"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kind = "number"
    else:
        kind = "text"
    return {"key": column.key, "label": column.label, "kind": kind, "value": value}


def kept_query(request: HttpRequest) -> str:
    """The filters of this address, without the place of the page."""
    query = request.GET.copy()
    query.pop("apres", None)
    return query.urlencode()
