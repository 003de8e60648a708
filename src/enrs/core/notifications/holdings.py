"""What people were told about a person goes with the record."""

from enrs.core.subjects.holdings import hold, remain

hold("notice", "Notifications")
remain(
    "Traces d’envoi (courriels, SMS)",
    "Elles ne nomment aucun dossier et leur contenu est vidé quelques jours après l’envoi.",
    "sending",
)
