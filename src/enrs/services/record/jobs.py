"""Periodic work of the record, run by a worker."""

from enrs.core.jobs.registry import every
from enrs.services.record.commands import index_documents, run_intakes

every("record.intake", minutes=0.1, run=run_intakes)
every("record.texts", minutes=1, run=index_documents)
