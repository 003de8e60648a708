"""Filters of the pages of the beds."""
