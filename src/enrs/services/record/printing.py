"""The summary on paper for somebody outside of the circle: a PDF by Typst."""

import json
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone

from enrs.core.ui import filters
from enrs.core.ui.shapes import Banner
from enrs.services.record.queries import measure_words
from enrs.services.record.rules.entries import MEASURES
from enrs.services.record.templatetags.record import reference_words, unit_words, value_words

SHEET = Path(__file__).parent / "summary.typ"
FOOT = (
    "Document remis à son seul destinataire. L’envoi est inscrit au journal du dossier, que la personne "
    "peut lire (Code de la santé publique, article L1110-4)."
)


def summary_pdf(banner: Banner, summary: dict[str, Any], *, recipient: str, sender: str) -> bytes:
    """The summary as a PDF; `summary` is what the page shows. Texts go in as data, never as markup."""
    born = filters.date_fr(banner.birth_date) if banner.birth_date else "date inconnue"
    data = {
        "title": "Synthèse du dossier",
        "who": f"{filters.person_name(banner)} · {born} · {banner.sex_words} · {banner.status_words}",
        "printed": f"Établi le {filters.moment(timezone.now())}",
        "sent": f"À l’attention de {recipient}, de la part de {sender}",
        "parts": _parts(summary),
        "foot": FOOT,
    }
    return bytes(typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(data)}))


def _parts(summary: dict[str, Any]) -> list[dict[str, Any]]:
    parts = _medical_parts(summary["medical"]) if summary["medical"] else []
    values = [
        [
            one.display,
            f"{value_words(one)} {unit_words(one.unit)} (réf. {reference_words(one) or '—'})",
        ]
        for one in summary["abnormal"]
    ]
    parts.append(_part("Derniers résultats hors norme", values, "Aucun."))
    documents = [[one.title, filters.date_fr(one.happened_at)] for one in summary["documents"]]
    parts.append(_part("Derniers documents", documents, "Aucun."))
    stays = [
        [one.organisation_name or "Séjour", filters.date_fr(one.admitted_at)]
        for one in summary["stays"]
    ]
    parts.append(_part("Séjours", stays, "Aucun."))
    return parts


def _medical_parts(medical: Any) -> list[dict[str, Any]]:
    measures = [
        [measure_words(one), filters.moment(one.measured_at)]
        for one in medical.measures
        if one.kind in MEASURES
    ]
    return [
        _part(
            "Allergies et intolérances",
            [
                [_joined(one.display, one.reaction), filters.partial_date(one.began_on)]
                for one in medical.allergies
            ],
            "Non renseignées.",
        ),
        _part(
            "Problèmes et antécédents",
            [
                [
                    one.display + (" (passé)" if one.status == "resolved" else ""),
                    filters.partial_date(one.began_on),
                ]
                for one in medical.problems
            ],
            "Aucun noté.",
        ),
        _part(
            "Traitements en cours",
            [
                [_joined(one.display, one.dosage), filters.partial_date(one.began_on)]
                for one in medical.treatments
            ],
            "Aucun noté.",
        ),
        _part(
            "Vaccinations",
            [
                [_joined(one.display, one.dose), filters.partial_date(one.given_on)]
                for one in medical.vaccinations
            ],
            "Aucune notée.",
        ),
        _part("Mesures", measures, "Aucune notée."),
    ]


def _part(title: str, rows: list[list[str]], none: str) -> dict[str, Any]:
    return {"title": title, "rows": [[str(cell) for cell in row] for row in rows], "none": none}


def _joined(what: str, detail: str) -> str:
    return f"{what}, {detail}" if detail else what
