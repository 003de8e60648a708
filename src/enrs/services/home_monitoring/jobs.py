"""Periodic work: the calls of alerts that nobody answered, the readings that did not come, the places that end."""

from enrs.core.jobs.registry import every
from enrs.services.home_monitoring.commands.calls import call_due, tell_silent
from enrs.services.home_monitoring.commands.places import end_places

every("home_monitoring.calls", minutes=0.1, run=call_due)
every("home_monitoring.silent", minutes=1, run=tell_silent)
every("home_monitoring.places", minutes=60, run=end_places)
