"""The dictionary of problems of the plan (pure).

Source: ANS, CI-SIS, value set JDV_ProblemePPSPAERPA_CISIS (OID 1.2.250.1.213.1.1.5.37), revision of 2023-02-02.
"""

SYSTEM = "urn:oid:1.2.250.1.213.1.1.4.322"
"""TA_ASIP, as a FHIR system."""
OTHER = "GEN-092.01.01"
"""What the dictionary does not name: the plan then says it in its own words."""
PROBLEMS = {
    "MED-056": "Problèmes liés aux médicaments",
    "MED-057": "Problème de mobilité",
    "MED-058": "Isolement",
    "MED-059": "Précarité",
    "MED-060": "Incapacité dans les activités de base de la vie quotidienne",
    "MED-061": "Troubles nutritionnels / difficulté à avoir une alimentation adaptée",
    "MED-062": "Difficulté à prendre soin de soi",
    "MED-063": "Troubles de l’humeur",
    "ORG-011": "Organisation du suivi",
    "GEN-092.01.01": "Autre problème",
}
