"""Gateways and flows: what enters and leaves the region."""
