"""Offers by the tens of thousands, for the benches of the directory: `fill(count)`; and the search itself.

`enrs bench offers --json FILE` makes 60,000 offers around Paris, 32,000 of them of the city, and times the
search with everything asked (text, speciality, 10 km, open now, free beds) on one connection.
"""

import random
import time
from pathlib import Path
from typing import Any

from benchmarks.common import percentile, report, row, scratch_database

COUNT = 60_000
CITY_SHARE = 0.53
FREE = "create table if not exists bench_free (service_id uuid primary key, free_count integer, known_at timestamptz)"
CALLS = 400
UNITS = (
    ("dialyse-centre", "01", ["seance"], ["nephrologie"], "Hémodialyse en centre"),
    ("cardiologie", "01", ["28", "consultation"], ["SM04"], "Cardiologie"),
    ("reanimation-adultes", "urgences", ["28"], ["SM02"], "Réanimation polyvalente"),
    ("geriatrie-court-sejour", "01", ["28"], ["geriatrie"], "Court séjour gériatrique"),
    ("plaies-cicatrisation", "01", ["consultation"], ["dermatologie"], "Plaies et cicatrisation"),
    ("smr-polyvalent", "smr", ["28"], ["mpr"], "SMR polyvalent"),
    ("ehpad", "medico-social", ["hebergement"], ["geriatrie"], "Hébergement permanent"),
    ("chirurgie-digestive", "01", ["28"], ["chirurgie-viscerale"], "Chirurgie digestive"),
    ("maternite", "01", ["28"], ["obstetrique"], "Maternité"),
    ("psychiatrie-adultes", "psychiatrie", ["28"], ["psychiatrie"], "Psychiatrie adultes"),
)
CITY = (
    ("medecine-generale", ["SM54"], "Dr"), ("soins-infirmiers", [], ""), ("kinesitherapie", [], ""),
    ("cardiologie", ["SM04"], "Dr"), ("pharmacie", [], ""), ("sage-femme", [], ""),
)  # fmt: skip
SYLLABLES = "ba bel bon cha cor del dur fon gar gil la le lo mar mon nav per pi ra ro sal tes val ver vin".split()  # noqa: SIM905
TOWNS = "Bobigny Saint-Denis Nanterre Créteil Évry Meaux Melun Versailles Pontoise Paris".split()  # noqa: SIM905


