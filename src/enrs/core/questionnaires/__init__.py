"""Forms as FHIR R4 Questionnaires: rendered, checked, kept, printed."""
