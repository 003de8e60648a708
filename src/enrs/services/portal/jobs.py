"""What the portal does by itself."""

from enrs.core.jobs.registry import every
from enrs.services.portal.commands.closing import sweep_accounts

every("portal.accounts", minutes=60, run=sweep_accounts)
