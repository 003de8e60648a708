"""Bed availability: free beds by unit and kind, crisis, and the cell that gives critical-care beds."""
