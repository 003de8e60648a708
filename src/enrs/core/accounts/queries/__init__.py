"""Who is signed in, in which position; which applications may ask for them."""

from enrs.core.accounts.queries.people import (
    DemoAccount,
    actor_of,
    demo_accounts,
    positions_of,
)

__all__ = ["DemoAccount", "actor_of", "demo_accounts", "positions_of"]
