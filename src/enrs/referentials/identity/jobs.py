"""Periodic work: files of people to look for are answered, and erased a day later."""

from enrs.core.jobs.registry import every
from enrs.referentials.identity.commands.probes import run_probes, sweep_probes

every("identity.probes", minutes=0.1, run=run_probes)
every("identity.probes.erased", minutes=10, run=sweep_probes)
