"""The questions before a vaccine, as the region's team writes them, and the Questionnaire that they make (pure).

A question is a yes or a no; what a yes does is chosen from a list, and becomes the beginning of its linkId, by which
`rules.eligibility` judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from enrs.services.vaccination.rules.eligibility import ADVICE, AGREED, STOP

EFFECTS: Final = (
    ("stop", "Un oui arrête la vaccination"),
    ("doctor", "Un oui demande un médecin"),
    ("note", "La réponse est conservée, sans effet"),
)
PREFIXES: Final = {"stop": STOP, "doctor": ADVICE, "note": "info-"}
MOST, LONGEST = 12, 300
AGREEMENT: Final = "La personne, ou qui la représente, est informée et d’accord"
FAMILY: Final = "vaccination-questions-"
"""How the forms that are written on our screen are named: those that it may open again."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its words, and what a yes does (`stop`, `doctor`, `note`)."""

    effect: str
    text: str


def questionnaire(
    name: str, version: str, title: str, questions: Sequence[Question]
) -> dict[str, Any]:
    """The FHIR R4 Questionnaire of some questions; whether the person agrees is always asked last."""
    items = [
        {"linkId": f"{PREFIXES[one.effect]}{rank}", "type": "boolean", "required": True, "text": one.text}
        for rank, one in enumerate(questions, 1)
    ]  # fmt: skip
    agreed = {"linkId": AGREED, "type": "boolean", "required": True, "text": AGREEMENT}
    return {
        "resourceType": "Questionnaire", "url": f"urn:enrs:forms:{name}", "name": name, "title": title,
        "version": version, "status": "active", "subjectType": ["Patient"], "item": [*items, agreed],
    }  # fmt: skip


def questions_of(tree: dict[str, Any]) -> list[Question]:
    """The questions of a Questionnaire that `questionnaire` made."""
    effects = {prefix: effect for effect, prefix in PREFIXES.items()}
    found = []
    for one in tree.get("item", ()):
        prefix = next((key for key in effects if str(one["linkId"]).startswith(key)), None)
        if prefix is not None:
            found.append(Question(effects[prefix], str(one["text"])))
    return found
