"""Rights on a record end with it."""

from enrs.core.subjects.holdings import hold

hold("access_grant", "Droits d’accès")
hold("access_denial", "Refus d’accès")
hold("access_break_glass", "Ouvertures en urgence")
