"""What the region's sites offer: the units of hospitals, homes and services, the resources of the social field."""

from collections import defaultdict

from enrs.config.demo.days.stage import Stage
from enrs.config.demo.names import read_table
from enrs.core.fhir.commands import insert_resources
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.commands import derive_city_offer, index_services
from enrs.referentials.offer.demo import Registry
from enrs.referentials.offer.fhir import publications
from enrs.referentials.offer.fhir_parts import part_publications
from enrs.referentials.offer.models import (
    HealthcareService,
    InternalOrganisation,
    Referent,
    VocabularyChange,
    VocabularyEntry,
)
from enrs.referentials.offer.queries.checking import faults_of
from enrs.referentials.offer.rules.quality import score

MOST = 60
"""The first establishments, those of the cast among them."""
COMING = ("had", "ssiad")
"""Kinds of structures that come to people's homes, in the whole of their department."""


def play(stage: Stage) -> None:
    """Units of the first establishments by their kind; a few were verified long ago."""
    sites = {
        one.finess_eg: one for one in Organisation.objects.defer("search").exclude(finess_eg="")
    }
    lines = read_table("units.csv")
    zones: dict[str, list[str]] = defaultdict(list)
    for commune in read_table("communes.csv"):
        zones[commune["department"]].append(commune["cog"])
    made: list[HealthcareService] = []
    ranks: dict[str, int] = {}
    for index in range(min(MOST, stage.region.plan.structure_count)):
        structure = stage.region.structure_at(index)
        site = sites.get(structure.finess)
        if site is None:
            continue
        rank = ranks[structure.kind] = ranks.get(structure.kind, -1) + 1
        registry = Registry.open(stage.rows, site, stage.now)
        for place, line in enumerate(lines):
            if line["site"] == structure.kind and not rank % int(line["every"]):
                zone = zones[site.department] if structure.kind in COMING else ()
                made.append(
                    registry.unit(
                        line, days=7 + (index * 13 + place * 29) % 140, phone=structure.phone,
                        zone=zone,
                    )
                )  # fmt: skip
        if structure.kind == "dac":
            for place, line in enumerate(read_table("resources.csv")):
                made.append(registry.unit(
                    line, days=5 + 31 * place, phone=structure.phone,
                    kind=HealthcareService.Kind.SOCIAL,
                    zone=zones[site.department] if "domicile" in line["modes"].split() else (),
                ))  # fmt: skip
    for one in made:
        one.score = score(faults_of(one))
    _referents(stage)
    _words(stage)
    stage.rows.publish(lambda: _show(made))


def _referents(stage: Stage) -> None:
    """The ward's secretary and the diabetologist describe the hospital, the coordinator the desk."""
    for login in ("petit", "benhamou", "lambert"):
        who = stage.people[login]
        stage.rows.add(
            Referent(
                site_id=stage.place_of(login).grantee_id, grantee_id=who.grantee_id, display=who.name,
                named_by="Exploitation régionale", named_at=stage.ago(days=200),
            )
        )  # fmt: skip


WORDS = (
    ("theme", "canicule", {
        "label": "Canicule", "icon": "heart-pulse", "summary": "Lieux et équipes pour les personnes fragiles, l’été",
        "tokens": ["activity:equipe-mobile-geriatrie", "activity:ccas", "activity:portage-repas"], "equipment": [],
    }),
    ("need", "coup-de-chaleur", {
        "words": ["coup de chaleur", "canicule", "déshydratation"],
        "tokens": ["activity:urgences-adultes", "activity:medecine-generale", "reception:non-programme"],
    }),
)  # fmt: skip
"""What the region added to the packaged themes and needs before the summer."""


def _words(stage: Stage) -> None:
    for rank, (kind, key, content) in enumerate(WORDS):
        told = stage.ago(days=120 - rank)
        row = stage.rows.add(VocabularyEntry(kind=kind, key=key, content=content))
        stage.rows.add(
            VocabularyChange(
                entry=row, act=VocabularyChange.Act.ADDED, at=told, by="Exploitation régionale",
                before={"content": content, "is_hidden": True},
                after={"content": content, "is_hidden": False},
            )
        )  # fmt: skip


def _show(made: list[HealthcareService]) -> None:
    """What the commands leave when they publish: the search and FHIR; then the city's offer."""
    index_services(made)
    insert_resources(publications(made))
    insert_resources(part_publications(list(InternalOrganisation.objects.order_by("id"))))
    derive_city_offer()
