"""Periodic work: the gaps that are left shortly before a discharge."""

from enrs.core.jobs.registry import every
from enrs.services.home_support.commands.warning import warn_of_gaps

every("home_support.gaps", minutes=15, run=warn_of_gaps)
