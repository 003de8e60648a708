"""Periodic work: the calls of alerts that nobody answered, and the readings that did not come."""

from enrs.core.jobs.registry import every
from enrs.services.home_monitoring.commands.calls import call_due, tell_silent

every("home_monitoring.calls", minutes=0.1, run=call_due)
every("home_monitoring.silent", minutes=1, run=tell_silent)
