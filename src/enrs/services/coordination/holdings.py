"""Cases of coordination go with the record."""

from enrs.core.subjects.holdings import care, hold, remain

hold("coordination_case", "Situations suivies")
hold("coordination_contact", "Situations : contacts")
care("coordination_contact", "contact de coordination", "at")
care(
    "coordination_case",
    "situation suivie",
    "case when closed_at is null then now() else greatest(closed_at, last_contact_at) end",
)
remain(
    "Fichiers de reprise de la coordination",
    "Ils sont à la structure qui les a déposés et ne sont rattachés à aucun dossier.",
    "coordination_import",
)
