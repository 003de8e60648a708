"""Messages as they came hold what was made of them: they go with the record."""

from enrs.core.subjects.holdings import hold

hold("inbox", "Messages reçus")
hold(
    "inbox_filed_document",
    "Messages reçus : numéros de documents",
    "unique_id in (select unique_id from document where patient_id = any($1))",
)
hold("dmp_consent", "Choix sur le DMP")
hold(
    "partner_delivery", "Diffusions aux partenaires", "patient_id = any($1) or former_id = any($1)"
)
