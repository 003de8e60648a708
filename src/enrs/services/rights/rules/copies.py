"""The copy of everything about one person: its terms, its names, and each resource in a line (pure).

Sources: GDPR art. 15(3) (a copy of the data, in a commonly used electronic form) and art. 20; Code de la
santé publique L1111-7; HL7 FHIR R4 (Bundle of type `collection`).
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

KEPT: Final = timedelta(days=7)
TRIES: Final = 3
RETRY: Final = timedelta(minutes=10)
"""After what a copy that somebody began to make is begun anew: longer than any takes, so that one which was
killed is not begun by everybody at once."""
SHOWN: Final = 500
"""Lines of one part of the readable document: the whole is in the data beside it."""

IDENTITY, CIRCLE, STAYS, DOCUMENTS, RESULTS, MEDICAL, MESSAGES, OTHER = (
    "Identité", "Cercle de soins", "Séjours", "Documents", "Résultats et mesures", "Éléments médicaux", "Messages",
    "Rendez-vous, demandes, plans et formulaires",
)  # fmt: skip
PARTS: Final = (IDENTITY, CIRCLE, MEDICAL, STAYS, DOCUMENTS, RESULTS, MESSAGES, OTHER)
PART_OF: Final = {
    "Patient": IDENTITY, "RelatedPerson": CIRCLE, "CareTeam": CIRCLE, "Encounter": STAYS,
    "DocumentReference": DOCUMENTS, "Observation": RESULTS, "DiagnosticReport": RESULTS, "Condition": MEDICAL,
    "AllergyIntolerance": MEDICAL, "MedicationStatement": MEDICAL, "MedicationRequest": MEDICAL,
    "Immunization": MEDICAL, "Communication": MESSAGES,
}  # fmt: skip
EXTENSIONS: Final = {
    "application/pdf": "pdf", "text/plain": "txt", "text/xml": "xml", "application/xml": "xml",
    "application/hl7-cda+xml": "xml", "image/jpeg": "jpg", "image/png": "png", "text/html": "html",
    "application/rtf": "rtf", "text/rtf": "rtf", "image/tiff": "tif", "application/dicom": "dcm",
}  # fmt: skip
GENDERS: Final = {"male": "masculin", "female": "féminin", "other": "autre"}

Tree = Mapping[str, Any]
Line = tuple[str, str]


def file_name(*, title: str, happened_at: datetime, mime_type: str, key: str) -> str:
    """Where a document lies in the archive: its day, its title in plain letters, the end of its identifier.

    No sign of it leads out of its folder, nor is refused by any common system of files.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = "-".join("".join(one if one.isalnum() else " " for one in plain).split())
    end = EXTENSIONS.get(mime_type.partition(";")[0].strip().lower(), "bin")
    return f"documents/{happened_at:%Y-%m-%d}_{words[:60] or 'document'}_{key[-12:]}.{end}"


def lines_of(kind: str, tree: Tree) -> list[Line]:
    """A resource in words for its part: what, and the moment as FHIR writes it (or a detail)."""
    if kind == "Patient":
        return _identity(tree)
    if kind == "CareTeam":
        return [
            (_joined(_display(one.get("member")), _text((one.get("role") or [{}])[0])),
             (one.get("period") or {}).get("start", ""))
            for one in tree.get("participant", ())
        ]  # fmt: skip
    what = _what(tree)
    if kind == "Observation":
        what = _joined(what, _value(tree), sign=" : ")
        parts = [
            _joined(_text(one.get("code")), _value(one), sign=" : ")
            for one in tree.get("component", ())
        ]
        what = _joined(what, "; ".join(parts))
    if kind == "MedicationStatement":
        what = _joined(what, ", ".join(one.get("text", "") for one in tree.get("dosage", ())))
    if kind == "MedicationRequest":
        told = ", ".join(one.get("text", "") for one in tree.get("dosageInstruction", ()))
        what = _joined("Prescription", _joined(what, told), sign=" : ")
    if PART_OF.get(kind, OTHER) == OTHER:
        what = _joined(OTHER_NAMES.get(kind, kind), what, sign=" : ")
    return [(what or kind, _when(tree))]


OTHER_NAMES: Final = {
    "Appointment": "Rendez-vous", "Task": "Demande", "CarePlan": "Plan", "Goal": "Objectif",
    "QuestionnaireResponse": "Formulaire", "ServiceRequest": "Demande",
}  # fmt: skip
WHEN: Final = (
    "effectiveDateTime", "occurrenceDateTime", "date", "sent", "onsetDateTime", "recordedDate", "start", "authored",
    "authoredOn", "dateAsserted", "issued", "created",
)  # fmt: skip


def _identity(tree: Tree) -> list[Line]:
    found: list[Line] = []
    for name in tree.get("name", ()):
        words = " ".join([*name.get("given", ()), name.get("family", "")]).strip()
        found += [("Nom", name.get("text") or words)]
    found += [("Date de naissance", tree.get("birthDate", ""))]
    found += [("Sexe", GENDERS.get(tree.get("gender", ""), ""))]
    found += [
        (f"Identifiant ({one.get('system', '')})", one.get("value", ""))
        for one in tree.get("identifier", ())
    ]
    found += [("Coordonnée", one.get("value", "")) for one in tree.get("telecom", ())]
    for one in tree.get("address", ()):
        parts = [*one.get("line", ()), one.get("postalCode", ""), one.get("city", "")]
        found.append(("Adresse", one.get("text") or " ".join(part for part in parts if part)))
    return [line for line in found if line[1]]


def _what(tree: Tree) -> str:
    for name in (
        "code",
        "medicationCodeableConcept",
        "vaccineCode",
        "type",
        "topic",
        "serviceType",
    ):
        value = tree.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if name == "type" and tree.get("description"):
            break
        if words := _text(value):
            payload = " ".join(one.get("contentString", "") for one in tree.get("payload", ()))
            return _joined(words, payload, sign=" : ")
    payload = " ".join(one.get("contentString", "") for one in tree.get("payload", ()))
    place = _display(tree.get("serviceProvider"))
    if place:
        return _joined(place, (tree.get("class") or {}).get("display", ""))
    described = tree.get("description")
    words = described if isinstance(described, str) else _text(described)
    return (
        words
        or str(tree.get("title", ""))
        or payload
        or (tree.get("class") or {}).get("display", "")
    )


def _when(tree: Tree) -> str:
    for name in WHEN:
        if isinstance(tree.get(name), str):
            return str(tree[name])
    for name in ("period", "effectivePeriod"):
        if start := (tree.get(name) or {}).get("start"):
            return str(start)
    return ""


def _value(tree: Tree) -> str:
    quantity = tree.get("valueQuantity") or {}
    if "value" in quantity:
        number = str(quantity["value"]).replace(".", ",")
        said = f"{quantity.get('comparator', '')}{number} {quantity.get('unit', '')}"
        return said.strip()
    if "valueCodeableConcept" in tree:
        return _text(tree["valueCodeableConcept"])
    for name in ("valueString", "valueInteger", "valueBoolean", "valueDateTime"):
        if name in tree:
            return str(tree[name])
    return ""


def _text(concept: Any) -> str:
    if not isinstance(concept, Mapping):
        return ""
    coding = (concept.get("coding") or [{}])[0]
    return str(concept.get("text") or coding.get("display") or coding.get("code") or "")


def _display(reference: Any) -> str:
    return str(reference.get("display", "")) if isinstance(reference, Mapping) else ""


def _joined(what: str, detail: str, sign: str = ", ") -> str:
    return sign.join(one for one in (what, detail) if one)
