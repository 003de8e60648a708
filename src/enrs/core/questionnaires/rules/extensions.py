"""The extensions of Questionnaire that the engine knows, those that it refuses, and how they are read."""

from collections.abc import Mapping
from typing import Any

FHIR = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

HIDDEN = FHIR + "questionnaire-hidden"
CONTROL = FHIR + "questionnaire-itemControl"
UNIT = FHIR + "questionnaire-unit"
UNIT_OPTION = FHIR + "questionnaire-unitOption"
MIN_OCCURS = FHIR + "questionnaire-minOccurs"
MAX_OCCURS = FHIR + "questionnaire-maxOccurs"
EXCLUSIVE = FHIR + "questionnaire-optionExclusive"
MIN_VALUE = FHIR + "minValue"
MAX_VALUE = FHIR + "maxValue"
MIN_LENGTH = FHIR + "minLength"
MAX_DECIMALS = FHIR + "maxDecimalPlaces"
REGEX = FHIR + "regex"
ORDINAL = FHIR + "ordinalValue"
ITEM_WEIGHT = FHIR + "itemWeight"
VARIABLE = FHIR + "variable"
CALCULATED = SDC + "calculatedExpression"
PREFILL = SDC + "initialExpression"
POPULATION = SDC + "itemPopulationContext"
EXTRACT = SDC + "observationExtract"
ROLES = "urn:enrs:form:roles"
"""Ours: a role of the matrix (`valueCode`) that alone sees and fills an item and all that it holds."""
READERS = "urn:enrs:form:readers"
"""Ours: a role that sees an item reserved by `ROLES` without filling it."""

REFUSED = frozenset(
    {
        SDC + "enableWhenExpression",
        SDC + "answerExpression",
        SDC + "candidateExpression",
        SDC + "contextExpression",
        SDC + "itemExtractionContext",
        FHIR + "questionnaire-constraint",
        FHIR + "targetConstraint",
        "http://hl7.org/fhir/uv/sdc/StructureDefinition/targetConstraint",
    }
)
"""Extensions that would change what a form does and that the engine does not follow."""


def values(node: Mapping[str, Any], url: str) -> list[Any]:
    """The values of every extension of this address on a node."""
    return [
        value
        for one in node.get("extension", ())
        if one.get("url") == url
        for key, value in one.items()
        if key.startswith("value")
    ]


def value(node: Mapping[str, Any], url: str) -> Any:
    """The value of the first extension of this address; None when there is none."""
    return next(iter(values(node, url)), None)


def typed(node: Mapping[str, Any], stem: str = "value") -> tuple[str, Any]:
    """The kind and content of a `value[x]`: ("Coding", {…}); ("", None) when there is none."""
    for key, content in node.items():
        if key.startswith(stem) and len(key) > len(stem) and key[len(stem)].isupper():
            return key[len(stem) :], content
    return "", None
