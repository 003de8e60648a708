"""Who stands around a patient, on what ground, and what that opens."""
