"""Vaccination in pharmacies, practices and centres: campaigns as data, acts, attestations, adverse events."""
