"""Pages of tasks and boards."""
