"""Pages of notices and sendings, and the API of the members' software."""
