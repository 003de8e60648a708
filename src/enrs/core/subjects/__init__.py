"""The patient anchor to which every clinical row refers."""
