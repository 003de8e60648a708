"""Periodic work: units that open and close, files that wait, beds whose time has passed, silent units."""

from enrs.core.jobs.registry import every
from enrs.services.beds.commands import add_units, expire_holds, read_folder, warn_silent

every("beds.units", minutes=10, run=add_units)
every("beds.folder", minutes=1, run=read_folder)
every("beds.expire", minutes=0.25, run=expire_holds)
every("beds.silent", minutes=5, run=warn_silent)
