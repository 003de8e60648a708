"""The doses that stand as a document tells them (CDA, VAC-NOTE): vaccine, box, rank, route, site, who gave it.

Codes: EDQM routes of JDV_ImmunizationRouteCodes-CISIS and SNOMED CT sites of JDV_ImmunizationApproachSiteCode-CISIS;
what has no code there (the nose) is left out of the entry.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from enrs.core.accounts.models import User
from enrs.core.documents.made import register_doses
from enrs.core.moments import legal_day
from enrs.formats.cda.checks import printable
from enrs.formats.cda.clinical import SNOMED, VaccineFact
from enrs.formats.cda.model import Code, Organization, Party
from enrs.referentials.directory.models import Organisation, Practitioner, PractitionerRole
from enrs.services.vaccination.models import Act

EDQM, ATC, CIP = "0.4.0.127.0.16.1.1.2.1", "2.16.840.1.113883.6.73", "1.2.250.1.213.2.3.2"
ROUTES: Final = {
    "IM": Code("20035000", EDQM, "Voie intramusculaire", "EDQM"),
    "SQ": Code("20066000", EDQM, "Voie sous-cutanée", "EDQM"),
    "IDINJ": Code("20030000", EDQM, "Voie intradermique", "EDQM"),
    "PO": Code("20053000", EDQM, "Voie orale", "EDQM"),
}
SITES: Final = {
    "LA": Code("16217701000119102", SNOMED, "deltoïde gauche", "SNOMED CT"),
    "RA": Code("16217661000119109", SNOMED, "deltoïde droit", "SNOMED CT"),
    "LT": Code("61396006", SNOMED, "cuisse gauche", "SNOMED CT"),
    "RT": Code("11207009", SNOMED, "cuisse droite", "SNOMED CT"),
}
FRENCH_BOX: Final = "034009"
"""How the GTIN of a French medicine begins: what follows its first digit is a CIP13."""
MOST: Final = 100


def doses(patient_id: UUID, dose_id: UUID | None = None) -> Sequence[VaccineFact]:
    """The doses of somebody that stand, the newest first; with `dose_id`, that one."""
    rows = Act.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if dose_id is not None:
        rows = rows.filter(pk=dose_id)
    found = list(rows.select_related("vaccine", "campaign").order_by("-given_at", "-id")[:MOST])
    givers = _givers(found)
    return [_fact(one, givers.get((one.author_id, one.organisation_id))) for one in found]


def _fact(act: Act, by: Party | None) -> VaccineFact:
    vaccine = act.vaccine
    words = f"{vaccine.name} ({vaccine.disease})"
    boxes = ()
    if act.gtin.startswith(FRENCH_BOX):
        boxes = (Code(act.gtin[1:], CIP, words, "CIP"),)
    code = Code(vaccine.code, ATC, words, "ATC", translations=boxes) if vaccine.code else None
    return VaccineFact(
        label=" ".join(printable(words).split()),
        key=str(act.pk),
        code=code,
        comment=printable(act.comment).strip(),
        given_on=legal_day(act.given_at).isoformat(),
        lot=act.lot,
        rank=act.dose_rank,
        route=ROUTES.get(act.route),
        site=SITES.get(act.site),
        by=by,
    )


def _givers(acts: Iterable[Act]) -> dict[tuple[UUID | None, UUID | None], Party]:
    """Who gave each dose, where the directory knows them: by account and place."""
    rows = list(acts)
    keys = dict(
        User.objects.filter(pk__in={one.author_id for one in rows if one.author_id}).values_list(
            "pk", "grantee_id"
        )
    )
    people = Practitioner.objects.in_bulk(set(keys.values()))
    places = Organisation.objects.in_bulk(
        {one.organisation_id for one in rows if one.organisation_id}
    )
    held = PractitionerRole.objects.filter(
        practitioner__in=people, organisation__in=places, is_active=True
    ).order_by("-id")
    roles = {(one.practitioner_id, one.organisation_id): one for one in held}
    found: dict[tuple[UUID | None, UUID | None], Party] = {}
    for one in rows:
        person = people.get(keys.get(one.author_id)) if one.author_id else None
        if person is None:
            continue
        place = places.get(one.organisation_id) if one.organisation_id else None
        role = roles.get((person.pk, place.pk)) if place else None
        found[one.author_id, one.organisation_id] = _party(person, role, place)
    return found


def _party(
    person: Practitioner, role: PractitionerRole | None, place: Organisation | None
) -> Party:
    number = ""
    if place is not None:
        number = f"1{place.finess_eg}" if place.finess_eg else f"3{place.siret}" * bool(place.siret)
    code = None
    if role is not None and role.profession_code:
        code = Code(f"G15_{role.profession_code}", "1.2.250.1.213.1.1.4.5", role.label)
    return Party(
        role="PRF",
        idnat=person.idnat,
        family=person.family,
        given=person.given,
        suffix={"docteur": "DR", "professeur": "PR"}.get(person.title.casefold(), ""),
        profession=code,
        organization=Organization(number, place.name) if place is not None and number else None,
    )


register_doses(doses)
