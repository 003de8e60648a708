"""The periodic work of tasks: reminders, escalations and the ends of limits, each minute."""

from enrs.core.jobs.registry import every
from enrs.core.workflow.commands import remind_due

every("workflow.deadlines", minutes=1, run=remind_due)
