"""Each resource in a line, and the names of files in the archive."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from enrs.services.rights.rules.copies import file_name, lines_of

DAY = datetime(2026, 3, 12, 9, tzinfo=UTC)
CODE = {"text": "Sodium"}
LINES = [
    ("Observation", {"code": CODE, "valueQuantity": {"value": 1.5, "unit": "g"}, "effectiveDateTime": "2026"},
     ("Sodium : 1,5 g", "2026")),
    ("Observation", {"code": CODE, "valueCodeableConcept": {"coding": [{"display": "Positif"}]}},
     ("Sodium : Positif", "")),
    ("Observation", {"code": CODE, "component": [{"code": {"text": "a"}, "valueInteger": 3}]}, ("Sodium, a : 3", "")),
    ("Encounter", {"serviceProvider": {"display": "CH"}, "class": {"display": "Urgences"}, "period": {"start": "2022"}},
     ("CH, Urgences", "2022")),
    ("MedicationStatement", {"medicationCodeableConcept": {"text": "X"}, "dosage": [{"text": "1 le soir"}]},
     ("X, 1 le soir", "")),
    ("Communication", {"topic": {"text": "Soir"}, "payload": [{"contentString": "Merci"}], "sent": "2026"},
     ("Soir : Merci", "2026")),
    ("Goal", {"description": {"text": "Marcher"}}, ("Objectif : Marcher", "")),
    ("CareTeam", {"participant": [{"member": {"display": "Dr B"}, "period": {"start": "2020"}}]}, ("Dr B", "2020")),
    ("Basic", {}, ("Basic", "")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "tree", "line"), LINES)
def test_a_resource_is_said_in_a_line(kind, tree, line):
    assert lines_of(kind, tree) == [line]


def test_an_identity_is_said_line_by_line():
    tree = {
        "name": [{"family": "DUBREUIL", "given": ["MARIE"]}], "birthDate": "1944-03-12", "gender": "female",
        "address": [{"line": ["3 rue des Érables"], "city": "MELUN"}],
    }  # fmt: skip
    assert lines_of("Patient", tree) == [
        ("Nom", "MARIE DUBREUIL"), ("Date de naissance", "1944-03-12"), ("Sexe", "féminin"),
        ("Adresse", "3 rue des Érables MELUN"),
    ]  # fmt: skip


@given(title=some.text(max_size=200), mime=some.text(max_size=40))
def test_no_title_leads_a_file_out_of_its_folder(title, mime):
    name = file_name(title=title, happened_at=DAY, mime_type=mime, key="0" * 36)
    folder, _, rest = name.partition("/")
    assert folder == "documents"
    assert rest.isascii()
    assert not set(rest) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert rest.count(".") == 1
