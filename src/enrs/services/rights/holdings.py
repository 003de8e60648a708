"""What the desk of rights holds of a person; the elimination log names nobody."""

from enrs.core.subjects.holdings import hold, hold_under, remain

hold("rights_request", "Demandes d’exercice de droits")
hold("rights_restriction", "Limitation du traitement")
hold("rights_copy", "Copies de données")
hold("rights_glass", "Relectures d’accès en urgence")
hold_under(
    "rights_request", rights_request_act=("asked_id", "Demandes d’exercice de droits : suivi")
)
hold_under("rights_copy", rights_copy_piece=("made_id", "Copies de données : morceaux"))
hold_under("rights_glass", rights_glass_act=("glass_id", "Relectures d’accès en urgence : suivi"))
hold("rights_access_review", "Revue des accès d’une structure")
hold_under(
    "rights_access_review",
    rights_access_review_act=("review_id", "Revue des accès d’une structure : suivi"),
)
hold("rights_retention", "Décision de conservation")
remain(
    "Sauvegardes",
    "Elles gardent le dossier jusqu’à leur propre effacement, selon le calendrier de l’exploitation.",
)
