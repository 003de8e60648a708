"""What the FHIR API accepts and how it reads it (pure)."""
