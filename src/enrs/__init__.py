"""The regional digital-health space: one program, many services."""
