"""Coded entries of the published summaries (VSM, DLU, letters), read into facts."""

from pathlib import Path

import pytest

from enrs.formats.cda import reader
from enrs.formats.cda.clinical_reader import facts
from tests.conformance.conftest import example_files

pytestmark = pytest.mark.proof
KINDS = ("VSM_", "DLU-EHPAD-DLU", "LDL-")
SUMMARIES = [one for one in example_files("cda", "*.xml") if one.name.startswith(KINDS)]


@pytest.mark.parametrize("path", SUMMARIES, ids=lambda path: path.name)
def test_facts_of_a_published_summary_are_read(path: Path):
    told = facts(reader.read(path.read_bytes()))
    rows = [*told.problems, *told.allergies, *told.treatments, *told.vaccines]
    assert rows
    assert all(one.label for one in rows)
    if path.name.startswith("LDL-SES"):
        assert told.allergies == ()  # an entry that names no agent
    if path.name.startswith("VSM_"):
        assert len(told.problems) == 4
        assert [one.code.code for one in told.problems if one.is_active] == ["G45.9", "I20.0"]
        assert [one.label for one in told.allergies] == ["Paracétamol"]
        assert [one.label for one in told.treatments] == [
            "PLAVIX 75mg, comprimé pelliculé", "COUMADINE 5mg, comprimé sécable",
        ]  # fmt: skip
        assert str(told.habits[0].value) == "25"
