"""The OpenID Connect provider: third-party applications sign people in by us."""
