"""How often a stranger may knock: counted in the cache that every process shares.

By address, widely, for a whole hospital may sit behind one; by what is asked for, narrowly.
"""

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest

RATES = {
    "number": "60/h/ip,20/h/key",
    "way": "60/h/ip,10/h/key",
    "code": "60/h/ip,20/h/key",
    "arrival": "60/h/ip,10/h/key",
    "help": "60/h/ip,10/h/key",
    "pin": "120/m/ip,20/5m/key",
}
SLOWED = "Trop d’essais à la suite. Attendez un peu, puis réessayez."


def is_slowed(request: HttpRequest, action: str, key: str) -> bool:
    """Count one try of an action of `RATES`; true when it comes too soon."""
    taken = consume(request, app="enrs.portal", action=action, config=RATES, key=key)
    return taken is None
