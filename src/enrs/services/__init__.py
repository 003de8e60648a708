"""One folder per service that a user knows by name."""
