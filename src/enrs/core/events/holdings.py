"""The outbox keeps identifiers alone."""

from enrs.core.subjects.holdings import remain

remain(
    "Événements techniques",
    "Ils ne portent que des identifiants, qui ne mènent plus à personne.",
    "event",
)
