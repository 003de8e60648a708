"""Patient identity: source identities, their links to regional patients, and the identity unit."""
