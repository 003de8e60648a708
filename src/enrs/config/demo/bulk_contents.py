"""The contents of the demo's documents: plain text, hand-made PDF, and CDA with French headers."""

import textwrap
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from enrs.config.demo import labs
from enrs.config.demo.shapes import DemoDocument, DemoPerson, DemoProfessional, DemoStructure
from enrs.core.moments import region_zone_name
from enrs.formats.cda.builder import LAB_TEMPLATES, Section, laboratory_report, letter, level_1
from enrs.formats.cda.format_codes import guess_format_code
from enrs.formats.cda.laboratory import LabObservation, ReferenceRange, Specimen
from enrs.formats.cda.model import (
    LOINC,
    Code,
    Encounter,
    Identifier,
    Metadata,
    Organization,
    Party,
    Patient,
    ServiceEvent,
)
from enrs.formats.cda.values import interval_value, quantity
from enrs.services.record.rules import NewReport

CDA: Final = "text/xml"
PDF: Final = "application/pdf"
TEXT: Final = "text/plain"
REPORT_TITLE: Final = "Compte rendu d'examens biologiques"
_INTERPRETATIONS: Final = "2.16.840.1.113883.5.83"
_WORDS: Final = {
    "N": "Normal", "H": "Anormalement haut", "L": "Anormalement bas",
    "HH": "Critique haut", "LL": "Critique bas",
}  # fmt: skip
_LINE: Final = 92
_PAGE_LINES: Final = 56
_BLOOD: Final = Code("BLD", "2.16.840.1.113883.5.129", "Sang")


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes with their media type and, for a CDA, the format code and the set of the document."""

    data: bytes
    mime_type: str
    format_code: str = ""


def unique_id(document_id: UUID) -> str:
    """An OID from a UUID (ITU-T X.667): what the document is known by everywhere."""
    return f"2.25.{document_id.int}"


def kind_of(document: DemoDocument, *, is_rich: bool) -> str:
    """How a document comes: `cda`, `level_1`, `pdf` or `text`; the same each time."""
    draw = document.id.int % 10
    if document.type_code in {"11490-0", "34112-3"}:
        return "cda" if is_rich or draw < 6 else "pdf"
    if document.type_code == "18748-4":
        return "level_1" if draw < 5 else "cda" if is_rich or draw < 7 else "text"
    if document.type_code == "57833-6":
        return "pdf" if draw < 4 else "text"
    return "cda" if is_rich or draw < 1 else "text"


def content_of(
    document: DemoDocument,
    person: DemoPerson,
    author: DemoProfessional,
    site: DemoStructure,
    *,
    is_rich: bool,
) -> Content:
    """The bytes of a document."""
    kind = kind_of(document, is_rich=is_rich)
    if kind == "text":
        return Content(f"{document.title}\n\n{document.text}\n".encode(), TEXT)
    if kind == "pdf":
        return Content(pdf(document.title, document.text), PDF)
    meta = Metadata(
        unique_id=Identifier(unique_id(document.id)),
        type_code=Code(document.type_code, LOINC, document.type_name, "LOINC"),
        title=document.title,
        creation_time=local(document.created_at),
        patient=patient_of(person, site),
        authors=(author_of(author, site, document),),
        custodian=organization_of(site),
        service_events=(
            ServiceEvent(start=local(document.created_at), end=local(document.created_at)),
        ),
        encounter=_encounter(site, document),
        practice_setting=Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
    )
    if kind == "level_1":
        data = level_1(meta, pdf(document.title, document.text))
        return Content(data, CDA, guess_format_code((), PDF))
    paragraphs = tuple(part for part in document.text.split("\n\n") if part)
    return Content(letter(meta, [Section(document.title, paragraphs)]), CDA)


def laboratory_content(
    report: NewReport,
    document: DemoDocument,
    person: DemoPerson,
    author: DemoProfessional,
    site: DemoStructure,
) -> Content:
    """A structured report (CR-BIO) of the same values as the report's."""
    signer = author_of(author, site, document)
    meta = Metadata(
        unique_id=Identifier(unique_id(document.id)),
        type_code=Code(document.type_code, LOINC, document.type_name, "LOINC"),
        title=document.title,
        creation_time=local(document.created_at),
        patient=patient_of(person, site),
        authors=(signer,),
        custodian=organization_of(site),
        service_events=(
            ServiceEvent(
                code=Code("18719-5", LOINC, "Biochimie"),
                start=local(document.created_at),
                end=local(document.created_at),
                status="completed",
            ),
        ),
        encounter=_encounter(site, document),
        practice_setting=Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
    )
    blood = Specimen(
        kind=_BLOOD, collected_at=local(report.issued_at), received_at=local(report.issued_at)
    )
    results = [
        LabObservation(
            code=Code(one.code, LOINC, one.display, original_text=one.display),
            value=quantity(one.text, one.unit),
            chapter=one.chapter,
            interpretation=(
                Code(one.interpretation, _INTERPRETATIONS, _WORDS[one.interpretation]),
            ),
            ranges=_ranges(one.low, one.high, one.unit),
            at=local(one.observed_at),
            status="completed",
            specimen=blood,
        )
        for one in report.observations
    ]
    data = laboratory_report(meta, results)
    return Content(data, CDA, guess_format_code(LAB_TEMPLATES, ""))


