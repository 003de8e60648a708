"""What a part of a site may hold: a pole its services, a service its units (organisation interne of the ROR)."""

RANKS = {"pole": 0, "service": 1, "structure": 2}
MOST_PARTS = 300
"""Parts of one site."""


def may_hold(above: str, below: str) -> bool:
    """Whether a part of one kind may stand right below one of another: parts never make a ring."""
    return RANKS[above] < RANKS[below]
