"""The pages of returns home."""