def _ranges(low: Decimal | None, high: Decimal | None, unit: str) -> tuple[ReferenceRange, ...]:
    value = interval_value("" if low is None else f"{low}", "" if high is None else f"{high}", unit)
    return (ReferenceRange(value.low, value.high, unit, value.text),)


def chapter_of(loinc: str) -> str:
    """The chapter of an analyte in a report."""
    if loinc in labs.COUNT:
        return "Hématologie"
    return "Hormonologie" if loinc == "3016-3" else "Biochimie"


def patient_of(person: DemoPerson, site: DemoStructure) -> Patient:
    """The record target of a CDA."""
    home = person.address
    return Patient(
        ins=Identifier(person.ins_oid, person.ins) if person.ins else None,
        identifiers=(Identifier(f"1.2.250.1.71.4.2.2.{site.finess}", person.local_id),),
        birth_name=person.birth_name,
        first_given_name=person.first_given_name,
        given_names=" ".join(person.given_names),
        used_name=person.used_name,
        birth_date=person.birth_date.isoformat(),
        sex=person.sex,
        birth_place_code=person.birth_place_code,
        birth_place=person.birth_place,
        address=(home.line, f"{home.postal_code} {home.city}"),
        telecoms=(f"tel:{person.phone}",) if person.phone else (),
    )


def local(moment: datetime) -> datetime:
    """A moment by the region's clock, as software of the region writes it in its documents."""
    return moment.astimezone(ZoneInfo(region_zone_name()))


def organization_of(site: DemoStructure) -> Organization:
    """A structure in a CDA header; `1` and the FINESS number make its national identifier."""
    return Organization(f"1{site.finess}", site.long_name, telecoms=(f"tel:{site.phone}",))


def author_of(author: DemoProfessional, site: DemoStructure, document: DemoDocument) -> Party:
    """The author of a CDA, at the moment of the document."""
    code = f"G15_{author.profession_code}"
    label = author.profession
    if author.skill_code:
        code, label = f"{code}/{author.skill_code}", f"{label} - {author.skill}"
    return Party(
        role="AUT",
        idnat=f"8{author.rpps}",
        family=author.family.upper(),
        given=author.given,
        suffix="DR" if author.title else "",
        profession=Code(code, "1.2.250.1.213.1.1.4.5", label),
        organization=organization_of(site),
        mailbox=author.email,
        at=local(document.created_at),
    )


def _encounter(site: DemoStructure, document: DemoDocument) -> Encounter:
    stays = document.type_code in {"11490-0", "34112-3"}
    code, label = ("IMP", "Hospitalisation") if stays else ("AMB", "Ambulatoire")
    return Encounter(
        code=Code(code, "2.16.840.1.113883.5.4", label),
        start=local(document.created_at),
        end=local(document.created_at),
        facility_type=Code(site.sector_code, "1.2.250.1.71.4.2.4", site.sector),
        facility_name=site.long_name,
        facility_idnat=f"1{site.finess}",
    )


def pdf(title: str, text: str) -> bytes:
    """A one-page A4 PDF 1.4 in Helvetica; what Windows-1252 cannot write is replaced."""
    lines = [
        piece for paragraph in text.split("\n") for piece in textwrap.wrap(paragraph, _LINE) or [""]
    ]
    drawn = [f"/F1 15 Tf 56 780 Td ({_escaped(title)}) Tj", "/F1 10 Tf 0 -30 Td 13 TL"]
    drawn += [f"({_escaped(line)}) Tj T*" for line in lines[:_PAGE_LINES]]
    stream = ("BT " + "\n".join(drawn) + " ET").encode("cp1252", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, item)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
