"""A sheet of identity labels with the Datamatrix INS: a PDF by Typst, the code drawn by zxing-cpp."""

import json
from pathlib import Path
from typing import Any

import typst
import zxingcpp

from enrs.core.ui import filters
from enrs.core.ui.shapes import SEXES
from enrs.formats import datamatrix_ins
from enrs.formats.ins import ins_oid_kind
from enrs.referentials.identity.models import RegionalIdentity

SHEET = Path(__file__).parent / "labels.typ"
COUNT = 24


class NoLabelError(Exception):
    """The identity is not qualified, or its traits do not go in a Datamatrix INS: nothing is printed."""


def labels_pdf(regional: RegionalIdentity) -> bytes:
    """Twenty-four labels (70 × 37 mm) of one person.

    Raises:
        NoLabelError: the INS leaves under a qualified identity only.
    """
    code = str(zxingcpp.write_barcode_to_svg(drawn(text_of(regional)), add_quiet_zones=True))
    kind = ins_oid_kind(regional.ins_oid) or "NIR"
    used = regional.used_name if regional.used_name != regional.birth_name else ""
    data: dict[str, Any] = {
        "count": COUNT,
        "birth_name": regional.birth_name.upper(),
        "given": regional.first_given_name,
        "others": regional.given_names,
        "used": used.upper(),
        "born": f"{filters.date_fr(regional.birth_date)} · {SEXES.get(regional.sex, '')}",
        "place": f"Lieu de naissance : {regional.birth_place_code}"
        if regional.birth_place_code
        else "",
        "ins": filters.ins_display(regional.ins),
        "kind": {"NIR": "INS-NIR", "NIA": "INS-NIA"}.get(kind, "INS de test"),
        "code": code,
    }
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def text_of(regional: RegionalIdentity) -> str:
    """What the Datamatrix of a qualified identity says (NoLabelError)."""
    if regional.status != "qualified" or not regional.ins or regional.attribute:
        raise NoLabelError
    try:
        return datamatrix_ins.write(
            datamatrix_ins.InsCode(
                ins=regional.ins, oid=regional.ins_oid, birth_name=regional.birth_name,
                given_names=regional.given_names or regional.first_given_name, sex=regional.sex,
                birth_date=regional.birth_date, birth_place_code=regional.birth_place_code,
            )
        )  # fmt: skip
    except datamatrix_ins.DatamatrixError as error:
        raise NoLabelError from error


def drawn(text: str) -> zxingcpp.Barcode:
    """A square Datamatrix (ISO/IEC 16022, ECC 200)."""
    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
