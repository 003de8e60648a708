"""The one access decision: grants, the profession matrix, and what every reader asks."""
