"""The usual size of a request (pure, so that settings may use it)."""

MEGABYTE = 1024 * 1024
USUAL_BYTES = 2 * MEGABYTE
"""A form of several hundred answers, or a resource; and the most that comes without announcing its length."""
