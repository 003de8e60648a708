"""The sources themselves: templates in use, modules that say what they are for, sizes, words."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import django
import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "enrs"
MAX_LINES = 400
HANDLERS = {"400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"}
"""Templates that Django itself asks for by these names."""

FORBIDDEN = ["/" + "work/"] + [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
    )
]
"""Places of the machine that builds, and registries: an installation names its own."""


@cache
def modules() -> list[Path]:
    return sorted(one for one in SOURCES.rglob("*.py") if "migrations" not in one.parts)


@cache
def tracked() -> list[Path]:
    """What is in the repository, or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listing.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def template_name(path: Path) -> str:
    parts = path.parts
    folder = "jinja2" if "jinja2" in parts else "templates"
    place = len(parts) - 1 - parts[::-1].index(folder)
    return "/".join(parts[place + 1 :])


def is_a_library_s(name: str) -> bool:
    """Whether the template stands in for one that a library asks for."""
    places = [
        Path(config.path) / "templates"
        for config in apps.get_app_configs()
        if not config.name.startswith("enrs.")
    ]
    places.append(Path(django.__file__).parent / "forms" / "templates")
    return any((place / name).exists() for place in places)


def is_named_by_parts(name: str, everything: str) -> bool:
    """Whether some code asks for `f"folder/{part}.html"` and names this part."""
    folder, _, part = name.rpartition("/")
    is_asked = re.search(rf'f"{re.escape(folder)}/\{{[^}}"]*\}}\.html"', everything)
    return bool(is_asked) and f'"{part.removesuffix(".html")}"' in everything


def test_every_template_is_used():
    texts = [one.read_text(encoding="utf-8") for one in modules()]
    places = ("templates/**/*", "jinja2/**/*")
    pages = sorted(one for place in places for one in SOURCES.rglob(place) if one.is_file())
    texts += [page.read_text(encoding="utf-8") for page in pages]
    everything = "\n".join(texts)
    unused = [
        name
        for name in map(template_name, pages)
        if name not in everything
        and name not in HANDLERS
        and not is_named_by_parts(name, everything)
        and not is_a_library_s(name)
    ]
    assert unused == []


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(SOURCES))
        for path in modules()
        if path.name not in ("apps.py", "urls.py")
        and path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_has_outgrown_itself():
    sizes = {
        str(path.relative_to(SOURCES)): path.read_text(encoding="utf-8").count("\n")
        for path in modules()
    }
    assert {name: lines for name, lines in sizes.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_address_of_the_builder_s_world(word):
    found = [
        str(path.relative_to(ROOT)) for path in tracked() if word.encode() in path.read_bytes()
    ]
    assert found == []
