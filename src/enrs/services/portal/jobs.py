"""What the portal does by itself."""

from enrs.core.jobs.registry import every
from enrs.core.jobs.upkeep import Past, Upkeep, keep_up, past_rows
from enrs.services.portal.commands.closing import sweep_accounts
from enrs.services.portal.commands.codes import forget_codes, old_codes
from enrs.services.portal.commands.reviews import remind_reviews


def _old_codes() -> Past:
    return past_rows(old_codes())


every("portal.accounts", minutes=60, run=sweep_accounts)
every("portal.reviews", minutes=24 * 60, run=remind_reviews)
keep_up(
    Upkeep(
        "portal.codes", "Codes à usage unique", "30 jours après leur fin", _old_codes, forget_codes
    ),
    minutes=24 * 60,
)
