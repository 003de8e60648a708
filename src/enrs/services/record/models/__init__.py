"""Tables of the record: facts that come in, entries of the summary, readers' own lists and marks."""

from enrs.services.record.models.entries import (
    Allergy,
    Entry,
    FormerEntry,
    Measure,
    Problem,
    Treatment,
    Vaccination,
)
from enrs.services.record.models.facts import Encounter, Note, NoteText, Observation, Report
from enrs.services.record.models.intake import Intake, IntakeLine
from enrs.services.record.models.lists import DocumentText, Mark, NoteMark, PatientList, RoundEntry
from enrs.services.record.models.masking import Masking
from enrs.services.record.models.prescriptions import Prescription, PrescriptionLine
from enrs.services.record.models.publications import Publication
from enrs.services.record.models.secrets import Secret, SecretItem

__all__ = [
    "Allergy",
    "DocumentText",
    "Encounter",
    "Entry",
    "FormerEntry",
    "Intake",
    "IntakeLine",
    "Mark",
    "Masking",
    "Measure",
    "Note",
    "NoteMark",
    "NoteText",
    "Observation",
    "PatientList",
    "Prescription",
    "PrescriptionLine",
    "Problem",
    "Publication",
    "Report",
    "RoundEntry",
    "Secret",
    "SecretItem",
    "Treatment",
    "Vaccination",
]
