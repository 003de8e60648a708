"""A CSV of people to look for without creating anybody: its lines, its faults, and its answers (pure)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from enrs.core.spreadsheets import csv_cell
from enrs.formats.ins import INS_NIR_OID, check_ins
from enrs.referentials.identity.rules.tables import TableError, column_name, rows_of, text_of
from enrs.referentials.identity.rules.traits import Traits

COLUMNS = {
    "reference": "reference", "nom_naissance": "birth_name", "prenom": "first_given_name",
    "prenoms": "given_names", "nom_utilise": "used_name", "date_naissance": "birth_date", "sexe": "sex",
    "commune_naissance": "birth_place_code", "ins": "ins", "code_postal": "postal_code", "ville": "city",
    "telephone": "phone",
}  # fmt: skip
REQUIRED = ("nom_naissance", "date_naissance")
MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 20_000
MOST_TEXT = 100

RESULT = (
    "ligne",
    "reference",
    "resultat",
    "probabilite",
    "numero_regional",
    "candidats",
    "remarque",
)
GRADES = {
    "certain": "certaine",
    "probable": "probable",
    "possible": "possible",
    "certainly-not": "aucune",
}
NOBODY = "aucune"
UNREADABLE = "illisible"


ProbeFileError = TableError


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, the sender's own reference, and traits, or what is wrong with it."""

    number: int
    reference: str
    traits: Traits | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a line: no trait of anybody."""

    line: Line
    grade: str = NOBODY
    probability: float = 0.0
    number: str = ""
    count: int = 0
    remark: str = ""


def read_probe_file(content: bytes) -> list[Line]:
    """The lines of a file. UTF-8 or Windows-1252; separated by semicolons, commas or tabs.

    Raises ProbeFileError: too large, not a table, a required column missing, nobody in it.
    """
    if len(content) > MOST_BYTES:
        raise ProbeFileError("Ce fichier dépasse 5 Mo : coupez-le en plusieurs.")
    rows = list(rows_of(text_of(content)))
    names = [column_name(name) for name in rows[0]] if rows else []
    if missing := [name for name in REQUIRED if name not in names]:
        raise ProbeFileError(f"Il manque des colonnes : {', '.join(missing)}.")
    filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
    if not filled:
        raise ProbeFileError("Ce fichier ne contient personne.")
    if len(filled) > MOST_LINES:
        raise ProbeFileError("Ce fichier dépasse 20 000 lignes : coupez-le en plusieurs.")
    return [_line(number, dict(zip(names, row, strict=False))) for number, row in filled]


def _line(number: int, cells: dict[str, str]) -> Line:
    given = {COLUMNS[name]: cells[name] for name in cells if name in COLUMNS}
    reference = given.pop("reference", "")[:MOST_TEXT]
    if any(len(text) > MOST_TEXT for text in given.values()):
        return Line(number, reference, fault="un texte dépasse 100 caractères")
    if not given.get("birth_name"):
        return Line(number, reference, fault="le nom de naissance manque")
    born = iso_day(given.get("birth_date", ""))
    if not born:
        return Line(number, reference, fault="la date de naissance se lit AAAA-MM-JJ ou JJ/MM/AAAA")
    ins = given.pop("ins", "").replace(" ", "").upper()
    if ins and check_ins(ins, INS_NIR_OID):
        return Line(number, reference, fault="le matricule INS n’a pas la bonne clé")
    sex = {"F": "F", "M": "M", "1": "M", "2": "F"}.get(given.pop("sex", "").upper()[:1], "U")
    traits = Traits(
        birth_name=given["birth_name"],
        first_given_name=given.get("first_given_name", ""),
        given_names=given.get("given_names", ""),
        used_name=given.get("used_name", ""),
        birth_date=born,
        sex=sex,
        birth_place_code=given.get("birth_place_code", ""),
        ins=ins,
        ins_oid=INS_NIR_OID if ins else "",
        postal_code=given.get("postal_code", ""),
        city=given.get("city", ""),
        phone=given.get("phone", ""),
    )
    return Line(number, reference, traits)


def iso_day(text: str) -> str:
    """A day as ISO text, from ISO or French writing; empty when it is no day."""
    parts = text.split("/") if "/" in text else list(reversed(text.split("-")))
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day).isoformat() if year > 1800 else ""
    except ValueError:
        return ""


def heading() -> str:
    """The first line of the answers, with the mark by which spreadsheets know UTF-8."""
    return "\ufeff" + ";".join(RESULT) + "\r\n"


def written(answers: Iterable[Answer]) -> str:
    """Answers as lines of CSV; no cell is ever a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for one in answers:
        writer.writerow([csv_cell(cell) for cell in _cells(one)])
    return out.getvalue()


def _cells(one: Answer) -> Sequence[str]:
    line = one.line
    if line.fault:
        return (str(line.number), line.reference, UNREADABLE, "", "", "", line.fault)
    probability = f"{one.probability:.3f}".replace(".", ",") if one.count else ""
    grade = GRADES.get(one.grade, one.grade)
    return (
        str(line.number),
        line.reference,
        grade,
        probability,
        one.number,
        str(one.count),
        one.remark,
    )
