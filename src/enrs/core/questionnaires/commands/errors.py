"""What the commands refuse."""

from collections.abc import Sequence

from enrs.core.questionnaires.rules.shapes import Fault


class UnknownFormError(LookupError):
    """No published form has this name."""


class FormRefusedError(Exception):
    """A definition or a set of answers is refused; `faults` say why (see `words.sentence`)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{one.link_id}: {one.code}" for one in faults))
        self.faults = list(faults)
