"""Every command stands in the table: a new one without a hostile case fails here."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import enrs
from tests.hostile import load
from tests.hostile.table import cases, feeds, parts

WINGS = ("core", "referentials", "services", "interop")
SOURCE = Path(enrs.__file__).parent


def rooms() -> Iterator[ModuleType]:
    """Every module of a commands room."""
    for wing in WINGS:
        for app in sorted(one.name for one in (SOURCE / wing).iterdir() if one.is_dir()):
            if app.startswith("_") or not list((SOURCE / wing / app).glob("commands*")):
                continue
            room = importlib.import_module(f"enrs.{wing}.{app}.commands")
            yield room
            for inner in pkgutil.iter_modules(getattr(room, "__path__", [])):
                yield importlib.import_module(f"{room.__name__}.{inner.name}")


def functions() -> dict[str, FunctionType]:
    """`wing.app.name` to each public function, by the module that defines it."""
    found: dict[str, FunctionType] = {}
    for room in rooms():
        wing, app = room.__name__.split(".")[1:3]
        for name, value in vars(room).items():
            if (
                not name.startswith("_")
                and inspect.isfunction(value)
                and value.__module__ == room.__name__
            ):
                key = f"{wing}.{app}.{name}"
                assert found.get(key, value) is value, f"two commands named {key}"
                found[key] = value
    return found


def is_part(key: str, function: FunctionType) -> bool:
    return key in parts or function.__module__.removeprefix("enrs.") in parts


def test_every_command_has_a_hostile_case():
    missing = [
        key
        for key, function in functions().items()
        if key not in cases and key not in feeds and not is_part(key, function)
    ]
    assert missing == []


def test_the_table_names_commands_that_exist():
    known = set(functions())
    modules = {one.__module__.removeprefix("enrs.") for one in functions().values()}
    assert {one for one in {*cases, *feeds} if one not in known} == set()
    assert {one for one in parts if one not in known and one not in modules} == set()


def test_every_reason_is_written():
    assert all(len(one) > 10 for one in [*feeds.values(), *parts.values()])


def reached_by_people() -> list[Path]:
    """What people and other software call: pages, and what takes FHIR in."""
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if {"views", "views.py", "fhir_writing.py", "forms.py", "writing_views.py"}
        & set(path.parts)
    ]


def names_called(path: Path) -> set[str]:
    """`wing.app.name` of every command that a module may call: imported by name, or read off its room."""
    tree, found, aliases = ast.parse(path.read_text(encoding="utf-8")), set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("enrs."):
            words = node.module.split(".")
            for alias in node.names:
                if "commands" in words:
                    found.add(".".join([*words[1:3], alias.name]))
                    aliases[alias.asname or alias.name] = ".".join(words[1:3])
                elif alias.name == "commands":
                    aliases[alias.asname or alias.name] = ".".join(words[1:3])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            room = aliases.get(node.value.id)
            if room:
                found.add(f"{room}.{node.attr}")
    return found


def test_no_page_reaches_a_command_that_trusts_its_caller():
    trusting = {key for key, one in functions().items() if key in feeds or is_part(key, one)}
    reached = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path in reached_by_people()
        for name in names_called(path) & trusting - set(load.PAGES_TOO)
    }
    assert reached == set()
