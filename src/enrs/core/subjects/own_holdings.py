"""The anchor goes last: nothing may name the person any more."""

from enrs.core.subjects.holdings import hold

hold("patient", "Identifiant régional", "id = any($1)")
