"""Pages of the offer."""
