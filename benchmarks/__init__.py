"""Measures of what people feel, each in its own database, as ratios against a peer or a floor."""
