"""A prescription on paper: a PDF by Typst with what a French prescription bears (Code de la santé publique, R5132-3).

Two zones, as the form S3321 has them, when a line is for a long-term condition (Code de la sécurité sociale, R161-45).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typst
from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.referentials.directory.models import Organisation
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.queries.entries import last_measure, measure_words
from enrs.services.record.rules import prescribing as rules

SHEET: Final = Path(__file__).parent / "prescription.typ"
LONG_TERM: Final = (
    "Prescriptions relatives au traitement de l’affection de longue durée reconnue (liste ou hors liste) "
    "(AFFECTION EXONÉRANTE)"
)
OTHERS: Final = (
    "Prescriptions SANS RAPPORT avec l’affection de longue durée (MALADIES INTERCURRENTES)"
)
ADULT: Final = 18
VOID: Final = {"replaced": "REMPLACÉE", "cancelled": "ANNULÉE"}


def prescription_pdf(one: Prescription, lines: Sequence[PrescriptionLine], banner: Banner) -> bytes:
    """The prescription as a PDF; what people wrote goes in as data, never as markup."""
    data = _author(one) | _person(one, banner)
    data |= {
        "void": VOID.get(one.status, ""),
        "number": f"Ordonnance {one.pk}",
        "signed": filters.date_fr(one.signed_at),
        "zones": _zones(lines),
        "remarks": one.remarks.splitlines(),
        "signature": f"Signée dans le dossier régional par {one.author_name}, le {filters.moment(one.signed_at)}",
        "ended": [_ended(one)] if one.ended_at else [],
    }
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _author(one: Prescription) -> dict[str, Any]:
    """Who prescribes, from where: name, profession, numbers, address, telephone."""
    place = (
        Organisation.objects.filter(pk=one.organisation_id).first() if one.organisation_id else None
    )
    idnat = one.document.author_idnat if one.document else ""
    numbers = [f"RPPS {idnat[1:]}"] if idnat.startswith("8") else [idnat] * bool(idnat)
    lines = [one.organisation_name] if one.organisation_name else []
    if place is not None:
        lines += [
            line for line in (place.address, f"{place.postal_code} {place.city}".strip()) if line
        ]
        lines += [f"Tél. {place.phone}"] if place.phone else []
        lines += [place.email] if place.email else []
        numbers += [f"FINESS {place.finess_eg}"] if place.finess_eg else []
    return {
        "author": one.author_name,
        "profession": one.author_label,
        "place": lines,
        "numbers": numbers,
        "city": (place.city if place else "") or "Fait",
    }


def _person(one: Prescription, banner: Banner) -> dict[str, str]:
    """Whom it is for; the weight of a child, or where to write it."""
    born = filters.date_fr(banner.birth_date) if banner.birth_date else "inconnue"
    age = filters.age(banner.birth_date, legal_day(one.signed_at or timezone.now()))
    weight = ""
    if _is_minor(one, banner):
        # That of the day of the signature: a sheet printed again later says the same.
        found = last_measure(one.patient_id, "weight", one.signed_at)
        weight = "Poids : ………… kg"
        if found is not None:
            weight = f"{measure_words(found)}, le {filters.date_fr(found.measured_at)}"
    is_qualified = banner.identity_status == "qualified" and banner.ins
    return {
        "who": filters.person_name(banner),
        "born": f"{banner.sex_words}, naissance : {born}{f' ({age})' if age else ''}",
        "ins": filters.ins_display(banner.ins) if is_qualified else "",
        "weight": weight,
    }


def _is_minor(one: Prescription, banner: Banner) -> bool:
    year = str(banner.birth_date)[:4]
    day = legal_day(one.signed_at or timezone.now())
    return year.isdigit() and day.year - int(year) <= ADULT


def _zones(lines: Sequence[PrescriptionLine]) -> list[dict[str, Any]]:
    above = [_line(line) for line in lines if line.is_long_term]
    below = [_line(line) for line in lines if not line.is_long_term]
    if not above:
        return [{"title": "", "lines": below}]
    return [{"title": LONG_TERM, "lines": above}, {"title": OTHERS, "lines": below}]


def _line(line: PrescriptionLine) -> dict[str, Any]:
    first = ", ".join(
        part
        for part in (rules.dosage_words(line), rules.ROUTES.get(line.route, "").lower())
        if part
    )
    boxes = ""
    if line.quantity:
        boxes = f"{line.quantity} boîte{'s' if line.quantity > 1 else ''}"
    again = f"à renouveler {line.refills} fois" if line.refills else "à ne pas renouveler"
    texts = [
        first, ", ".join(part for part in (boxes, again) if part), line.comment,
        f"Au pharmacien : {line.to_pharmacist}" if line.to_pharmacist else "",
    ]  # fmt: skip
    return {
        "display": line.display,
        "substitution": rules.NO_SUBSTITUTION.get(line.no_substitution, ""),
        "texts": [_sentence(text) for text in texts if text],
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(one: Prescription) -> str:
    word = one.get_status_display()
    return f"{word} le {filters.moment(one.ended_at)} par {one.ended_by} : {one.ended_reason}"
