"""What a person was told, how they may be reached, what left and for whom."""

from enrs.core.notifications.queries.notices import (
    CARE,
    MOST_COUNTED,
    PAGE,
    PERSONS,
    notices_of,
    persons_of,
    professionals_of,
    rights_by_patient,
    unread_count,
)

__all__ = [
    "CARE",
    "MOST_COUNTED",
    "PAGE",
    "PERSONS",
    "notices_of",
    "persons_of",
    "professionals_of",
    "rights_by_patient",
    "unread_count",
]
