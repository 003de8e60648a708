"""Nomenclatures of the region: code systems, value sets and correspondences, loaded from their published files."""
