"""The open pages' streams: a small ASGI process without Django."""
