"""Stand-ins of the outside for demos and tests: an identity provider, a third-party application."""
