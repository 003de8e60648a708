"""Pure decisions of the offer: opening hours, words of a search, who reads a contact, quality."""

REGULATION = "regulation-samu"
"""The activity of a place that regulates the calls of the centre 15 (`policies.sql` names it too)."""