def fill(count: int = COUNT, seed: int = 1) -> None:
    """Write `count` published offers with their sites and search rows, as the owner, by COPY and one insert."""
    from django.db import connection, transaction

    from enrs.core.demo import insert_past
    from enrs.core.ids import uuid7
    from enrs.referentials.directory.models import Organisation
    from enrs.referentials.directory.rules import name_key
    from enrs.referentials.offer.commands import index_services
    from enrs.referentials.offer.models import HealthcareService

    draw = random.Random(seed)  # noqa: S311
    weekdays = [[day, 540, 1080] for day in range(5)]

    def word() -> str:
        return "".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))).capitalize()

    sites = []
    for _ in range(max(1, count // 12)):
        name, town = f"Établissement {word()} {word()}", draw.choice(TOWNS)
        sites.append(
            Organisation(
                id=uuid7(), source="rpps", name=name, name_key=name_key(name), city=town,
                city_key=name_key(town), row_hash="", department="93", commune_code="93008",
                latitude=48.86 + draw.gauss(0, 0.22), longitude=2.35 + draw.gauss(0, 0.33),
            )
        )  # fmt: skip
    services = []
    for rank in range(count):
        site = draw.choice(sites)
        shared: dict[str, Any] = {
            "id": uuid7(), "state": "published", "site": site, "city": site.city, "commune_code": "93008",
            "latitude": site.latitude + draw.gauss(0, 0.002), "longitude": site.longitude + draw.gauss(0, 0.002),
        }  # fmt: skip
        if rank < count * CITY_SHARE:
            activity, specialities, title = draw.choice(CITY)
            name = f"{title} {word()} {word().upper()}".strip()
            services.append(
                HealthcareService(
                    kind="city", name=name, name_key=name_key(name), field_code="ville", activity_code=activity,
                    mode_codes=["consultation"], speciality_codes=specialities, public_codes=["tous"],
                    hours=weekdays if rank % 3 == 0 else [], **shared,
                )
            )  # fmt: skip
            continue
        activity, field, modes, specialities, label = draw.choice(UNITS)
        name = f"{label} {word()}"
        services.append(
            HealthcareService(
                kind="unit", name=name, name_key=name_key(name), field_code=field, activity_code=activity,
                mode_codes=modes, speciality_codes=specialities, public_codes=["adultes"], age_from=180,
                equipment=[{"code": "089", "count": 2, "max_weight": draw.choice((200, 250, 300)), "note": ""}],
                is_always_open="28" in modes, hours=[] if "28" in modes else weekdays, **shared,
            )
        )  # fmt: skip
    with transaction.atomic():
        insert_past(sites)
        insert_past(services)
        for first in range(0, count, 2_000):
            index_services(services[first : first + 2_000])
        with connection.cursor() as cursor:
            cursor.execute(FREE)
            cursor.execute(
                "insert into bench_free select id, (random() * 4)::integer - 1, now() "
                "from offer_healthcare_service where kind = 'unit'"
            )
    with connection.cursor() as cursor:
        cursor.execute(
            "vacuum analyze offer_search, offer_healthcare_service, offer_word, bench_free"
        )


def main(path: Path | None = None) -> None:
    """Time the search with everything asked, at full size, and explain the slowest statement."""
    with scratch_database("offers") as _:
        from enrs.config.cli.setup import django_as

        with django_as("owner"):
            began = time.perf_counter()
            fill()
            filled = time.perf_counter() - began
            rows = [row("60 000 offres écrites", [filled], "s"), *measure()]
    report(rows, path)


def measure() -> list[Any]:
    """p50 and p95 of each kind of search, in milliseconds, the list's lines read."""
    from django.utils import timezone

    from enrs.referentials.offer.queries.search import Criteria, Place, search
    from enrs.referentials.offer.registry import FreePlaces, know_free_places_by

    know_free_places_by(FreePlaces("select service_id, free_count, known_at from bench_free"))
    draw = random.Random(2)  # noqa: S311
    texts = (
        "dialyse",
        "cardiologie",
        "réanimation",
        "gériatrie",
        "dyalise",
        "chirurgie digestive",
        "maternité",
    )

    def around() -> Place:
        return Place("", 48.86 + draw.gauss(0, 0.1), 2.35 + draw.gauss(0, 0.15))

    def whole() -> Criteria:
        return Criteria(
            text=draw.choice(texts), tokens=("mode:28",), place=around(), kilometres=10,
            open_at=timezone.now(), has_free_places=True,
        )  # fmt: skip

    asked = {
        "tout demandé (texte, filtre, 10 km, ouvert, places)": whole,
        "texte et 10 km": lambda: Criteria(text=draw.choice(texts), place=around(), kilometres=10),
        "thème et distance sans limite": lambda: Criteria(theme="bariatrique", place=around()),
        "texte seul": lambda: Criteria(text=draw.choice(texts)),
        "tout près, sans texte": lambda: Criteria(place=around(), kilometres=10),
    }
    rows = []
    for label, make in asked.items():
        times = []
        for _ in range(CALLS // 4):
            criteria = make()
            began = time.perf_counter()
            search(criteria)
            times.append(1000 * (time.perf_counter() - began))
        aim = "<=80" if label.startswith("tout demandé") else ""
        rows.append(row(f"{label}, médiane", [percentile(times, 0.5)], "ms"))
        rows.append(row(f"{label}, p95", [percentile(times, 0.95)], "ms", aim=aim))
    return rows
