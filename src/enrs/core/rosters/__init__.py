"""Who is on call where and when, replacements and escalation order."""
