"""The files beside the activities: skills, diplomas, mailboxes; moved, missing and hostile columns."""

import pytest

from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.qualifications import (
    DiplomaRow,
    MailboxRow,
    SkillRow,
    read_diplomas,
    read_mailboxes,
    read_skills,
)

SKILLS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Nom d'exercice|Prénom d'exercice|"
    "Code profession|Libellé profession|Code type savoir-faire|Libellé type savoir-faire|Code savoir-faire|"
    "Libellé savoir-faire|"
)
SKILL = (
    "8|99700000013|899700000013|DUBREUIL|Hélène|10|Médecin|S|Spécialité ordinale|SM04|Cardiologie|"
)
MAILBOXES = (
    "Type de BAL|Adresse BAL|Identification Nationale PP|Identification Structure|"
    "Service Rattachement|Dématérialisation"
)


def test_a_skill_is_read_with_and_without_the_final_bar():
    expected = SkillRow("899700000013", "10", "S", "Spécialité ordinale", "SM04", "Cardiologie")
    assert list(read_skills([SKILLS, SKILL])) == [expected]
    assert list(read_skills([SKILLS[:-1], SKILL[:-1]])) == [expected]
    assert list(read_skills([SKILLS, SKILL[:-1]])) == [expected]


def test_columns_may_move_and_be_absent():
    head = "Libellé savoir-faire|CODE SAVOIR FAIRE|Identification nationale PP"
    (row,) = read_skills([head, "Cardiologie|SM04|899700000013"])
    assert row == SkillRow("899700000013", code="SM04", label="Cardiologie")


def test_a_required_column_is_named():
    with pytest.raises(DirectoryFileError, match="Code savoir-faire"):
        list(read_skills(["Identification nationale PP|Nom", "8|x"]))
    with pytest.raises(DirectoryFileError, match="vide"):
        list(read_skills([]))


def test_a_diploma_and_an_authorisation():
    head = (
        "Identification nationale PP|Code type diplôme obtenu|Code diplôme obtenu|Libellé diplôme obtenu|"
        "Code type autorisation|Code discipline autorisation|Libellé discipline autorisation"
    )
    diploma, authorisation, neither = read_diplomas(
        [head, "81|DE|DE28|Diplôme d'État|||", "81||||AE|D1|Ostéopathie", "81||||||"]
    )
    assert diploma == DiplomaRow("81", "DE", "", "DE28", "Diplôme d'État")
    assert (authorisation.authorisation_code, authorisation.discipline_label) == (
        "AE",
        "Ostéopathie",
    )
    assert isinstance(neither, Refusal)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("PER|a@b.mssante.fr|81|||x|y", "column_count"),
        ("PER|pas une adresse|81|||", "address"),
        ("XXX|a@b.mssante.fr|81|||", "mailbox_kind"),
        ("PER|a@b.mssante.fr||||", "missing_identifier"),
        ("ORG|a@b.mssante.fr||||", "missing_identifier"),
    ],
    ids=["columns", "address", "kind", "nobody", "nowhere"],
)
def test_a_mailbox_that_does_not_hold_is_refused(line, reason):
    (refused,) = read_mailboxes([MAILBOXES, line])
    assert refused.reason_code == reason


def test_a_mailbox_of_a_structure():
    (row,) = read_mailboxes([MAILBOXES, "ORG|urgences@ch.mssante.fr||1750000002|Urgences|O"])
    assert row == MailboxRow(
        "ORG",
        "urgences@ch.mssante.fr",
        structure="1750000002",
        service="Urgences",
        takes_documents="O",
    )
