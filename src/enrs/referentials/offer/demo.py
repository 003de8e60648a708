"""Invented units for a demo: rows as the commands would have made them, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrs.core.demo import Rows, key
from enrs.core.numbers import whole
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation

DAY = 24 * 60
WEEKDAYS = range(5)
HOURS: dict[str, list[list[int]]] = {
    "24/7": [],
    "semaine": [[day, 9 * 60, 17 * 60] for day in WEEKDAYS],
    "matin": [[day, 8 * 60 + 30, 12 * 60 + 30] for day in WEEKDAYS],
    "longues": [[day, 8 * 60, 20 * 60] for day in range(6)],
    "boutique": [[day, 9 * 60, 12 * 60] for day in range(6)]
    + [[day, 14 * 60, 19 * 60] for day in WEEKDAYS],
    "labo": [[day, 7 * 60, 18 * 60] for day in WEEKDAYS] + [[5, 7 * 60, 12 * 60]],
    "dialyse": [[day, 6 * 60 + 30, 23 * 60] for day in range(6)],
}
"""Opening hours by the word that the demo's tables use."""

DUTIES = {"labo": [[9 * 60, 13 * 60]], "longues": [[9 * 60, 12 * 60], [14 * 60, 18 * 60]]}

LINES = {
    "medical": ("Avis médical", "professionnels"),
    "infirmier": ("Poste infirmier", "professionnels"),
    "samu": ("Ligne du régulateur", "samu"),
    "secretariat": ("Secrétariat", "1"),
    "admissions": ("Admissions", "1"),
    "accueil": ("Accueil", "1"),
    "social": ("Service social", "professionnels"),
}


@dataclass
class Registry:
    """The offer of one site, to which units are added."""

    rows: Rows
    site: Organisation
    now: datetime
    made: dict[tuple[str, str], InternalOrganisation]

    @classmethod
    def open(cls, rows: Rows, site: Organisation, now: datetime) -> "Registry":
        """A site without units yet."""
        return cls(rows, site, now, {})

    def part(self, pole: str, service: str) -> InternalOrganisation | None:
        """The service of a pole, made the first time it is named; None where there is neither."""
        if not pole:
            return None
        above = self._part((pole, ""), InternalOrganisation.Kind.POLE, pole, None)
        return self._part((pole, service), InternalOrganisation.Kind.SERVICE, service, above)

    def _part(
        self, place: tuple[str, str], kind: str, name: str, parent: InternalOrganisation | None
    ) -> InternalOrganisation:
        if place not in self.made:
            one = InternalOrganisation(site=self.site, parent=parent, kind=kind, name=name)
            self.made[place] = self.rows.add(one)
        return self.made[place]

    def unit(
        self,
        line: Mapping[str, str],
        *,
        days: int,
        phone: str,
        kind: str = HealthcareService.Kind.UNIT,
        zone: Sequence[str] = (),
    ) -> HealthcareService:
        """A published unit from a line of the demo's tables, last verified so many days ago.

        `zone`: the codes of the communes to which it comes.
        """
        site = self.site
        low, _, high = line.get("ages", "").partition("-")
        told = self.now - timedelta(days=days)
        return self.rows.add(
            HealthcareService(
                id=key(told),
                kind=kind,
                state=HealthcareService.State.PUBLISHED,
                site=site,
                internal_organisation=self.part(line.get("pole", ""), line.get("service", "")),
                name=line["name"],
                name_key=name_key(line["name"]),
                field_code=line.get("field", "social"),
                activity_code=line["activity"],
                mode_codes=line["modes"].split(),
                reception_codes=line.get("receptions", "programme").split(),
                speciality_codes=line.get("specialities", "").split(),
                act_codes=line.get("acts", "").split(),
                public_codes=line["publics"].split(),
                equipment=[equipment(one) for one in line.get("equipment", "").split()],
                age_from=whole(low) if low else None,
                age_to=whole(high) if high else None,
                place_count=whole(line["places"]) if line.get("places") else None,
                is_always_open=line["hours"] == "24/7",
                is_open_on_holidays=line["hours"] == "24/7",
                hours=HOURS[line["hours"]],
                special_openings=openings_after(self.now, line["hours"]),
                contacts=[
                    contact(one, phone, rank) for rank, one in enumerate(line["line"].split())
                ],
                zone_codes=list(zone),
                address=site.address,
                postal_code=site.postal_code,
                city=site.city,
                commune_code=site.commune_code,
                department=site.department,
                latitude=site.latitude,
                longitude=site.longitude,
                verified_at=told,
                verified_by="Référent de l’offre",
                created_at=told,
                published_at=told,
            )
        )


def openings_after(now: datetime, hours: str) -> list[dict[str, object]]:
    """The duty of the Sunday after next of who keeps these hours; none for the others."""
    if hours not in DUTIES:
        return []
    day = (now + timedelta(days=13 - now.weekday())).date().isoformat()
    return [{"from": day, "to": day, "hours": DUTIES[hours], "words": "garde du dimanche"}]


def equipment(text: str) -> dict[str, object]:
    """`code:count:kg` as a line of equipment."""
    code, count, weight = text.split(":")
    return {
        "code": code,
        "count": whole(count),
        "max_weight": whole(weight) if weight else None,
        "note": "",
    }


def contact(nature: str, phone: str, rank: int) -> dict[str, str]:
    """A line of a unit; the number ends by its rank."""
    label, level = LINES[nature]
    number = phone[:-2] + f"{rank + 1:02d}"
    return {"nature": nature, "label": label, "phone": number, "email": "", "level": level}
