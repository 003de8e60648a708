"""What is printed: the letter that closes a request, the readable part of a copy of somebody's data,
the elimination log."""

import json
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings
from django.utils import timezone

from enrs.core.ui import filters
from enrs.services.rights.models import Approval, DataCopy, RightsRequest
from enrs.services.rights.rules import requests as rules

LETTER = Path(__file__).parent / "letter.typ"
SHEET = Path(__file__).parent / "copy.typ"
SLIP = Path(__file__).parent / "elimination.typ"
JOURNAL: Final = "Accès au dossier"
LEAD: Final = (
    "Ce document reprend ce que la personne qui l’a demandé pouvait lire le jour de sa préparation. Les données "
    "complètes sont dans le fichier dossier-fhir.json (norme HL7 FHIR R4), les documents dans le dossier « documents » "
    "et tous les accès dans journal-des-acces.csv."
)
FOOT: Final = (
    "Données de santé : gardez ce fichier en lieu sûr (RGPD, articles 15 et 20 ; Code de la santé publique, "
    "article L1111-7)."
)

SLIP_SOURCE: Final = (
    "Élimination de dossiers au terme de leur conservation (Code de la santé publique, article R1112-7 ; Code du "
    "patrimoine, article L212-2)."
)
SLIP_FOOT: Final = (
    "Chaque dossier est désigné par une empreinte à clé de son identifiant, que seul l’espace régional sait "
    "rapprocher. L’empreinte d’un contenu est calculée sur les lignes effacées. Le journal des accès, scellé, garde "
    "la trace de cette élimination."
)


def closing_letter(asked: RightsRequest) -> bytes:
    """The answer to a request, with the remedy; what people wrote goes in as data, never as markup."""
    is_refused = asked.state == RightsRequest.State.REFUSED
    data = {
        "region": settings.REGION.name,
        "contact": settings.REGION.contact,
        "to": [line.strip() for line in (asked.asker_name, *asked.address.splitlines()) if line.strip()],
        "day": filters.date_fr(asked.closed_at or timezone.now()),
        "number": asked.number,
        "right": asked.get_kind_display(),
        "source": rules.RIGHTS[asked.kind].source,
        "person": asked.person_name,
        "received": filters.date_fr(asked.received_on),
        "outcome": "Nous ne pouvons pas y donner suite." if is_refused else "Voici notre réponse.",
        "refusal": rules.REFUSALS.get(asked.refusal_code, ""),
        "answer": asked.answer.split("\n"),
        "remedy": rules.REMEDY,
        "by": asked.closed_by,
    }  # fmt: skip
    return bytes(typst.compile(LETTER.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def copy_sheet(made: DataCopy, parts: list[dict[str, Any]]) -> bytes:
    """The readable part of a copy; `parts` have a title, rows of two cells, and how many more there are."""
    data = {
        "title": "Copie des données de santé",
        "who": made.person_name,
        "printed": f"{settings.REGION.name} · préparée le {filters.moment(timezone.now())}",
        "lead": LEAD,
        "parts": [one | {"more": _more(one["more"])} for one in parts],
        "foot": FOOT,
    }
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def elimination_slip(approval: Approval, rows: list[dict[str, Any]]) -> bytes:
    """The elimination log of one approval, for the archives; it names nobody but who approved."""
    data = {
        "region": settings.REGION.name,
        "number": approval.number,
        "source": SLIP_SOURCE,
        "by": f"{approval.by_name}, {filters.moment(approval.at)}",
        "decision": approval.decision.split("\n"),
        "visa": approval.visa or "Aucun",
        "count": str(len(rows)),
        "rows": [
            {
                "pseudonym": one["log"].pseudonym,
                "rule": one["rule"],
                "last": filters.date_fr(one["log"].last_on),
                "until": filters.date_fr(one["log"].kept_until),
                "at": filters.moment(one["log"].at),
                "contents": [
                    {"label": held["label"], "count": str(held["count"]), "digest": held["digest"]}
                    for held in one["log"].contents
                ],
            }
            for one in rows
        ],
        "foot": SLIP_FOOT,
    }
    return bytes(typst.compile(SLIP.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _more(count: int) -> str:
    if not count:
        return ""
    return f"Et {filters.plural_fr(count, 'ligne')} de plus dans les fichiers joints."
