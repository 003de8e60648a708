"""What can go wrong with the embedded database, worded for the person at the terminal."""


class PostgresError(RuntimeError):
    """The embedded database cannot be used; the message, in French, says what to do."""
