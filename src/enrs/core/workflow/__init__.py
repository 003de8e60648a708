"""Tasks that travel: states, transitions, addressees, deadlines, boards."""
