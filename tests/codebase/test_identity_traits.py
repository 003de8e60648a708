"""Names of people are shown by `core.ui` alone, in the order of the RNIV: birth name, then first given name."""

import re

import pytest

from tests.codebase.test_sources import SOURCES

PRINTED = re.compile(r"\{\{[^}]*\b(?:birth_name|first_given_name|used_given_name)\b[^}]*\}\}")
COMPONENTS = SOURCES / "core" / "ui"
PAGES = sorted(
    path
    for folder in ("templates", "jinja2")
    for path in SOURCES.rglob(f"{folder}/**/*")
    if path.is_file() and COMPONENTS not in path.parents
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_page_prints_a_name_by_itself(path):
    """`person_name`, `strong_name`, `identity_traits` or the banner do it, once for all pages."""
    assert PRINTED.findall(path.read_text(encoding="utf-8")) == []


def test_there_are_pages_to_look_at():
    assert len(PAGES) > 100
