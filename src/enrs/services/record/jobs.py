"""Periodic work of the record, run by a worker."""

from django.conf import settings

from enrs.core.jobs.registry import beside, every
from enrs.services.record.commands import index_documents, run_intakes, run_publications

every("record.intake", minutes=0.1, run=run_intakes)
every("record.texts", minutes=1, run=index_documents)
if settings.MODE != "test":  # A test sends by itself, on its own connection.
    every("record.publications", minutes=0.1, run=beside("publications", run_publications))
