"""Pages of the directory: search, cards, loads and their quality."""

from enrs.referentials.directory.views.cards import legal_entity, organisation, practitioner, tell
from enrs.referentials.directory.views.gaps import gaps, gaps_csv
from enrs.referentials.directory.views.quality import (
    mistakes,
    mistakes_csv,
    quality,
    refused_csv,
    report,
    reports,
    settle,
)
from enrs.referentials.directory.views.search import search, structures

__all__ = [
    "gaps", "gaps_csv", "legal_entity", "mistakes", "mistakes_csv", "organisation", "practitioner", "quality",
    "refused_csv", "report", "reports", "search", "settle", "structures", "tell",
]  # fmt: skip
