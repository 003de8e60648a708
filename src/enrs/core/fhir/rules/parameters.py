"""The types that are served and their search parameters: one table, read by search and by `metadata`."""

from dataclasses import dataclass, field

TOKEN, STRING, REFERENCE, DATE, DAY, UPDATED, ID, PATIENT, SOUND, SPECIAL = (
    "token", "string", "reference", "date", "day", "updated", "id", "patient", "sound", "special",
)  # fmt: skip
"""Kinds of parameter. `day` is a partial date kept as such (birth dates), `date` a moment; `patient`
is the owner of the record, `updated` and `id` are the resource's own columns; `sound` (a name with its
slips) and `special` are answered by the room that owns the type (`fhir.resolving`)."""

FHIR_KINDS = {DAY: "date", UPDATED: "date", ID: "token", PATIENT: "reference", SOUND: "string"}
"""The FHIR name of a kind, when it is not our own."""


@dataclass(frozen=True, slots=True)
class Include:
    """A reference that `_include` follows: `path` in the JSON, to resources of type `target`."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Served:
    """A resource type: its parameters, by name and kind, and the references that may be followed.

    `targets` are the types that a bare id in a reference parameter may mean. `is_public` types belong
    to no patient: any valid token reads them.
    """

    parameters: dict[str, str]
    is_public: bool = False
    targets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    includes: dict[str, Include] = field(default_factory=dict)
    sorts: tuple[str, ...] = ("_lastUpdated",)


_OWN = {"_id": ID, "_lastUpdated": UPDATED}
_SUBJECT = {"patient": PATIENT, "subject": PATIENT}
_OF_PATIENT = {"patient": Include("subject", "Patient"), "subject": Include("subject", "Patient")}
_DATED = ("_lastUpdated", "date")
_PEOPLE = (
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Patient",
    "RelatedPerson",
    "CareTeam",
)
_CANONICAL = {
    "identifier": TOKEN, "url": TOKEN, "version": TOKEN, "name": STRING, "title": STRING, "status": TOKEN,
    "date": DATE,
}  # fmt: skip
_ROLE_REFERENCES = {
    "practitioner": Include("practitioner", "Practitioner"),
    "organization": Include("organization", "Organization"),
}

SERVED: dict[str, Served] = {
    "Patient": Served(
        _OWN
        | {
            "identifier": TOKEN, "family": STRING, "given": STRING, "name": STRING, "birthdate": DAY,
            "gender": TOKEN, "active": TOKEN, "address": STRING, "address-city": STRING,
            "address-postalcode": STRING, "telecom": TOKEN,
        },
    ),
    "Practitioner": Served(
        _OWN
        | {
            "identifier": TOKEN, "family": STRING, "given": STRING, "name": STRING, "phonetic": SOUND,
            "email": TOKEN, "active": TOKEN,
        },
        is_public=True,
    ),
    "PractitionerRole": Served(
        _OWN
        | {
            "practitioner": REFERENCE, "organization": REFERENCE, "role": TOKEN, "specialty": TOKEN,
            "email": TOKEN, "active": TOKEN, "near": SPECIAL,
        },
        is_public=True,
        targets={"practitioner": ("Practitioner",), "organization": ("Organization",)},
        includes=_ROLE_REFERENCES,
    ),
    "Organization": Served(
        _OWN
        | {
            "identifier": TOKEN, "name": STRING, "phonetic": SOUND, "type": TOKEN, "active": TOKEN,
            "address-city": STRING, "address-postalcode": STRING, "partof": REFERENCE,
        },
        is_public=True,
        targets={"partof": ("Organization",)},
        includes={"partof": Include("partOf", "Organization")},
    ),
    "HealthcareService": Served(
        _OWN
        | {
            "identifier": TOKEN, "name": STRING, "organization": REFERENCE, "location": REFERENCE,
            "service-category": TOKEN, "service-type": TOKEN, "specialty": TOKEN, "characteristic": TOKEN,
            "active": TOKEN,
        },
        is_public=True,
        targets={"organization": ("Organization",), "location": ("Location",)},
        includes={
            "organization": Include("providedBy", "Organization"), "location": Include("location", "Location"),
        },
    ),
    "Location": Served(
        _OWN
        | {
            "identifier": TOKEN, "name": STRING, "organization": REFERENCE, "status": TOKEN,
            "address-city": STRING, "address-postalcode": STRING, "equipment": TOKEN,
            "near": SPECIAL,
        },
        is_public=True,
        targets={"organization": ("Organization",)},
        includes={"organization": Include("managingOrganization", "Organization")},
    ),
    "CareTeam": Served(
        _OWN | _SUBJECT | {"participant": REFERENCE, "status": TOKEN, "category": TOKEN},
        targets={"participant": ("Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "Patient")},
        includes=_OF_PATIENT,
    ),
    "Encounter": Served(
        _OWN | _SUBJECT | {"identifier": TOKEN, "status": TOKEN, "class": TOKEN, "date": DATE},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "DocumentReference": Served(
        _OWN | _SUBJECT | {"identifier": TOKEN, "type": TOKEN, "date": DATE, "status": TOKEN},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Observation": Served(
        _OWN | _SUBJECT | {"code": TOKEN, "category": TOKEN, "date": DATE},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "DiagnosticReport": Served(
        _OWN | _SUBJECT | {"identifier": TOKEN, "code": TOKEN, "category": TOKEN, "date": DATE, "status": TOKEN},
        includes=_OF_PATIENT | {"result": Include("result", "Observation")},
        sorts=_DATED,
    ),
    "Task": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "status": TOKEN, "code": TOKEN, "intent": TOKEN, "priority": TOKEN,
            "owner": REFERENCE, "requester": REFERENCE, "focus": REFERENCE, "based-on": REFERENCE,
            "part-of": REFERENCE, "authored-on": DATE, "modified": DATE, "business-status": TOKEN, "date": DATE,
        },
        targets={
            "owner": _PEOPLE, "requester": _PEOPLE, "based-on": ("ServiceRequest",), "part-of": ("Task",),
            "focus": ("ServiceRequest", "QuestionnaireResponse", "CarePlan", "Appointment"),
        },
        includes={
            "patient": Include("for", "Patient"), "subject": Include("for", "Patient"),
            "focus": Include("focus", "ServiceRequest"),
        },
        sorts=_DATED,
    ),
    "ServiceRequest": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "status": TOKEN, "code": TOKEN, "category": TOKEN, "priority": TOKEN,
            "intent": TOKEN, "requester": REFERENCE, "performer": REFERENCE, "authored": DATE, "date": DATE,
        },
        targets={"requester": _PEOPLE, "performer": _PEOPLE},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Questionnaire": Served(
        _OWN
        | {
            "identifier": TOKEN, "name": STRING, "title": STRING, "url": TOKEN, "version": TOKEN,
            "status": TOKEN, "code": TOKEN, "date": DATE,
        },
        is_public=True,
        sorts=_DATED,
    ),
    "CodeSystem": Served(_OWN | _CANONICAL, is_public=True, sorts=_DATED),
    "ValueSet": Served(_OWN | _CANONICAL | {"reference": TOKEN}, is_public=True, sorts=_DATED),
    "ConceptMap": Served(
        _OWN | _CANONICAL | {"source": TOKEN, "target": TOKEN}, is_public=True, sorts=_DATED
    ),
    "QuestionnaireResponse": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "status": TOKEN, "questionnaire": TOKEN, "author": REFERENCE,
            "based-on": REFERENCE, "authored": DATE, "date": DATE,
        },
        targets={"author": _PEOPLE, "based-on": ("ServiceRequest", "CarePlan")},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Appointment": Served(
        _OWN | {"patient": PATIENT}
        | {
            "identifier": TOKEN, "status": TOKEN, "service-type": TOKEN, "actor": REFERENCE,
            "practitioner": REFERENCE, "location": REFERENCE, "date": DATE,
        },
        targets={"actor": (*_PEOPLE, "Location"), "practitioner": ("Practitioner",), "location": ("Location",)},
        sorts=_DATED,
    ),
    "Communication": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "status": TOKEN, "category": TOKEN, "sender": REFERENCE,
            "recipient": REFERENCE, "based-on": REFERENCE, "part-of": REFERENCE, "sent": DATE, "date": DATE,
        },
        targets={
            "sender": _PEOPLE, "recipient": _PEOPLE, "part-of": ("Communication", "Task"),
            "based-on": ("Task", "ServiceRequest", "CarePlan"),
        },
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "CarePlan": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "status": TOKEN, "intent": TOKEN, "category": TOKEN, "author": REFERENCE,
            "care-team": REFERENCE, "date": DATE,
        },
        targets={"author": _PEOPLE, "care-team": ("CareTeam",)},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Goal": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "lifecycle-status": TOKEN, "achievement-status": TOKEN, "category": TOKEN,
            "start-date": DATE, "date": DATE,
        },
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Condition": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "code": TOKEN, "category": TOKEN, "clinical-status": TOKEN,
            "onset-date": DATE, "recorded-date": DATE, "date": DATE,
        },
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "AllergyIntolerance": Served(
        _OWN | {"patient": PATIENT}
        | {
            "identifier": TOKEN, "code": TOKEN, "category": TOKEN, "clinical-status": TOKEN,
            "criticality": TOKEN, "date": DATE,
        },
        includes={"patient": Include("patient", "Patient")},
        sorts=_DATED,
    ),
    "MedicationStatement": Served(
        _OWN | _SUBJECT
        | {"identifier": TOKEN, "code": TOKEN, "status": TOKEN, "effective": DATE, "date": DATE},
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "MedicationRequest": Served(
        _OWN | _SUBJECT
        | {
            "identifier": TOKEN, "code": TOKEN, "status": TOKEN, "intent": TOKEN, "authoredon": DATE,
            "date": DATE,
        },
        includes=_OF_PATIENT,
        sorts=_DATED,
    ),
    "Immunization": Served(
        _OWN | {"patient": PATIENT}
        | {"identifier": TOKEN, "vaccine-code": TOKEN, "status": TOKEN, "date": DATE},
        includes={"patient": Include("patient", "Patient")},
        sorts=_DATED,
    ),
}  # fmt: skip
"""The types kept in the published-resource table."""

AUDIT_PARAMETERS = {"patient": PATIENT, "date": DATE}
"""AuditEvent is read from the journal: these only, and `patient` is required."""

REVERSE_INCLUDES = {
    ("Practitioner", "PractitionerRole", "practitioner"),
    ("Organization", "PractitionerRole", "organization"),
    ("Organization", "HealthcareService", "organization"),
    ("Organization", "Location", "organization"),
    ("Organization", "Organization", "partof"),
    ("Location", "HealthcareService", "location"),
    ("Patient", "CareTeam", "patient"),
}
"""`_revinclude` of the third parameter of the second type, when the first is searched."""

RESULT_PARAMETERS = (
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_summary",
    "_total",
    "_format",
    "_pretty",
    "_page",
)
DEFAULT_COUNT, MAX_COUNT = 20, 200
