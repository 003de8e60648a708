"""60,000 offers around Paris, 32,000 of them of the city, and their page asked by twenty clients.

Part of `enrs bench directory`; `enrs bench offers` runs it alone, without the directory's own rows.
"""

import random
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from tests.running import Region

from benchmarks.common import Row, report, row, scratch_database
from benchmarks.record import p95_of, signed_doctor

COUNT = 60_000
CITY_SHARE = 0.53
COMING = 50
"""One unit in so many comes to the commune that is searched from, wherever it is."""
UNIT_COUNT = 5_000
"""How many of the units tell their free beds."""
RUNS = 3
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
DEPARTMENTS = ("75", "77", "78", "91", "92", "93", "94", "95")
TOWNS = "Bobigny Saint-Denis Nanterre Créteil Évry Meaux Melun Versailles Pontoise Paris".split()  # noqa: SIM905


def fill(count: int = COUNT, seed: int = 1) -> list[Any]:
    """Write `count` published offers with their sites and search rows; returns the units, as they were made."""
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
                city_key=name_key(town), row_hash="", department=draw.choice(DEPARTMENTS),
                commune_code="93008",
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
                is_always_open="28" in modes, hours=[] if "28" in modes else weekdays,
                zone_codes=["93008"] if rank % COMING == 0 else [], **shared,
            )
        )  # fmt: skip
    with transaction.atomic():
        insert_past(sites)
        insert_past(services)
        for first in range(0, count, 2_000):
            index_services(services[first : first + 2_000])
    with connection.cursor() as cursor:
        cursor.execute(
            "vacuum analyze offer_search, offer_healthcare_service, offer_word, directory_organisation"
        )
    return [one for one in services if one.kind == "unit"]


def main(json: Path | None = None) -> None:
    """Measure and print; rows go to `json` too."""
    from benchmarks import beds

    with scratch_database("offers") as database:
        from enrs.config.cli.setup import start_django

        start_django("owner")
        from django.db import connections

        region = Region(database)
        try:
            beds.fill(fill()[:UNIT_COUNT])
            _, cookie = signed_doctor()
            region.start("serve")
            report(pages(region.url, cookie), json)
        finally:
            region.stop()
            connections.close_all()


def pages(url: str, cookie: str) -> list[Row]:
    """The page of the search, each kind of question in a hundred different forms."""
    draw = random.Random(2)  # noqa: S311
    texts = (
        "dialyse", "cardiologie", "réanimation", "gériatrie", "dyalise", "chirurgie digestive", "maternité",
    )  # fmt: skip

    def text() -> dict[str, str]:
        return {"q": draw.choice(texts)}

    def around() -> dict[str, str]:
        return {"lieu": draw.choice(TOWNS), "km": "10"}

    everything = {"mode": "28", "ouvert": "1", "libres": "1"}
    asked = {
        "texte, filtre, 10 km, ouvert, lits libres": (
            lambda: text() | around() | everything, "<=80"
        ),
        "texte et 10 km": (lambda: text() | around(), "<=80"),
        "texte seul": (text, ""),
        "thème, du plus proche": (
            lambda: {"theme": "bariatrique", "lieu": draw.choice(TOWNS)}, ""
        ),
    }  # fmt: skip
    floor = median(p95_of(f"{url}/compte/sessions/", cookie) for _ in range(RUNS))
    rows = []
    for label, (make, aim) in asked.items():
        addresses = [f"{url}/offre/?{urlencode(make())}" for _ in range(100)]
        values = [p95_of(addresses, cookie) for _ in range(RUNS)]
        rows.append(
            row(
                f"offre, {COUNT} : {label}, p95, 20 clients", values, "ms", aim=aim,
                peer="la page de ses sessions", peer_value=floor,
            )
        )  # fmt: skip
    return rows
