"""The demo region as rows of the public files, so that it is loaded like a real one."""

from collections.abc import Iterable, Iterator
from datetime import date

from enrs.config.demo.places import DEPARTMENTS
from enrs.config.demo.shapes import DemoActivity, DemoProfessional, DemoStructure
from enrs.formats.directory.finess import FinessLegalEntity, FinessLocation, FinessStructure
from enrs.formats.directory.projections import lambert93_to_wgs84
from enrs.formats.directory.rpps import RppsRow

COORDINATES_SOURCE = "1,ENRS_DEMO,100,DEMO,L93_METROPOLE"


def rpps_rows(professionals: Iterable[DemoProfessional]) -> Iterator[RppsRow]:
    """Yield one RPPS row for each activity of each professional."""
    for person in professionals:
        for activity in person.activities:
            yield _rpps_row(person, activity)


def _rpps_row(person: DemoProfessional, activity: DemoActivity) -> RppsRow:
    site = activity.structure
    street = site.address
    number, _, suffix = street.number.partition(" ")
    has_skill = bool(person.skill_code)
    return RppsRow(
        identifier_type="8",
        identifier=person.rpps,
        national_id="8" + person.rpps,
        title_code="DR" if person.title else "",
        title="Docteur" if person.title else "",
        family=person.family.upper(),
        given=person.given,
        profession_code=person.profession_code,
        profession=person.profession,
        category_code="C",
        category="Civil",
        skill_type_code="S" if has_skill else "",
        skill_type="Spécialité ordinale" if has_skill else "",
        skill_code=person.skill_code,
        skill=person.skill,
        mode_code=activity.mode_code,
        mode=activity.mode,
        site_siret=site.siret,
        site_siren=site.siret[:9],
        site_finess=site.finess,
        legal_finess=site.legal_finess,
        structure_technical_id="F" + site.finess,
        site_name=site.long_name,
        street_number=number,
        street_number_suffix=suffix,
        street_type=street.street_type.capitalize(),
        street_name=street.street_name,
        postal_code=street.postal_code,
        commune_code=street.commune_code,
        commune=street.city,
        phone=person.phone,
        email=person.email,
        department_code=site.department,
        department=DEPARTMENTS[site.department],
        sector_code=site.sector_code,
        sector=site.sector,
        function_code=activity.function_code,
        function=activity.function,
        activity_kind_code="GENR01",
        activity_kind="Activité standard de soin ou de pharmacien",
    )


def finess_rows(
    structures: Iterable[DemoStructure], *, updated_on: date
) -> Iterator[FinessStructure | FinessLocation]:
    """Yield for each establishment its `structureet` row, then its `geolocalisation` row."""
    for site in structures:
        yield _finess_structure(site, updated_on)
        latitude, longitude = lambert93_to_wgs84(site.x, site.y)
        yield FinessLocation(
            finess=site.finess,
            x=site.x,
            y=site.y,
            source=COORDINATES_SOURCE,
            updated_on=updated_on.isoformat(),
            latitude=latitude,
            longitude=longitude,
        )


PUBLIC = ("13", "Etablissement Public Communal d'Hospitalisation")
ASSOCIATION = ("60", "Association Loi 1901 non Reconnue d'Utilité Publique")
COMPANY = ("95", "Société par Actions Simplifiée (S.A.S.)")
STATUSES = {
    "hospital": PUBLIC, "ehpad": ASSOCIATION, "ssiad": ASSOCIATION, "health_centre": ASSOCIATION,
    "dac": ASSOCIATION, "msp": ASSOCIATION,
}  # fmt: skip
"""Legal status of who answers for an establishment, by its kind; the others are companies."""


def legal_rows(structures: Iterable[DemoStructure]) -> Iterator[FinessLegalEntity]:
    """Yield the legal entities, each once: it bears the name and the address of its first establishment."""
    seen = set()
    for site in structures:
        if site.legal_finess in seen:
            continue
        seen.add(site.legal_finess)
        status = STATUSES.get(site.kind, COMPANY)
        street = site.address
        before = {ASSOCIATION: "Association ", COMPANY: "SAS "}.get(status, "")
        yield FinessLegalEntity(
            finess=site.legal_finess,
            name=f"{before}{site.name}"[:38].rstrip(),
            long_name=f"{before}{site.long_name}",
            street_number=street.number.partition(" ")[0],
            street_type=street.street_type[:4].upper(),
            street_name=street.street_name,
            commune_suffix=street.commune_code[2:],
            routing_line=f"{street.postal_code} {street.city}",
            department=site.department,
            department_name=DEPARTMENTS[site.department].upper(),
            phone=site.phone,
            status_code=status[0],
            status=status[1],
            siren=site.siret[:9],
            created_on=site.opened_on.isoformat(),
        )


def _finess_structure(site: DemoStructure, updated_on: date) -> FinessStructure:
    street = site.address
    return FinessStructure(
        finess=site.finess,
        legal_finess=site.legal_finess,
        name=site.name,
        long_name=site.long_name,
        street_number=street.number.partition(" ")[0],
        street_type=street.street_type[:4].upper(),
        street_name=street.street_name,
        commune_suffix=street.commune_code[2:],
        department=site.department,
        department_name=DEPARTMENTS[site.department].upper(),
        routing_line=f"{street.postal_code} {street.city}",
        phone=site.phone,
        category_code=site.category_code,
        category=site.category,
        siret=site.siret,
        opened_on=site.opened_on.isoformat(),
        authorised_on=site.opened_on.isoformat(),
        updated_on=updated_on.isoformat(),
    )
