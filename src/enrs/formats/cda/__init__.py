"""CDA R2 documents of the French framework (CI-SIS): read, show, take results out, and write."""
