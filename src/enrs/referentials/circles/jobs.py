"""What the circles do by themselves: measures of protection near their end are reminded of, those past it end."""

from enrs.core.jobs.registry import every
from enrs.referentials.circles.commands import sweep_mandates

every("circles.mandates", minutes=24 * 60, run=sweep_mandates)
