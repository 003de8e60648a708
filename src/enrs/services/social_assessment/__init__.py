"""Requests for a social assessment: the worked example of `docs/howto/add-a-service.md`."""
