"""Documents go with the record, and their contents when no other record has the same."""

from enrs.core.subjects.holdings import care, hold

hold("document", "Documents")
care("document", "document", "happened_at")
