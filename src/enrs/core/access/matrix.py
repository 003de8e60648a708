"""The matrix as its pages show it: cells, history, and what a change would do before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from enrs.core.access import rules, words
from enrs.core.access.models import MatrixChange

HISTORY = 50
Cell = tuple[str, str]

COUNT_ACCOUNTS = """
select p.role, count(distinct p.user_id) from account_position p join account_user u on u.id = p.user_id
where u.is_active and p.role = any (%s) and (p.valid_until is null or p.valid_until > now()) group by p.role
"""


@dataclass(frozen=True, slots=True)
class CellShown:
    """One cell: the acts in force, what may be chosen, whether the region changed it."""

    role: str
    category: str
    acts: str
    choices: tuple[tuple[str, str], ...]
    is_changed: bool

    @property
    def name(self) -> str:
        """Its name in a form."""
        return f"{self.role}.{self.category}"

    @property
    def words(self) -> str:
        """What it lets do, in words."""
        return words.ACTS[self.acts]

    @property
    def label(self) -> str:
        """What it is about, for whoever hears the page."""
        return f"{words.ROLES[self.role]}, {words.CATEGORIES[self.category]}"


@dataclass(frozen=True, slots=True)
class Line:
    """One role's line."""

    role: str
    label: str
    cells: tuple[CellShown, ...]


def lines(cells: rules.Cells | None = None) -> list[Line]:
    """The whole matrix: the one in force, or another that is tried."""
    shown = rules.cells_in_force() if cells is None else cells
    return [
        Line(role, words.ROLES[role], tuple(_cell(role, one, shown) for one in rules.CATEGORIES))
        for role in rules.ROLES
        if role not in ("anonymous", rules.STANDBY)
    ]


def _cell(role: str, category: str, cells: rules.Cells) -> CellShown:
    acts, offered = cells[role].get(category, ""), rules.choices(role, category)
    return CellShown(
        role,
        category,
        acts,
        tuple((one, words.ACTS[one]) for one in offered) if len(offered) > 1 else (),
        is_changed=acts != rules.shipped(role, category),
    )


def wanted_from(given: Mapping[str, str]) -> dict[Cell, str]:
    """The cells of a form that differ from what is in force; names that are no cell are left out."""
    now, found = rules.cells_in_force(), {}
    for role in rules.ROLES:
        for category in rules.CATEGORIES:
            acts = given.get(f"{role}.{category}")
            if acts is not None and acts != now[role].get(category, ""):
                found[role, category] = acts
    return found


@dataclass(frozen=True, slots=True)
class Effect:
    """What a changed cell changes, for each relation: (relation, before, after) in words."""

    role: str
    category: str
    before: str
    after: str
    relations: tuple[tuple[str, str, str], ...]

    @property
    def is_wider(self) -> bool:
        """Whether somebody sees or writes more than before."""
        return len(self.after) > len(self.before)


def simulate(wanted: Mapping[Cell, str]) -> list[Effect]:
    """Who could do what, cell by cell and relation by relation, if the matrix held these acts."""
    now, drafted = rules.cells_in_force(), drafted_cells(wanted)
    return [
        Effect(
            role,
            category,
            now[role].get(category, ""),
            acts,
            tuple(
                (
                    label,
                    words.PRESENT[acts_of(role, category, rights, now)],
                    words.PRESENT[acts_of(role, category, rights, drafted)],
                )
                for label, rights in words.RELATIONS
            ),
        )
        for (role, category), acts in sorted(wanted.items())
    ]


def drafted_cells(wanted: Mapping[Cell, str]) -> dict[str, dict[str, str]]:
    """The matrix in force, with these acts in place of those that it holds."""
    drafted = {role: {**line} for role, line in rules.cells_in_force().items()}
    for (role, category), acts in wanted.items():
        drafted[role][category] = acts
    return drafted


def allowed_from(given: Mapping[str, str]) -> dict[Cell, str]:
    """The cells of a form that differ from what is in force, and that a region may choose."""
    return {cell: acts for cell, acts in wanted_from(given).items() if acts in rules.choices(*cell)}


def acts_of(
    role: str, category: str, rights: tuple[rules.Right, ...], cells: rules.Cells | None = None
) -> str:
    """What a role that holds these rights does with a part of a record: nothing, `r` or `rw`."""

    def may(action: str) -> bool:
        return rules.decide(
            role=role, category=category, action=action, rights=rights, cells=cells
        ).allowed

    return "" if not may(rules.READ) else "rw" if may(rules.WRITE) else "r"


def sight(role: str, rights: tuple[rules.Right, ...]) -> list[tuple[str, str]]:
    """What somebody of this role who holds these rights would see: (category, acts), by the matrix in force."""
    return [(one, acts_of(role, one, rights)) for one in rules.CATEGORIES]


def accounts_by_role(roles: set[str]) -> dict[str, int]:
    """How many open accounts hold each of the roles at some place of work."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ACCOUNTS, [sorted(roles)])
        return {role: int(count) for role, count in cursor.fetchall()}


def history(before: int | None = None) -> tuple[list[MatrixChange], int | None]:
    """The changes, newest first, a page of them; and where the next begins."""
    rows = MatrixChange.objects.order_by("-id")
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows[: HISTORY + 1])
    return found[:HISTORY], found[HISTORY - 1].pk if len(found) > HISTORY else None
