"""What each document that the region makes is built of, as data: type, template, sections in order.

Sources: the published examples of the ANS: VSM_1.4_2022.01, DLU-EHPAD-DLU_2022.01, LDL-EES_2022.01, LDL-SES_2022.01,
VAC-NOTE_2023.01, eP-MED-DM_2024.01. The prescription has the sections and entries of the last one and does not claim
its model, which wants the bar code that the insurance's own service gives. The plan and the emergency document of
somebody who lives at home follow no published model that we could read: they keep to the minimal structure and claim
no template.
"""

from dataclasses import dataclass, replace

from enrs.formats.cda.model import LOINC, Code, Identifier

TYPES = "1.2.250.1.213.1.1.4.12"
TERMS = "1.2.250.1.213.1.1.4.322"
SUFFICIENT = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
"""The formatCode of a document that follows no model (IHE, `formatCode` value set, 2017)."""


CLINICAL_HISTORY = Code("34117-2", LOINC, "Historique et clinique", "LOINC")


@dataclass(frozen=True, slots=True)
class Part:
    """A section: `holds` names a writer of entries (`builder_entries.WRITERS`); `says` a text of the author.

    Without content, `empty` is said; an optional part is then left out. `observed` and its templates make an entry
    of the text, as LDL-SES does.
    """

    title: str
    code: Code
    templates: tuple[str, ...] = ()
    holds: str = ""
    says: str = ""
    empty: str = "Non renseigné."
    is_optional: bool = False
    observed: Code | None = None
    observed_templates: tuple[str, ...] = ()
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of document. `act` is what it documents (serviceEvent); `profiles` are claimed besides its model."""

    type_code: Code
    title: str
    parts: tuple[Part, ...]
    template: Identifier | None = None
    act: Code = CLINICAL_HISTORY
    profiles: tuple[Identifier, ...] = ()


def _loinc(code: str, display: str) -> Code:
    return Code(code, LOINC, display, "LOINC")


PROBLEMS = Part(
    "Pathologies en cours", _loinc("11450-4", "Liste des problèmes actifs"),
    ("2.16.840.1.113883.10.20.1.11", "1.3.6.1.4.1.19376.1.5.3.1.3.6", "1.2.250.1.213.1.1.2.132"),
    holds="problems",
)  # fmt: skip
ANTECEDENTS = Part(
    "Antécédents", _loinc("11348-0", "Antécédents médicaux"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.8", "1.2.250.1.213.1.1.2.134"), holds="antecedents",
)  # fmt: skip
ALLERGIES = Part(
    "Allergies et hypersensibilités", _loinc("48765-2", "Allergies et hypersensibilités"),
    ("2.16.840.1.113883.10.20.1.2", "1.3.6.1.4.1.19376.1.5.3.1.3.13", "1.2.250.1.213.1.1.2.137"),
    holds="allergies",
)  # fmt: skip
TREATMENTS = Part(
    "Traitements", _loinc("10160-0", "Traitements"),
    ("2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143"),
    holds="treatments",
)  # fmt: skip
ADMISSION_TREATMENTS = Part(
    "Traitements à l'admission", _loinc("42346-7", "Traitements à l'admission"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.20", "1.2.250.1.213.1.1.2.144"), holds="treatments",
)  # fmt: skip
DISCHARGE_TREATMENTS = Part(
    "Traitements à la sortie", _loinc("10183-2", "Traitements à la sortie"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.22", "1.2.250.1.213.1.1.2.146"), holds="treatments",
)  # fmt: skip
VACCINES = Part(
    "Vaccinations", _loinc("11369-6", "Historique des vaccinations"),
    ("2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", "1.2.250.1.213.1.1.2.147"),
    holds="vaccines", is_optional=True,
)  # fmt: skip
HABITS = Part(
    "Mode de vie", _loinc("29762-2", "Habitus, Mode de vie"),
    (
        "2.16.840.1.113883.10.20.1.15", "1.3.6.1.4.1.19376.1.5.3.1.3.16",
        "1.3.6.1.4.1.19376.1.5.3.1.3.16.1", "1.2.250.1.213.1.1.2.141",
    ),
    holds="habits",
)  # fmt: skip
JOB_RISKS = Part(
    "Facteurs de risques professionnels", _loinc("10161-8", "Facteurs de risques professionnels"),
    ("1.3.6.1.4.1.19376.1.5.3.1.1.5.3.1", "1.2.250.1.213.1.1.2.74"), says="job_risks",
    is_optional=True,
)  # fmt: skip
WARNINGS = Part(
    "Points de vigilance", _loinc("30954-2", "Résultats d'examens"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.27", "1.2.250.1.213.1.1.2.150"), says="warnings",
    empty="Aucun signalé.",
)  # fmt: skip
MEASURES = Part(
    "Dernières mesures", _loinc("8716-3", "Signes vitaux"),
    (
        "2.16.840.1.113883.10.20.1.16", "1.3.6.1.4.1.19376.1.5.3.1.3.25",
        "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.2", "1.2.250.1.213.1.1.2.75",
    ),
    holds="measures", is_optional=True,
)  # fmt: skip
REASON = Part(
    "Motif d'hospitalisation", _loinc("42349-1", "Raison de la recommandation"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.1", "1.2.250.1.213.1.1.2.127"), says="reason",
)  # fmt: skip
REMARKS = Part(
    "Autres informations", _loinc("55112-7", "Commentaire"),
    (
        "2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", "1.2.250.1.213.1.1.2.73",
    ),
    says="remarks", is_optional=True,
)  # fmt: skip
RECEIVED = Part(
    "Éléments reçus d'autres professionnels, non confirmés", _loinc("55112-7", "Commentaire"),
    REMARKS.templates, says="received", is_optional=True,
)  # fmt: skip
DIRECTIVES = Part(
    "Directives anticipées", _loinc("42348-3", "Directives anticipées"),
    (
        "2.16.840.1.113883.10.20.1.1", "1.3.6.1.4.1.19376.1.5.3.1.3.34",
        "1.3.6.1.4.1.19376.1.5.3.1.3.35", "1.2.250.1.213.1.1.2.157",
    ),
    says="directives",
)  # fmt: skip
PREFERRED = Part(
    "Établissement de santé de préférence", _loinc("11302-7", "Etablissement de santé de préférence"),
    ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.10", "1.2.250.1.213.1.1.2.172"), says="preferred",
)  # fmt: skip
PALLIATIVE = Part(
    "Soins palliatifs", _loinc("18776-5", "Plan de soins"),
    ("2.16.840.1.113883.10.20.1.10", "1.3.6.1.4.1.19376.1.5.3.1.3.36", "1.2.250.1.213.1.1.2.158"),
    says="palliative",
)  # fmt: skip
FOLLOW_UP = Part(
    "Suites à donner", _loinc("18776-5", "Plan de soins"), PALLIATIVE.templates, says="follow_up",
)  # fmt: skip
_EVENTS = (
    "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9", "1.3.6.1.4.1.19376.1.7.3.1.1.13.7",
    "1.2.250.1.213.1.1.2.163",
)  # fmt: skip
STATE = Part(
    "Observations", _loinc("42545-4", "Evènements observés"), _EVENTS, says="state",
)  # fmt: skip
_SIMPLE = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
SYNTHESIS = Part(
    "Synthèse médicale du séjour", _loinc("42545-4", "Evènements observés"),
    (*_EVENTS, "1.2.250.1.213.1.1.2.163.1"), says="synthesis",
    observed=Code("MED-142", TERMS, "Synthèse médicale", "TA_ASIP"),
    observed_templates=(*_SIMPLE, "1.2.250.1.213.1.1.3.48.9"),
)  # fmt: skip
STATUS = Part(
    "Statut du document", _loinc("33557-0", "Etat d'achèvement"),
    ("1.2.250.1.213.1.1.2.35", "1.2.250.1.213.1.1.2.35.1"), says="status",
    observed=Code("GEN-065", TERMS, "Statut du document", "TA_ASIP"),
    observed_templates=(*_SIMPLE, "1.2.250.1.213.1.1.3.48.16", "1.2.250.1.213.1.1.3.48.16.1"),
)  # fmt: skip
DONE = Code("398166005", "2.16.840.1.113883.6.96", "réalisé", "SNOMED CT")
"""The status of a letter that is signed (JDV_StatutDoc-CISIS)."""


def _plan(title: str, says: str, code: Code | None = None, *, is_optional: bool = False) -> Part:
    return Part(
        title, code or _loinc("18776-5", "Plan de soins"), says=says, is_optional=is_optional
    )


NOTE = _loinc("87273-9", "Note de vaccination")
PRESCRIPTION = _loinc("57833-6", "Prescription de produits de santé")
PRESCRIBED = Part(
    "Prescription de médicaments", _loinc("57828-6", "Prescriptions"),
    ("1.3.6.1.4.1.19376.1.9.1.2.1", "1.2.250.1.213.1.1.2.171"), holds="prescribed",
)  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    "vsm": Layout(
        Code("SYNTH", TYPES, "Synthèse"), "Volet de synthèse médicale",
        (
            Part(
                "Pathologies, antécédents, allergies et facteurs de risque",
                _loinc("46612-8", "Conclusions de synthèse"), ("1.2.250.1.213.1.1.2.29",),
                parts=(
                    Part(
                        "Pathologies en cours, antécédents et allergies",
                        _loinc("34117-2", "Historique et physique"), ("1.2.250.1.213.1.1.2.30",),
                        parts=(PROBLEMS, ANTECEDENTS, ALLERGIES),
                    ),
                    Part(
                        "Facteurs de risque",
                        _loinc("57207-3", "Facteurs de risque présents ou passés"),
                        ("1.2.250.1.213.1.1.2.31",), parts=(HABITS, JOB_RISKS),
                    ),
                ),
            ),
            WARNINGS,
            Part(
                "Traitement au long cours", _loinc("18776-5", "Plan de traitement"),
                ("1.2.250.1.213.1.1.2.32",), parts=(TREATMENTS,),
            ),
            VACCINES,
            MEASURES,
            RECEIVED,
        ),
        Identifier("1.2.250.1.213.1.1.1.13", "201310"),
    ),
    "dlu": Layout(
        _loinc("74207-2", "Document de liaison d'urgence"), "Document de liaison d'urgence",
        (
            PREFERRED, PROBLEMS, ANTECEDENTS, ALLERGIES, TREATMENTS, PALLIATIVE, DIRECTIVES, STATE,
            VACCINES, MEASURES, REMARKS,
        ),
    ),
    "admission_letter": Layout(
        _loinc("18761-7", "Note de transfert (dont lettre de liaison à l'entrée en établissement de soins)"),
        "Lettre de liaison à l'entrée en établissement de santé",
        (REASON, ADMISSION_TREATMENTS, ALLERGIES, PROBLEMS, ANTECEDENTS, MEASURES, REMARKS),
        Identifier("1.2.250.1.213.1.1.1.21", "2022.01"),
    ),
    "discharge_letter": Layout(
        _loinc("11490-0", "Lettre de liaison à la sortie d'un établissement de soins"),
        "Lettre de liaison à la sortie de l'établissement de santé",
        (STATUS, REASON, SYNTHESIS, DISCHARGE_TREATMENTS, ALLERGIES, PROBLEMS, MEASURES, FOLLOW_UP, REMARKS),
        Identifier("1.2.250.1.213.1.1.1.29", "2022.01"),
    ),
    "plan": Layout(
        _loinc("18776-5", "Plan personnalisé de soins"), "Plan personnalisé de santé",
        (
            _plan("Intervenants", "team", _loinc("55112-7", "Commentaire")),
            ALLERGIES,
            _plan("Situation et projet de la personne", "situation", _loinc("34117-2", "Historique et physique")),
            _plan("Situations à problème", "problems", _loinc("46612-8", "Conclusions de synthèse")),
            _plan("Objectifs et actions", "goals"),
            _plan("Objectifs partagés non atteints", "unsettled", is_optional=True),
            _plan("Accord de la personne et des intervenants", "agreements", is_optional=True),
        ),
    ),
    "vaccination_note": Layout(
        NOTE, "Note de vaccination", (replace(VACCINES, title="Note de vaccination", is_optional=False),),
        Identifier("1.2.250.1.213.1.1.1.46", "2023.01"), NOTE,
        (Identifier("1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2"),),
    ),
    "prescription": Layout(
        PRESCRIPTION, "Prescription de médicaments", (PRESCRIBED, REMARKS), act=PRESCRIPTION,
    ),
}  # fmt: skip
EMERGENCY_OF_RESIDENTS = Identifier("1.2.250.1.213.1.1.1.22", "2022.01")
"""The model of the emergency document of a nursing home (DLU-EHPAD)."""
CLASSES: dict[str, tuple[str, str, str]] = {
    "vsm": ("11", "1.2.250.1.213.1.1.4.1", "Synthèse"),
    "dlu": ("11", "1.2.250.1.213.1.1.4.1", "Synthèse"),
    "admission_letter": ("11", "1.2.250.1.213.1.1.4.1", "Synthèse"),
    "discharge_letter": ("11", "1.2.250.1.213.1.1.4.1", "Synthèse"),
    "plan": ("44", "1.2.250.1.213.1.1.4.1", "Plan de soins, protocole de soins"),
    "vaccination_note": ("45", "1.2.250.1.213.1.1.4.1", "Traitement administré"),
    "prescription": ("42", "1.2.250.1.213.1.1.4.1", "Prescription"),
}
"""classCode of each (TRE_A03-ClasseDocument, 2023-12-15). ASS_X04, which pairs it with the type, could not be read:
the pairing is ours, by the words of both."""
