"""What is published goes with the record, every version of it."""

from enrs.core.subjects.holdings import hold

# The versions are found by the current one: it alone has an index by patient.
OF_RESOURCE = (
    "(type, id) in (select type, id from fhir_resource where patient_id = any($1) and is_current)"
)
hold("fhir_key", "Ressources publiées : clés de recherche", OF_RESOURCE)
hold("fhir_resource", "Ressources publiées (FHIR)", OF_RESOURCE)
