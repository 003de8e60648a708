"""The outbox: what happened, told once the act has committed."""
