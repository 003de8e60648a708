"""What can be wrong in an HL7 v2 message, in the codes of the standard and in plain French."""

import re
from collections.abc import Iterable
from typing import Literal

AckCode = Literal["AA", "AE", "AR"]

# HL7 table 0357, message error condition codes.
CONDITIONS: dict[int, str] = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}

# Application codes of the French volet « transmission de document CDA en HL7 v2 » (ERR-5).
APPLICATION_CODES: dict[int, str] = {
    900: "Version incorrecte",
    901: "Auteur non autorisé",
    902: "Patient inconnu",
    903: "INS absent",
    904: "INS différent de celui de la base",
    905: "Traits INS incomplets",
    906: "Autre erreur",
}

_REJECTIONS = frozenset({200, 201, 202, 203})
_WHERE = re.compile(r"([A-Z][A-Z0-9]{2})(?:-([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?)?")


class Hl7Error(ValueError):
    """One thing wrong in a message.

    `code` is of table 0357, `where` a place such as `PID-3` or `PID-5.1`, `sequence` the rank of
    that segment among those of its name (from 1), `repetition` that of the field, `text_fr` a
    sentence that says what and where.
    """

    def __init__(
        self,
        code: int,
        where: str,
        text_fr: str,
        *,
        sequence: int = 1,
        repetition: int = 1,
        application_code: int | None = None,
    ) -> None:
        """Build the error; without `application_code` it is 900 for a version, else 906."""
        super().__init__(f"{code} {where}: {text_fr}")
        self.code = code
        self.where = where
        self.text_fr = text_fr
        self.sequence = sequence
        self.repetition = repetition
        self.application_code = application_code or (900 if code == 203 else 906)

    @property
    def ack_code(self) -> AckCode:
        """Return AR when the message is of a kind that nobody here reads, else AE."""
        return "AR" if self.code in _REJECTIONS else "AE"

    @property
    def location(self) -> str:
        """Return the place as ERR-2 wants it: `PID^1^3`, or empty when it is not a place."""
        match = _WHERE.fullmatch(self.where)
        if match is None:
            return ""
        segment, field, component, subcomponent = match.groups()
        parts = [segment, str(self.sequence)]
        if field:
            parts.append(field)
        if field and (component or self.repetition > 1):
            parts.append(str(self.repetition))
        if component:
            parts.append(component)
        if subcomponent:
            parts.append(subcomponent)
        return "^".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross a process boundary."""
        places = (self.sequence, self.repetition, self.application_code)
        return _rebuild, ((self.code, self.where, self.text_fr), places)


def _rebuild(what: tuple[int, str, str], places: tuple[int, int, int]) -> Hl7Error:
    sequence, repetition, application = places
    return Hl7Error(*what, sequence=sequence, repetition=repetition, application_code=application)


def worst_ack(errors: Iterable[Hl7Error]) -> AckCode:
    """Return the acknowledgement that these errors call for: AA without any."""
    codes = {error.ack_code for error in errors}
    if "AR" in codes:
        return "AR"
    return "AE" if codes else "AA"
