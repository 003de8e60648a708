"""What the workers do for the directory: publish what loads touched, and load the files that are put down."""

from django.conf import settings

from enrs.core.jobs.registry import beside, every
from enrs.referentials.directory.commands.deposit import take_deposits
from enrs.referentials.directory.commands.publication import publish_some


def run_deposits() -> None:
    """Load what lies in the folder of deposits, one file after the other."""
    take_deposits(settings.DIRECTORY_FOLDER, test_numbers=settings.MODE != "production")


every("directory.publication", minutes=0.1, run=publish_some)
every("directory.deposits", minutes=5, run=beside("deposits", run_deposits))
