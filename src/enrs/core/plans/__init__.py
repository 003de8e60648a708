"""One plan of care: problems, goals, actions, evaluation."""
