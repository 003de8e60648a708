"""Keys of names, stable identifiers, and when a file may close."""

import pytest

from enrs.referentials.directory import rules


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("N'Diaye-Légaré", "N DIAYE LEGARE"),
        ("  de  la Œuvre ", "DE LA OEUVRE"),
        ("ÇELIK", "CELIK"),
        ("", ""),
        ("'|&!", ""),
    ],
)
def test_name_keys(text, key):
    assert rules.name_key(text) == key


def test_identifiers_do_not_change_from_one_release_to_the_next():
    assert str(rules.practitioner_uuid("899700000018")) == str(
        rules.practitioner_uuid("899700000018")
    )
    assert rules.organisation_uuid("finess", "1") != rules.organisation_uuid("siret", "1")


@pytest.mark.parametrize(
    ("read", "refused", "active", "missing", "may"),
    [
        (0, 0, 50, 50, False),
        (100, 1, 50, 50, True),
        (100, 2, 50, 1, False),
        (1000, 0, 1000, 200, True),
        (1000, 0, 1000, 201, False),
    ],
)
def test_when_a_complete_file_may_close(read, refused, active, missing, may):
    assert rules.may_close(read=read, refused=refused, active=active, missing=missing) is may


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Docteur", "Dr Ana LÉON"), ("Professeur", "Pr Ana LÉON"), ("Madame", "Ana LÉON")],
)
def test_how_a_person_is_shown(title, shown):
    assert rules.person_display(title, "Ana", "Léon") == shown
