"""Invented data for the gallery: usual, long, empty."""

import math
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from enrs.core.ui.charts import Point, Series
from enrs.core.ui.shapes import (
    Alert,
    Banner,
    Choice,
    Conflict,
    Document,
    Entry,
    Filter,
    Frame,
    Professional,
    Service,
    Step,
)

USUAL = Banner(
    birth_name="Lemoine",
    first_given_name="Marguerite",
    used_name="Roussel",
    birth_date=date(1943, 10, 4),
    sex="F",
    identity_status="qualified",
    ins="243107511501847",
    ins_is_test=True,
    allergies=("pénicilline", "produits de contraste iodés"),
    alerts=(Alert("Anticoagulant en cours", "attention"),),
    url="#",
)
LONG = Banner(
    birth_name="N’Diaye",
    first_given_name="Marie-Bernadette",
    used_name="de La Rochefoucauld-Montbel",
    used_given_name="Bernadette",
    birth_date=date(1948, 3, 12),
    sex="F",
    identity_status="doubtful",
    allergies=("arachide", "latex", "sulfamides", "acide acétylsalicylique", "venin de guêpe"),
    alerts=(
        Alert("Homonyme dans la région : vérifiez la date de naissance", "alerte", "#"),
        Alert("Directives anticipées", "information", "#"),
    ),
)
EMPTY = Banner(birth_name="Inconnu", first_given_name="", sex="U", identity_status="provisional")
INFANT = Banner(
    birth_name="Garnier",
    first_given_name="Soan",
    birth_date="2026-04",
    sex="M",
    identity_status="retrieved",
    allergies=(),
)
SERVICES = (
    ("Accueil", "house", False),
    ("Mes patients", "people", True),
    ("Annuaire", "journal-medical", False),
    ("Messages reçus", "inboxes", False),
    ("Orientation", "signpost-split", False),
    ("Télé-expertise", "camera-video", False),
    ("Lits disponibles", "hospital", False),
    ("Indicateurs", "bar-chart-line", False),
)


def frame() -> dict[str, Any]:
    """Rail and top bar of a nurse who works in two places."""
    return {
        "services": [Service(label, "#", icon, now) for label, icon, now in SERVICES],
        "frame": Frame(
            region_name="Santé Île-de-France",
            home_url="#",
            search_url="#",
            sign_in_url="/ui/public",
            sign_out_url="#",
            sessions_url="#",
            accesses_url="#",
            switch_url="#",
            places=(
                Choice("1", "Hôpital des Trois-Vallées, médecine polyvalente", is_current=True),
                Choice("2", "Maison de santé du Canal"),
            ),
            person_name="Camille Bertin",
            person_role="Infirmière",
            notifications_url="#",
            notifications_count=3,
        ),
    }


def entries(now: datetime) -> list[Entry]:
    """A few days of a record's life line."""
    return [
        Entry(
            now - timedelta(minutes=4),
            "Numération formule sanguine",
            "Hémoglobine 10,8 g/dL, basse. Plaquettes et leucocytes dans les valeurs de référence.",
            "Laboratoire du Canal",
            "droplet",
            "attention",
            "À lire",
            "#",
            "e1",
            is_new=True,
        ),
        Entry(
            now - timedelta(hours=2),
            "Note de suivi",
            "Pansement refait, plaie propre. Revoir jeudi.",
            "Camille Bertin, infirmière",
            "pencil-square",
            key="e2",
        ),
        Entry(
            now - timedelta(days=1, hours=3),
            "Compte rendu de radiographie du thorax",
            "",
            "Dr Hélène Vasseur, radiologue",
            "file-earmark-medical",
            "information",
            "",
            "#",
            "e3",
        ),
        Entry(
            now - timedelta(days=1, hours=9),
            "Entrée en médecine polyvalente",
            "Adressée par les urgences.",
            "Hôpital des Trois-Vallées",
            "box-arrow-in-right",
            key="e4",
        ),
        Entry("2024-11", "Pose d’une prothèse de hanche droite", "", "", "bandaid", key="e5"),
    ]


