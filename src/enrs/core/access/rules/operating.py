"""The exploitation has no standing power: a session with a reason and an end gives it (pure).

Sources: PGSSI-S (référentiel d'imputabilité; guide d'habilitation) and RGPD article 32: the power of
whoever runs a health information system is given for an act, for a time, and may be told afterwards.
"""

from datetime import datetime, timedelta

OPERATOR = "operator"
"""The role of the exploitation while a session is open."""
STANDBY = "standby"
"""The role of the exploitation the rest of the time: it reads what harms nobody, and does nothing."""

DURATIONS = (30, 60, 120, 240)
"""Minutes that may be asked."""
LONGEST = timedelta(hours=4)
"""No session lasts longer: half a working day. A check of the table holds it too."""
MIN_REASON = 10
"""Characters of a reason: fewer tell nothing to whoever reads it later (as for the matrix)."""
MOST_REASON = 500
MOST_TICKET = 60

PROOF_SHOWN = timedelta(minutes=5)
"""How lately one must have shown who one is, before the form is shown."""
PROOF_TAKEN = timedelta(minutes=15)
"""The same, when the form is sent: a reason takes a while to write."""


class OperatingError(ValueError):
    """A session cannot be: the code is `reason`, `duration`, `running` or `ended`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def office_of(role: str) -> str:
    """The role that somebody's position names: the exploitation's, whether a session is open or not."""
    return OPERATOR if role == STANDBY else role


def role_now(position_role: str, *, is_open: bool) -> str:
    """The role that the access decision knows: that of the position, but for the exploitation."""
    return STANDBY if position_role == OPERATOR and not is_open else position_role


def checked(reason: str, minutes: int) -> tuple[str, timedelta]:
    """The reason as it is kept, and the duration.

    Raises:
        OperatingError: `reason` (too short) or `duration` (not one that may be asked).
    """
    text = " ".join(reason.split())
    if len(text) < MIN_REASON:
        raise OperatingError("reason")
    if minutes not in DURATIONS or timedelta(minutes=minutes) > LONGEST:
        raise OperatingError("duration")
    return text[:MOST_REASON], timedelta(minutes=minutes)


def is_proven(shown_at: datetime, now: datetime, within: timedelta) -> bool:
    """Whether somebody showed lately enough who they are."""
    return now - shown_at <= within
