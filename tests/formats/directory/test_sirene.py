"""The stock of SIRENE: which lines are kept, what they give, and what is no stock."""

import io
import tracemalloc
from datetime import date

import pytest

from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.sirene import Passed, SireneSite, SireneUnit, Wanted, read_sirene
from enrs.formats.directory.sirene_words import legal_words, naf_words
from tests.referentials.directory.factories import (
    SITE_COLUMNS,
    UNIT_COLUMNS,
    sirene_file,
    sirene_site,
    sirene_unit,
    siret_number,
)

KNOWN = Wanted(sirets={siret_number(1)}, sirens={siret_number(1)[:9]})
REGION = Wanted(departments=("75", "93", "2A", "974"), naf=("86", "87", "47.73Z"))


def read(lines, wanted=KNOWN):
    return [one for one in read_sirene(lines, wanted) if not isinstance(one, Passed)]


def passed(lines, wanted=KNOWN):
    return sum(one.count for one in read_sirene(lines, wanted) if isinstance(one, Passed))


def test_an_establishment_that_is_known_is_read_whatever_it_does():
    row = sirene_site(
        1, etatAdministratif="F", dateDebut="2024-06-30", activitePrincipale="85.1A", codeCommune="2A004",
        complementAdresse="BAT, B", distributionSpeciale="BP 12", enseigne1="LES ERABLES",
    )  # fmt: skip
    lines = sirene_file(row, sirene_site(2))
    (one,) = read(lines)
    assert one == SireneSite(
        siret_number(1), "LES ERABLES", "BAT, B, 12 RUE DES ERABLES, BP 12", "75014", "PARIS", "2A004", "F",
        date(2024, 6, 30), "85.1A", is_seat=True,
    )  # fmt: skip
    assert passed(lines) == 1


@pytest.mark.parametrize(
    ("cells", "is_kept"),
    [
        ({}, True), ({"activitePrincipale": "87.10A"}, True), ({"activitePrincipale": "47.73Z"}, True),
        ({"activitePrincipale": "47.11B"}, False), ({"activitePrincipale": "68.20B"}, False),
        ({"etatAdministratif": "F"}, False), ({"codeCommune": "69123"}, False), ({"codeCommune": ""}, False),
        ({"codeCommune": "2A004"}, True), ({"codeCommune": "97411"}, True), ({"codeCommune": "97105"}, False),
        ({"nomenclatureActivitePrincipale": "NAF1993"}, False),
        ({"activitePrincipale": "68.20B", "libelleVoie": "DU,86.10Z"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_of_the_unknown_only_open_health_and_care_of_the_region_is_kept(cells, is_kept):
    assert len(read(sirene_file(sirene_site(5, **cells)), REGION)) == is_kept


def test_a_legal_unit_gives_its_name_and_its_category():
    lines = sirene_file(sirene_unit(1), sirene_unit(2), units=True)
    assert read(lines) == [
        SireneUnit(
            siret_number(1)[:9], "FONDATION DES TROIS VALLEES 1", "9300", "A", date(2008, 1, 1), "86.10Z"
        )
    ]  # fmt: skip
    assert passed(lines) == 1


def test_a_person_has_first_and_last_name_and_what_is_not_published_is_empty():
    alone = {
        "denomination": "",
        "categorieJuridique": "1000",
        "nom": "DUBREUIL",
        "prenom1": "HELENE",
    }
    (one,) = read(sirene_file(sirene_unit(1, **alone, nomUsage="MARCHETTI"), units=True))
    assert one.name == "HELENE MARCHETTI"
    hidden = dict.fromkeys(("nom", "prenom1", "denomination"), "[ND]") | {"statutDiffusion": "P"}
    (one,) = read(sirene_file(sirene_unit(1, **hidden), units=True))
    assert one.name == ""
    (site,) = read(
        sirene_file(sirene_site(1, libelleVoie="[ND]", numeroVoie="[ND]", typeVoie="[ND]"))
    )
    assert site.address == ""


def test_columns_may_move_and_come_more():
    columns = SITE_COLUMNS.split(",")
    (line,) = sirene_file(sirene_site(1))[1:]
    cells = dict(zip(columns, line.strip().split(","), strict=True))
    turned = [*reversed(columns), "activitePrincipaleNAF25Etablissement"]
    lines = [",".join(turned), ",".join([*(cells[name] for name in reversed(columns)), "86.10Y"])]
    assert read(lines) == read(sirene_file(sirene_site(1)))


def test_quoted_files_are_read():
    lines = [
        ",".join(f'"{cell}"' for cell in line.strip().split(","))
        for line in sirene_file(sirene_site(1), sirene_site(2))
    ]
    assert len(read(lines)) == 1
    assert len(read(lines, REGION)) == 2


def test_lines_that_do_not_hold_are_refused_with_their_reason():
    lines = sirene_file(sirene_site(1), sirene_site(1, siret="12"), sirene_site(1))
    lines[1] = lines[1].replace(",NAFRev2", "")
    lines[3] = lines[3].replace("PARIS", '"PARIS')
    rows = read(lines)
    assert all(isinstance(row, Refusal) for row in rows)
    assert [(row.line_number, row.reason_code) for row in rows] == [
        (2, "column_count"), (3, "siret_shape"), (4, "column_count"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    ["", "a,b,c", "siren", SITE_COLUMNS + ",dateFin", "dateFin," + UNIT_COLUMNS, "siret;etatAdministratif"],
    ids=lambda text: text[-20:],
)  # fmt: skip
def test_other_files_are_errors_and_the_histories_too(header):
    with pytest.raises(DirectoryFileError):
        read([header, "1,2,3"])


def test_a_long_stock_is_read_in_bounded_memory():
    head, line = sirene_file(sirene_site(2))

    def chunk():
        yield head
        for _ in range(60_000):
            yield line

    tracemalloc.start()
    count = passed(chunk())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 2_000_000


def test_bytes_are_read_with_their_mark():
    content = "\ufeff" + "".join(sirene_file(sirene_site(1, libelleCommune="SÈVRES")))
    (one,) = read(io.BytesIO(content.encode()))
    assert one.city == "SÈVRES"


def test_codes_are_said_in_words_when_they_are_known():
    assert naf_words("86.10Z") == "86.10Z, Activités hospitalières"
    assert (naf_words("01.11Z"), naf_words("")) == ("01.11Z", "")
    assert (legal_words("9220"), legal_words("1234")) == ("9220, Association déclarée", "1234")
