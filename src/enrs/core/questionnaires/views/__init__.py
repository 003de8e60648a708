"""Pages of forms and answers, by use."""

from enrs.core.questionnaires.views.filling import amend, fill
from enrs.core.questionnaires.views.managing import (
    listing,
    move,
    preview,
    source,
    trial,
    upload,
)
from enrs.core.questionnaires.views.reading import (
    compare,
    compare_version,
    patient,
    piece,
    print_sheet,
    read,
    start,
    withdraw,
)

__all__ = [
    "amend",
    "compare",
    "compare_version",
    "fill",
    "listing",
    "move",
    "patient",
    "piece",
    "preview",
    "print_sheet",
    "read",
    "source",
    "start",
    "trial",
    "upload",
    "withdraw",
]
