"""Readers and writers of the public directory files: RPPS and FINESS."""
