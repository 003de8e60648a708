"""Communes, départements, regions, inter-communal bodies, territories: one truth for every address."""
