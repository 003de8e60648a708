"""Cantons of the official code: real ones, communes that are cut, files that do not go together."""

import pytest

from enrs.formats.geography.cantons import CantonFileError, CantonRow, read_cantons
from tests.referentials.geography.factories import canton_files


def read(*rows, **options):
    return read_cantons(**canton_files(*rows, **options))


def test_a_commune_has_its_canton_and_one_that_is_cut_has_none():
    found = read(
        ("2A901", "2A01"), ("2A902", "2A98"), ("75056", "75ZZ"), ("97201", ""), ("2A903", "2A02", "COMD")
    )  # fmt: skip
    assert found.rows == [
        CantonRow("2A01", "Canton 2A01", "94", "1"), CantonRow("2A02", "Canton 2A02", "94", "1"),
    ]  # fmt: skip
    assert found.of_communes == {"2A901": "2A01", "2A902": "", "75056": "", "97201": ""}


def test_columns_may_move_in_small_letters_and_other_encodings():
    files = canton_files(("2A901", "2A01"), name="Céret")
    turned = [line.split(",") for line in files["cantons"].decode().splitlines()]
    lines = "\n".join(",".join(f'"{cell}"' for cell in reversed(line)) for line in turned)
    for encoding in ("utf-8-sig", "cp1252"):
        content = lines.replace("LIBELLE", "libelle").encode(encoding)
        (row, *_) = read_cantons(cantons=content, communes=files["communes"]).rows
        assert row.name == "Céret"


@pytest.mark.parametrize(
    ("cantons", "communes", "words"),
    [
        (b"", None, "colonnes"), (b"CAN,REG\n1,2\n", None, "COMPCT"), (b"\x00", None, "lisible"),
        (None, b"", "colonnes"), (None, b"TYPECOM,COM,CAN\n", "aucune commune"),
        (None, b"TYPECOM,COM,CAN\nCOM,2A901,2A98\n", "aucune commune"),
        (None, b"TYPECOM,COM,CAN\nCOM,2A901,9999\n", "9999"), (None, b'TYPECOM,COM,CAN\nCOM,"2A9', "lisible"),
        (b"CAN,REG,COMPCT,LIBELLE,TYPECT\n2A98,94,,Ajaccio,V\n", None, "aucun canton"),
    ],
    ids=str,
)  # fmt: skip
def test_other_files_are_errors(cantons, communes, words):
    files = canton_files(("2A901", "2A01"))
    with pytest.raises(CantonFileError, match=words):
        read_cantons(
            cantons=files["cantons"] if cantons is None else cantons,
            communes=files["communes"] if communes is None else communes,
        )
