"""What the workers do for the offer.

The city's own follows the directory, after each load and once a day; « toujours exact ? » is asked once a week.
"""

from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.jobs.commands import make_due
from enrs.core.jobs.registry import every
from enrs.referentials.offer.commands import ask_referents, follow_directory

CITY = "offer.city"


def run_city() -> bool:
    """One derivation is the whole work: no second round is wanted."""
    follow_directory()
    return False


def _follow_load(_event: OutboxEvent) -> None:
    """A file of the directory was loaded: the derivation, which takes its time, is not done here."""
    make_due(CITY)


every(CITY, minutes=24 * 60, run=run_city)
# Once a week: units that come due on different days make one notice.
every("offer.exact", minutes=7 * 24 * 60, run=ask_referents)
subscribe(CITY, {"directory.file.loaded"}, _follow_load)
