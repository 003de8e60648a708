"""Periodic work, claimed by one worker at a time."""
