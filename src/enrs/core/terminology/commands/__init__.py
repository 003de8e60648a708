"""Loading nomenclatures and publishing them; the command line and the demo call these, no page does."""

from enrs.core.terminology.commands.load import load_terminology
from enrs.core.terminology.commands.publication import publish_pending

__all__ = ["load_terminology", "publish_pending"]
