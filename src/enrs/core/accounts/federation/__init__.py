"""Signing in by another identity provider: Pro Santé Connect, a hospital's own."""
