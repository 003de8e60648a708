"""The documentation: its links lead somewhere, its pictures exist, are described, and are all shown."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.codebase.test_sources import ROOT, tracked

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
SIZED = re.compile(r'<img src="([^"]+)"[^>]* alt="([^"]*)">')
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
PAGES = [path for path in tracked() if path.suffix == ".md"]


def pictures(page: Path) -> list[tuple[str, str]]:
    """The words and the file of each picture of a page."""
    text = page.read_text(encoding="utf-8")
    sized = SIZED.findall(text)
    assert len(sized) == text.count("<img")
    return PICTURE.findall(text) + [(words, file) for file, words in sized]


def place(page: Path, target: str) -> Path:
    return (page.parent / unquote(target.partition("#")[0])).resolve()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_file_and_pictures_are_described(page):
    text = page.read_text(encoding="utf-8")
    targets = [one for one in LINK.findall(text) if "://" not in one and not one.startswith("#")]
    missing = [one for one in targets if not place(page, one).exists()]
    assert missing == []
    assert [one for _, one in pictures(page) if not place(page, one).is_file()] == []
    assert [one for words, one in pictures(page) if len(words.split()) < 2] == []


def test_every_picture_is_shown_by_a_page():
    shown = {place(page, one) for page in PAGES for _, one in pictures(page)}
    kept = {path for path in tracked() if path.parent == ROOT / "docs" / "screenshots"}
    assert {path for path in kept if path.suffix == ".png"} - shown == set()
