"""How far a zone of intervention goes."""

MOST_COMMUNES = 1000
"""Communes of one zone: more than any department has."""
