"""The shared truths: directory, identity, circles."""
