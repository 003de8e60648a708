"""Readers of geographic files: official contours (GeoJSON), lists of territories (CSV)."""
