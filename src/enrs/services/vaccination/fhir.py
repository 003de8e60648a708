"""Acts as FHIR R4 Immunization: given, or entered in error."""

from typing import Any

from enrs.core.fhir.commands import publish
from enrs.core.moments import legal_day
from enrs.services.vaccination.models import Act

Keys = list[tuple[str, str]]
Tree = dict[str, Any]
ATC, SNOMED = "http://www.whocc.no/atc", "http://snomed.info/sct"
SITES = "http://terminology.hl7.org/CodeSystem/v3-ActSite"
ROUTES = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"
FUNCTIONS = "http://terminology.hl7.org/CodeSystem/v2-0443"
GTIN = "https://www.gs1.org/gtin"
"""GS1’s own name for the numbers of trade items."""


def publish_act(row: Act) -> None:
    """Publish an act in its present state; one taken back is `entered-in-error`, and stays readable."""
    publish(act_resource(row), patient_id=row.patient_id, category="summary", keys=act_keys(row))


def status_of(row: Act) -> str:
    """Its status in R4: `completed` or `entered-in-error`."""
    return "entered-in-error" if row.withdrawn_at else "completed"


def act_resource(row: Act) -> Tree:
    """Immunization: vaccine (ATC), box, site, who gave it, dose and target disease, reactions."""
    vaccine = row.vaccine
    resource: Tree = {
        "resourceType": "Immunization",
        "id": str(row.id),
        "identifier": [{"system": "urn:enrs:vaccination:act", "value": str(row.id)}],
        "status": status_of(row),
        "vaccineCode": _concept(ATC, vaccine.code, row.vaccine_name),
        "patient": {"reference": f"Patient/{row.patient_id}"},
        "occurrenceDateTime": legal_day(row.given_at).isoformat(),
        "primarySource": True,
        "lotNumber": row.lot,
        "expirationDate": row.expires_on.isoformat(),
        "route": _concept(ROUTES, row.route, row.get_route_display()),
        "performer": [_performer(row)],
        "protocolApplied": [_protocol(row)],
    }
    if row.site != "NASAL":
        resource["site"] = _concept(SITES, row.site, row.get_site_display())
    if row.gtin:
        resource["vaccineCode"].setdefault("coding", []).append(
            {"system": GTIN, "code": row.gtin, "display": row.vaccine_name}
        )
    if row.organisation_name:
        resource["location"] = {"display": row.organisation_name}
    if row.ground:
        resource["reasonCode"] = [{"text": row.ground}]
    excepted = row.prescription.exception if row.prescription is not None else ""
    if notes := [one for one in (row.comment, excepted, row.withdrawn_reason) if one]:
        resource["note"] = [{"text": one} for one in notes]
    if reactions := _reactions(row):
        resource["reaction"] = reactions
    return resource


def act_keys(row: Act) -> Keys:
    """Search keys of an act."""
    keys: Keys = [
        ("status", status_of(row)),
        ("date", legal_day(row.given_at).isoformat()),
        ("identifier", str(row.id)),
        ("identifier", f"urn:enrs:vaccination:act|{row.id}"),
    ]
    for system, code in ((ATC, row.vaccine.code), (GTIN, row.gtin)):
        keys += [("vaccine-code", code), ("vaccine-code", f"{system}|{code}")] if code else []
    return keys


def _concept(system: str, code: str, text: str) -> Tree:
    coding = {"coding": [{"system": system, "code": code, "display": text}]} if code else {}
    return {**coding, "text": text}


def _performer(row: Act) -> Tree:
    by = ", ".join(one for one in (row.author_name, row.author_label) if one)
    role = {"system": FUNCTIONS, "code": "AP", "display": "Administering Provider"}
    return {"function": {"coding": [role]}, "actor": {"display": by}}


def _protocol(row: Act) -> Tree:
    vaccine, campaign = row.vaccine, row.campaign
    return {
        "series": campaign.name,
        "targetDisease": [_concept(SNOMED, vaccine.disease_code, row.vaccine_disease)],
        "doseNumberPositiveInt": row.dose_rank,
        "seriesDosesPositiveInt": campaign.dose_count,
    }


def _reactions(row: Act) -> list[Tree]:
    """R4 tells of a reaction its day alone, unless an Observation is published: its words stay on our pages."""
    days = sorted(one.began_on.isoformat() for one in row.events.all() if one.withdrawn_at is None)
    return [{"date": one, "reported": False} for one in days]
