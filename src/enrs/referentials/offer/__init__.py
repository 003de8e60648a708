"""The directory of the health offer (ROR model): who does what, where, for whom, and at which hours."""
