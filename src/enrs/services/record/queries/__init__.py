"""Every read of the record, bounded: no page's cost grows with the length of a history."""

from enrs.services.record.queries.documents import (
    document,
    document_types,
    documents,
    version_after,
)
from enrs.services.record.queries.journal import Access, accesses, my_acts
from enrs.services.record.queries.life import LifeItem, encounters, life_line, notes
from enrs.services.record.queries.news import News, latest_for
from enrs.services.record.queries.paging import PAGE, Position, cut
from enrs.services.record.queries.results import (
    Analyte,
    ResultsTable,
    abnormal_results,
    reports,
    results_table,
    series,
)

__all__ = [
    "PAGE",
    "Access",
    "Analyte",
    "LifeItem",
    "News",
    "Position",
    "ResultsTable",
    "abnormal_results",
    "accesses",
    "cut",
    "document",
    "document_types",
    "documents",
    "encounters",
    "latest_for",
    "life_line",
    "my_acts",
    "notes",
    "reports",
    "results_table",
    "series",
    "version_after",
]
