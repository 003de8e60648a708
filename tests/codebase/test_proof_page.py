"""The page of proofs keeps what earlier runs found of other claims."""

from datetime import UTC, datetime

from tests.proof_page import PAGE, page, rows_of

FIRST, SECOND = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_run_of_some_proofs_replaces_their_lines_alone():
    text = page("", [("a claim", "held 3 times"), ("another", "held")], FIRST, 2, 0)
    text = page(text, [("a claim", "held 4 times")], SECOND, 1, 0)
    assert "| a claim | held 4 times | 2026-03-02 09:30 |" in text
    assert "| another | held | 2026-03-01 08:00 |" in text
    assert text.count("\n| a") == 2


def test_the_published_page_is_read_whole():
    text = PAGE.read_text(encoding="utf-8")
    assert len(rows_of(text)) == sum(line.startswith("| ") for line in text.splitlines()) - 1 > 10
