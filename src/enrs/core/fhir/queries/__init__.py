"""Reads of published resources: one database function per round trip."""
