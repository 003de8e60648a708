"""Finding professionals and structures, by number or as one types, and reading their cards."""

from enrs.referentials.directory.queries.activities import Authorised, activities_of
from enrs.referentials.directory.queries.legal import (
    entity_of,
    establishments_of,
    groups_of,
    legal_entities,
    legal_entity,
    named_first,
)
from enrs.referentials.directory.queries.people import (
    Card,
    Near,
    active_roles,
    card,
    changes_of,
    facets,
    nearest,
    person,
    practitioner_by_idnat,
    practitioners,
    search_practitioners,
)
from enrs.referentials.directory.queries.places import (
    organisation,
    organisation_by_finess,
    organisations,
    roles_in,
    search_organisations,
)
from enrs.referentials.directory.queries.reports import (
    all_refused_rows,
    measured_reports,
    mistakes,
    refused_rows,
    reports,
)
from enrs.referentials.directory.queries.shared import PAGE, After, Found
from enrs.referentials.directory.queries.sirene import Gap, Sirene, gaps, sirene_of, unit_of

__all__ = [
    "PAGE", "After", "Authorised", "Card", "Found", "Gap", "Near", "Sirene", "active_roles",
    "activities_of", "all_refused_rows", "card",
    "changes_of", "entity_of", "establishments_of", "facets", "gaps", "groups_of", "legal_entities", "legal_entity",
    "measured_reports", "mistakes", "named_first", "nearest", "organisation",
    "organisation_by_finess", "organisations", "person", "practitioner_by_idnat", "practitioners", "refused_rows",
    "reports", "roles_in", "search_organisations", "search_practitioners", "sirene_of", "unit_of",
]  # fmt: skip
