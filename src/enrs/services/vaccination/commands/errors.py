"""How a rule of vaccination refuses."""


class VaccinationRefusedError(Exception):
    """A rule refuses; `reason` is its code, whose sentence is in `words.REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
