"""Keys of names, stable identifiers, and when a file may close."""

from uuid import uuid5

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


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Médecine Générale (SM)", "médecine générale"),
        ("Gynécologie-obstétrique (SM)", "gynécologie-obstétrique"),
        ("ORL et chirurgie cervico-faciale (SM)", "ORL et chirurgie cervico-faciale"),
        ("Endocrinologie, diabétologie, nutrition (SM)", "endocrinologie, diabétologie, nutrition"),
        ("Chirurgie (viscérale)", "chirurgie (viscérale)"),
        ("", ""),
    ],
)
def test_a_speciality_is_shown_without_the_kind_of_its_code(label, shown):
    assert rules.speciality_words(label) == shown


@pytest.mark.parametrize(
    ("typed", "meant", "count"),
    [
        ("DUPONT", "DUPONT", 0), ("DUPOND", "DUPONT", 1), ("DUPON", "DUPONT", 1), ("DUPPONT", "DUPONT", 1),
        ("DUOPNT", "DUPONT", 1), ("UDPONT", "DUPONT", 1), ("DUPNOTS", "DUPONT", 2), ("", "ABC", 3), ("ROUX", "RUOX", 1),
    ],
)  # fmt: skip
def test_slips_of_the_keyboard(typed, meant, count):
    assert rules.slips(typed, meant) == count
    assert rules.slips(meant, typed) == count


def test_words_one_slip_apart_share_a_spelling():
    for typed in ("DUPOND", "DUPON", "DUPPONT", "DUOPNT"):
        assert set(rules.spellings(typed)) & set(rules.spellings("DUPONT"))


def test_identifiers_are_those_of_version_5():
    assert rules.practitioner_uuid("8x") == uuid5(rules.NAMESPACE, "practitioner:8x")
    assert rules.organisation_uuid("finess", "1") == uuid5(rules.NAMESPACE, "organisation:finess:1")
