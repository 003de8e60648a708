"""The circle, with its consents and oppositions, goes with the record."""

from enrs.core.subjects.holdings import hold

hold("circle_member", "Membres du cercle")
hold("circle_mandate", "Mesures de protection")
hold("circle_consent", "Consentements")
hold("circle_opposition", "Oppositions")
hold("circle_access_request", "Demandes d’accès")
