"""What is done without being asked: alerts that nobody answered, readings that did not come, follow-ups past their
end, places that end; and the measures that reach the record by themselves."""

from enrs.core.events.subscribers import subscribe
from enrs.core.jobs.registry import every
from enrs.services.home_monitoring.commands.calls import call_due, tell_silent
from enrs.services.home_monitoring.commands.devices import followed_among, judge_received
from enrs.services.home_monitoring.commands.overdue import end_overdue, tell_overdue
from enrs.services.home_monitoring.commands.places import end_places

every("home_monitoring.calls", minutes=0.1, run=call_due)
every("home_monitoring.silent", minutes=1, run=tell_silent)
every("home_monitoring.over", minutes=10, run=tell_overdue)
every("home_monitoring.lapsed", minutes=60, run=end_overdue)
every("home_monitoring.places", minutes=60, run=end_places)
subscribe("home_monitoring.measures", {"record.measure.recorded"}, judge_received, followed_among)
