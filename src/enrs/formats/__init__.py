"""Pure readers and writers of the standards: no Django, no database."""
