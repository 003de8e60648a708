"""The published-resource table: every resource as text, read and searched without models."""
