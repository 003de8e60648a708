"""Notices: what a person is told in their space, and whether they have read it."""
