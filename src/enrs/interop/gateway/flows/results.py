"""ORU and MDM messages: reports, their documents, their measured values."""

from typing import Any

from enrs.formats.hl7v2 import Message, Order, Results, read_document_message, read_results
from enrs.formats.hl7v2.datatypes import Identifier
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.flows.documents import Filing, Letter, apply_documents
from enrs.interop.gateway.flows.people import Sending, identity_of, name_of
from enrs.interop.gateway.flows.shapes import Outcome
from enrs.interop.gateway.flows.values import SYSTEMS, marks_of, new_line
from enrs.services.record.commands import file_results
from enrs.services.record.rules import NewReport

REPORT_STATUSES = {
    "F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "X": "cancelled",
}  # fmt: skip
"""HL7 table 0123 (OBR-25) to FHIR diagnostic-report-status."""


def apply_results(message: Message, partner: Sending) -> Outcome:
    """Apply an ORU^R01: each order gives documents, values, or both."""
    results = read_results(message)
    identity = identity_of(results.patient, partner, partner.moment(results.sent_at))
    effects: dict[str, Any] = {"identity": str(identity.id), "words": []}
    filing = Filing(identity.id, identity.patient_id, partner)
    for rank, order in enumerate(results.orders):
        _apply_order(filing, order, rank, results, effects)
    if not effects["words"]:
        raise MessageRefusedError("OBX", "Le message ne contient ni résultat ni document.")
    return Outcome(effects, identity.patient_id)


def apply_document_message(message: Message, partner: Sending) -> Outcome:
    """Apply an MDM^T02, T04 or T10: a document filed, withdrawn or replaced."""
    sent = read_document_message(message)
    identity = identity_of(sent.patient, partner, partner.moment(sent.sent_at))
    effects: dict[str, Any] = {"identity": str(identity.id), "words": []}
    entity = sent.filler_number or sent.placer_number
    number = _entity_number(entity) or sent.parent_id or sent.unique_id or sent.control_id
    author = (sent.authors or sent.authenticators or (None,))[0]
    letters = [
        Letter(
            number=f"MDM {number}"[:300],
            rank=rank,
            document=document,
            patient=sent.patient,
            flags=sent.flags,
            sent_at=partner.moment(sent.activity_at or sent.originated_at or sent.sent_at),
            code=document.code if document.code.code else sent.type,
            author=name_of(author),
            organisation=sent.sender.facility,
            unique_id=sent.unique_id if len(sent.documents) == 1 else "",
            parent_id=sent.parent_id,
        )
        for rank, document in enumerate(sent.documents)
    ]
    apply_documents(Filing(identity.id, identity.patient_id, partner), letters, effects)
    return Outcome(effects, identity.patient_id)


def _apply_order(
    filing: Filing, order: Order, rank: int, results: Results, effects: dict[str, Any]
) -> None:
    number = _number(order, rank, results)
    has_values = any(line.value or line.is_withdrawn for line in order.observations)
    letters = [
        Letter(
            number=number,
            rank=place,
            document=document,
            patient=results.patient,
            flags=results.flags,
            sent_at=filing.partner.moment(
                order.reported_at or order.observed_at or results.sent_at
            ),
            code=document.code if document.code.code else order.code,
            author=_author(order),
            organisation=results.sender.facility,
            has_values=has_values,
        )
        for place, document in enumerate(order.documents)
    ]
    apply_documents(filing, letters, effects)
    if not has_values and (letters or order.action != "cancel"):
        return
    report = new_report(order, number, results, filing.partner)
    filed = file_results(
        identity_id=filing.identity_id,
        patient_id=filing.patient_id,
        report=report,
        source=filing.partner.sender,
        may_loosen=results.flags.modif_conf_code,
    )
    if filed is not None:
        effects.setdefault("reports", []).append(str(filed.id))
    effects["words"].append(_report_words(report))


def _entity_number(entity: Identifier | None) -> str:
    return f"{entity.value}^{entity.authority_name}".rstrip("^")[:190] if entity else ""


def _number(order: Order, rank: int, results: Results) -> str:
    """The order's own number: the filler's, else the placer's, else the message's and its rank."""
    found = _entity_number(order.filler_number or order.placer_number)
    return found or f"{results.control_id}/{rank}"[:190]


def _author(order: Order) -> str:
    performers = [line.performers[0] for line in order.observations if line.performers]
    return name_of(performers[0] if performers else None)


def _report_words(report: NewReport) -> str:
    if report.is_withdrawn:
        return "Compte rendu de résultats retiré"
    count = len(report.observations)
    return f"{count} résultat{'s' if count > 1 else ''} : {report.display}"


def new_report(order: Order, number: str, results: Results, partner: Sending) -> NewReport:
    """An order's values as the record takes them; deleted lines (OBX-11 D or W) are left out.

    Raises MessageRefusedError when nothing in the message has a date.
    """
    issued_at = partner.moment(order.reported_at or order.observed_at or results.sent_at)
    if issued_at is None:
        raise MessageRefusedError("OBR-22", "Le message ne dit pas de quand datent les résultats.")
    chapter = order.code.text or order.code.code
    standing = [line for line in order.observations if not line.is_withdrawn]
    return NewReport(
        number=number,
        code=order.code.code or "11502-2",
        code_system=SYSTEMS.get(order.code.system, order.code.system),
        display=order.code.text or "Compte rendu d'examens biologiques",
        issued_at=issued_at,
        observations=tuple(new_line(line, issued_at, chapter, partner) for line in standing),
        status=REPORT_STATUSES.get(order.status, "final"),
        author_name=_author(order),
        organisation=results.sender.facility or partner.name,
        is_withdrawn=order.action == "cancel" or not standing,
        **marks_of(results.flags),
    )
