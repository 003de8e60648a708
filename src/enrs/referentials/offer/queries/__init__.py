"""Reading the offer: the search, cards, and who describes what."""
