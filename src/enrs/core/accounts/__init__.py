"""Who signs in: users, the positions they hold, their sessions and tokens."""
