"""Invitations made to a person go with the record; their account is theirs."""

from enrs.core.subjects.holdings import hold, remain

hold("portal_invitation", "Invitations au guichet", "grantee_id = any($1)")
remain(
    "Compte de connexion de la personne",
    "Il lui appartient et ne mène plus à aucun dossier. Elle peut le fermer.",
    "account_user",
)
