"""The rules of the desk (pure)."""
