"""What an operation refuses or fails to do, in a sentence for who runs it."""


class OperationError(RuntimeError):
    """The operation did not take place; the message says why, and what to do, in French."""
