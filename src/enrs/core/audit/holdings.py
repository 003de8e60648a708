"""The journal is sealed: it keeps its lines."""

from enrs.core.subjects.holdings import remain

remain(
    "Journal des accès",
    "Ses lignes sont scellées et répondent de ce qui a été fait. Elles ne nomment pas la personne ; "
    "le motif écrit lors d’une ouverture en urgence y reste.",
    "audit_line",
)
