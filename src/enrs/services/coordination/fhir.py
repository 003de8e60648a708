"""The result of an AGGIR grid as a FHIR R4 Observation."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid5

from enrs.core.fhir.rules.dates import instant
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.registry import register_extraction
from enrs.services.coordination.rules import aggir

Tree = dict[str, Any]

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SCORES = "urn:local:score"
TA_ASIP = "urn:oid:1.2.250.1.213.1.1.4.322"
"""Terminology of the CI-SIS; GIR 1 to 6 are MED-339 to MED-344 (value set 1.2.250.1.213.1.1.5.53)."""
ICF = "urn:oid:2.16.840.1.113883.6.254"
"""International Classification of Functioning; codes by variable of value set 1.2.250.1.213.1.1.5.806."""

VARIABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "coherence": ("Cohérence", ("d350",)),
    "orientation": ("Orientation", ("b114",)),
    "toilette": ("Toilette", ("d510",)),
    "habillage": ("Habillage", ("d540",)),
    "alimentation": ("Alimentation", ("d550",)),
    "elimination": ("Élimination", ("d5300", "d5301")),
    "transferts": ("Transferts", ("d420",)),
    "deplacement_interieur": ("Déplacements à l’intérieur", ("d4600",)),
    "deplacement_exterieur": ("Déplacements à l’extérieur", ("d4602",)),
    "communication_distance": ("Communication à distance", ("d360",)),
}
"""Each variable: its words and its codes of the ICF."""


def gir_observations(answer: Answer, values: Mapping[str, Any]) -> list[Tree]:
    """The GIR of a finished grid, with the modality of each variable; nothing while one is missing."""
    result = aggir.result_of(values)
    if result is None:
        return []
    profile = aggir.profile_of(aggir.letters_of(values))
    gir = {"system": TA_ASIP, "code": f"MED-{338 + result.gir}", "display": f"GIR {result.gir}"}
    return [
        {
            "resourceType": "Observation",
            "id": str(uuid5(answer.pk, "gir")),
            "status": "amended" if answer.status == Answer.Status.AMENDED else "final",
            "category": [{"coding": [{"system": CATEGORY, "code": "survey"}]}],
            "code": {
                "coding": [{"system": SCORES, "code": "gir", "display": "GIR"}],
                "text": "Groupe iso-ressources (grille AGGIR)",
            },
            "subject": {"reference": f"Patient/{answer.patient_id}"},
            "effectiveDateTime": values.get("date")
            or instant(answer.completed_at or answer.saved_at),
            "derivedFrom": [{"reference": f"QuestionnaireResponse/{answer.pk}"}],
            "valueCodeableConcept": {"coding": [gir], "text": f"GIR {result.gir}"},
            "component": [_component(name, letter) for name, letter in profile.items()],
        }
    ]


def _component(variable: str, letter: str) -> Tree:
    words, codes = VARIABLES[variable]
    coding = [{"system": ICF, "code": one} for one in codes]
    return {"code": {"coding": coding, "text": words}, "valueString": letter}


register_extraction("aggir", gir_observations)
