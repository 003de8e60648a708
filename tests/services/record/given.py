"""Small values of what comes into a record."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from enrs.services.record.rules import DocumentMeta, NewObservation, NewReport, NewStay

LOINC = "2.16.840.1.113883.6.1"


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of one day."""
    return datetime(2026, 3, 12, hour, minute, tzinfo=UTC)


def meta(unique_id: str = "1.2.250.1.999.1", **fields: Any) -> DocumentMeta:
    values = {
        "type_code": "11488-4",
        "type_display": "Compte rendu de consultation",
        "title": "Consultation de cardiologie",
        "mime_type": "text/xml",
        "happened_at": at(9),
        "author_name": "Dr Giulia MARCHETTI",
        "author_idnat": "899700000001",
        "custodian": "Centre hospitalier d'essai",
    }
    return DocumentMeta(unique_id=unique_id, **(values | fields))


def observation(**fields: Any) -> NewObservation:
    values = {
        "code": "2823-3",
        "code_system": LOINC,
        "display": "Potassium",
        "observed_at": at(8),
        "value": Decimal("4.2"),
        "unit": "mmol/L",
        "low": Decimal("3.5"),
        "high": Decimal("5.1"),
    }
    return NewObservation(**(values | fields))


def report(*observations: NewObservation, **fields: Any) -> NewReport:
    values = {
        "number": "BIO-1",
        "code": "11502-2",
        "display": "Biologie",
        "issued_at": at(10),
        "observations": observations or (observation(),),
        "organisation": "Laboratoire d'essai",
    }
    return NewReport(**(values | fields))


def stay(event: str, hour: int, **fields: Any) -> NewStay:
    values = {"system": "urn:finess:750000000", "number": "V-1"}
    return NewStay(event=event, happened_at=at(hour), **(values | fields))
