"""What the workers do for the identity unit: the night's counts, the lists to mend, the reminders."""

from enrs.core.jobs.registry import every
from enrs.referentials.identity.commands import count_quality, list_to_mend, remind_of_questions


def run_quality() -> bool:
    """One count is the whole work: no second round is wanted."""
    count_quality()
    list_to_mend()
    return False


every("identity.quality", minutes=24 * 60, run=run_quality)
every("identity.reminders", minutes=60, run=remind_of_questions)
