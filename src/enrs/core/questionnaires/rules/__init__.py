"""The engine's pure part: definitions, values, conditions, calculations and comparisons."""
