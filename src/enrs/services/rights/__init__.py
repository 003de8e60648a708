"""« Droits des personnes »: the openings in an emergency read again, and what people ask about their data."""
