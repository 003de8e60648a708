"""The pictures of docs/workflows say what the declared tables say."""

from dataclasses import replace
from pathlib import Path

from enrs.core.workflow.diagrams import diagram, index, page
from enrs.core.workflow.registry import workflows
from tests.core.workflow.given import NAME, WORKFLOW

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "workflows"


def test_every_picture_is_that_of_its_table():
    """When this fails: `python scripts/workflow_diagrams.py`."""
    tables = [one for one in workflows() if one.name != NAME]
    wanted = {"README.md": index(tables)} | {f"{one.name}.md": page(one) for one in tables}
    found = {one.name: one.read_text(encoding="utf-8") for one in FOLDER.glob("*.md")}
    assert found == wanted


def test_a_diagram_draws_every_state_and_every_way():
    lines = "\n".join(diagram(WORKFLOW))
    assert "[*] --> s_sent" in lines
    assert "s_sent --> s_accepted: Accepter" in lines
    assert "s_closed --> [*]" in lines
    ways = sum(len(one.sources) for one in WORKFLOW.transitions)
    assert lines.count("-->") == ways + 1 + sum(one.is_final for one in WORKFLOW.states)


def test_a_changed_table_changes_its_page():
    shorter = replace(WORKFLOW, transitions=WORKFLOW.transitions[:-1], refused="")
    assert page(shorter) != page(WORKFLOW)