def haemoglobin(now: datetime) -> list[Series]:
    """Nine measures over eight months, one of them missing."""
    values = (13.4, 13.1, 12.8, 12.9, None, 12.2, 11.6, 11.1, 10.8)
    points = [
        Point(now - timedelta(days=30 * (len(values) - 1 - i), hours=i % 5), value)
        for i, value in enumerate(values)
    ]
    return [Series("Hémoglobine", points)]


def visits(now: datetime) -> list[Series]:
    """This month's daily visits and last year's behind."""
    start = now - timedelta(days=27)

    def wave(base: float, shift: float) -> list[Point]:
        return [
            Point(start + timedelta(days=i), round(base + 24 * math.sin(i / 3.2 + shift) + i * 1.4))
            for i in range(28)
        ]

    return [Series("2026", wave(182, 0.4)), Series("2025", wave(164, 1.1), is_faint=True)]


def rows(count: int = 4) -> list[dict[str, Any]]:
    """Rows of a results table."""
    kinds = (
        ("Hémoglobine", "10.8", "g/dL", "12 à 16", "bas"),
        ("Créatinine", "68", "µmol/L", "45 à 84", ""),
        ("Potassium", "5.4", "mmol/L", "3,5 à 5,1", "haut"),
        ("Débit de filtration glomérulaire estimé (CKD-EPI 2009)", "78", "mL/min", "> 60", ""),
        ("Plaquettes", "248000", "/mm³", "150 000 à 400 000", ""),
        ("Protéine C réactive", "3.2", "mg/L", "< 5", ""),
    )
    return [
        {"name": name, "value": value, "unit": unit, "range": limits, "place": place, "key": name}
        for name, value, unit, limits, place in kinds[:count]
    ]


def context() -> dict[str, Any]:
    """All that the gallery page shows."""
    now = timezone.now()
    return {
        **frame(),
        "banner": USUAL,
        "banners": [LONG, EMPTY, INFANT],
        "professionals": [
            Professional(
                "Dr Anne Le Goff",
                "Médecin généraliste",
                "Maison de santé du Canal, Pantin",
                "+33155500147",
                "#",
                "#",
                "RPPS 99900000017",
            ),
            Professional(
                "Jean-Christophe VANDENBERGHE-LAROCHELLE",
                "Masseur-kinésithérapeute",
                "Centre de soins de suite et de réadaptation des Hauts-de-Bièvre",
                "0155500188",
                "#",
            ),
            Professional("Nadia Ouali"),
        ],
        "entries": entries(now),
        "haemoglobin": haemoglobin(now),
        "visits": visits(now),
        "rows": rows(),
        "next_url": "suite",
        "trend": [182, 190, 176, 201, 214, 207, 226],
        "filters": [
            Filter(
                "kind",
                "Type",
                (
                    Choice("", "Tous"),
                    Choice("lab", "Biologie", is_current=True),
                    Choice("img", "Imagerie"),
                ),
            ),
            Filter("period", "Période", (Choice("", "12 derniers mois"), Choice("all", "Tout"))),
        ],
        "saved": (
            Choice("", "À lire", is_current=True, url="#"),
            Choice("", "Mes services", url="#"),
        ),
        "steps": [
            Step("Identité", "done", "#"),
            Step("Situation", "current", "", "4 questions"),
            Step("Documents"),
            Step("Envoi"),
        ],
        "document": Document(
            "Compte rendu d’hospitalisation",
            "CR d’hospitalisation",
            now - timedelta(days=3),
            "Dr Hélène Vasseur",
            "Hôpital des Trois-Vallées",
            "Remplace une version antérieure",
            "information",
            download_url="#",
            print_url="#",
        ),
        "unreadable": Document("Tracé.bin", "Fichier joint", now),
        "conflict_sample": Conflict(
            mine=(
                ("Transmission", "Pansement refait à 8 h.\nDouleur 2 sur 10."),
                ("Revoir le", "14 mars 2026"),
            ),
            theirs=(
                ("Transmission", "Pansement refait à 8 h, plaie suintante."),
                ("Revoir le", "14 mars 2026"),
            ),
            theirs_by="Dr Anne Le Goff",
            theirs_at=now - timedelta(minutes=2),
            reload_url="#",
            save_url="#",
            version="4",
        ),
        "moments": [
            now - timedelta(seconds=9),
            now - timedelta(minutes=3),
            now - timedelta(days=2),
        ],
    }
